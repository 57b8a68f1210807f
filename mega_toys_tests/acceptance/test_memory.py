"""A day of a million readings fits into little memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

READINGS = 1_000_000
MOST_MB = 1500


def land(root: Path, dataset: str, lines: list[str]) -> None:
    folder = root / "manufacturing" / dataset / "2026-03-10"
    folder.mkdir(parents=True)
    (folder / "a.ndjson").write_text("\n".join(lines))


@pytest.mark.slow
def test_a_day_of_a_million_readings_is_refreshed_in_bounded_memory(tmp_path: Path) -> None:
    updated = {"updated_at": "2026-03-01T00:00:00Z"}
    factory = {"factory_id": "F", "name": "n", "country": "cn", "time_zone": "Asia/Shanghai",
               "currency": "cny", **updated}  # fmt: skip
    landing = tmp_path / "landing"
    land(landing, "factories", [json.dumps(factory)])
    machines = [
        {"machine_id": f"M{n}", "factory_id": "F", "line_id": "L", "model": "m",
         "commissioned_on": "2026-01-01", **updated}
        for n in range(20)
    ]  # fmt: skip
    land(landing, "machines", [json.dumps(one) for one in machines])
    land(
        landing,
        "machine_telemetry",
        [
            f'{{"event_id":"e{n}","factory_id":"F","machine_id":"M{n % 20}",'
            f'"ts":"2026-03-10T{n % 12:02}:{n // 12 % 60:02}:{n // 720 % 60:02}.{n % 1000:03}Z",'
            f'"temperature_c":{20 + n % 50}.5,"vibration_mm_s":1.25,"power_kw":3.5,'
            f'"cycle_count":{n // 20},"status":"producing"}}'
            for n in range(READINGS)
        ],
    )
    environment = {
        "MEGA_TOYS_LANDING_ROOT": str(landing), "MEGA_TOYS_LAKE_ROOT": str(tmp_path / "lake"),
        "MEGA_TOYS_DAGSTER_HOME": str(tmp_path / "dagster"), "HOME": str(tmp_path),
    }  # fmt: skip
    program = Path(sys.executable).with_name("mega-toys")

    said = tmp_path / "said"
    with said.open("w") as out:
        begun = subprocess.Popen(
            [str(program), "refresh"], env=environment, cwd=tmp_path, stdout=out, stderr=out
        )
        _, status, used = os.wait4(begun.pid, 0)  # of this child, not of all there were
    begun.returncode = os.waitstatus_to_exitcode(status)

    assert begun.returncode == 0, said.read_text()
    peak = used.ru_maxrss / 1024
    readings = pl.scan_delta(str(tmp_path / "lake" / "manufacturing/silver/machine_readings"))
    assert readings.select(pl.len()).collect().item() == READINGS
    assert peak < MOST_MB, f"{peak:.0f} MB"
