"""The worked example, refreshed by the real command in a bucket, comes out equal to the cell."""

import signal
import time
from pathlib import Path

import pytest

from mega_toys.lake.store.place import place_of
from mega_toys_tests.acceptance.expected import EXAMPLE, differences, of_domains
from mega_toys_tests.buckets.lakes import LakeInBucket
from mega_toys_tests.buckets.servers import Server
from mega_toys_tests.lakes import command, files_below, needed_for

# where processes die, one after the other, before one comes to its end
DEATHS = (
    "table.created:5", "bronze.rows:2", "quarantine.written:2", "accounts.written:3",
    "silver.written:4", "publish.built",
)  # fmt: skip
SILVER = "commerce.silver.web_events"
pytestmark = pytest.mark.parametrize("server", ["seaweed"], indirect=True)


@pytest.mark.slow
def test_whatever_processes_die_at_the_example_comes_out_equal(
    address: str, server: Server, tmp_path: Path
) -> None:
    lake = LakeInBucket(tmp_path, address=address)
    for path in files_below(EXAMPLE / "landing"):
        lake.land(str(path), (EXAMPLE / "landing" / path).read_bytes())
    told = server.environment | {
        "MEGA_TOYS_LANDING_ROOT": f"{address}/landing",
        "MEGA_TOYS_LAKE_ROOT": f"{address}/lake",
    }
    for death in DEATHS:
        died = command("refresh", folder=tmp_path, told=told | {"MEGA_TOYS_KILL_AT": death})
        assert died.returncode == -signal.SIGKILL, (death, died.stdout, died.stderr)

    done = command("refresh", folder=tmp_path, told=told)
    assert done.returncode in (0, 1), done.stderr

    out = tmp_path / "out"
    out.mkdir()
    for name in lake.versions():
        lake.rows(name).write_parquet(out / f"{name}.parquet")
    expected = of_domains(EXAMPLE / "expected", tmp_path / "expected")
    assert differences(expected, out) == []
    assert place_of(f"{address}/lake").look("warehouse.duckdb")
    query = "SELECT count(*) AS n FROM supply.semantic.inventory_daily"
    assert command("query", query, folder=tmp_path, told=told).stdout.split()[0] == "n"
    well = command("doctor", folder=tmp_path, told=told)
    assert well.returncode == 0, well.stdout


@pytest.mark.slow
def test_a_thousand_tiny_files_are_taken_in_at_once(address: str, tmp_path: Path) -> None:
    lake = LakeInBucket(tmp_path, needed_for(SILVER), address=address)
    for number in range(1000):
        lake.send(
            f"commerce/web_events/2026-03-10/{number:04}.ndjson",
            {"event_id": f"e{number}", "client_id": "c", "ts": "2026-03-10T12:00:00Z",
             "event_name": "page_view", "device": "mobile"},
        )  # fmt: skip
    begun = time.process_time()
    lake.refresh()

    assert lake.rows(SILVER).height == 1000
    assert lake.versions()["commerce.bronze.web_events"] <= 3
    assert time.process_time() - begun < 60  # CPU seconds; it takes some ten
