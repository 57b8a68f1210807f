"""Deliveries: the same for the same seed, going on where they ended, whole under their names."""

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mega_toys.simulator import LandingZoneError, live, simulate
from mega_toys.simulator.live import last_delivery
from mega_toys_tests.oracle.files import files_of
from mega_toys_tests.simulator.conftest import UNTIL

SMALL: dict[str, Any] = {"scale": 0.0005, "seed": 3}
ONE_DAY = dt.timedelta(days=1)
NOON = dt.datetime.combine(UNTIL, dt.time(12), dt.UTC)


def content(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        simulate(tmp_path / name, days=3, until=UNTIL, scale=0.0005, seed=seed, faults=0.03)
    assert content(tmp_path / "one") == content(tmp_path / "same")
    assert content(tmp_path / "one") != content(tmp_path / "other")


@pytest.mark.slow
def test_two_simulations_in_turn_write_what_one_of_all_days_writes(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    simulate(whole, days=9, until=UNTIL, faults=0.03, **SMALL)
    simulate(parts, days=5, until=UNTIL - 4 * ONE_DAY, faults=0.03, **SMALL)
    simulate(parts, days=4, until=UNTIL, faults=0.03, **SMALL)
    assert content(whole) == content(parts)


def test_a_simulation_ends_yesterday_unless_told(tmp_path: Path) -> None:
    simulate(tmp_path, days=1, faults=0, **SMALL)
    yesterday = dt.datetime.now(dt.UTC).date() - ONE_DAY
    days = {path.name for path in tmp_path.glob("*/*/*")}
    assert str(yesterday) in days
    assert len(days) == 1


def test_a_file_is_complete_when_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = []
    replace = os.replace

    def watched(unfinished: Path, final: Path) -> None:
        assert unfinished.name.endswith(".tmp")
        replace(unfinished, final)
        renamed.append(final)

    monkeypatch.setattr(os, "replace", watched)
    truth = simulate(tmp_path, days=2, until=UNTIL, faults=0.05, **SMALL)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(renamed)
    strange = len(truth.broken_files) + len(truth.ignored_files)
    assert len(set(renamed)) == truth.files.total() + strange
    assert len(renamed) == len(set(renamed)) + len(truth.sent_again)


@pytest.mark.slow
def test_datasets_come_in_their_usual_formats_and_in_others(tmp_path: Path) -> None:
    simulate(tmp_path, days=14, until=UNTIL, faults=0, scale=0.0001)
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    endings = {name.split(".", 1)[1] for name in names}
    assert endings >= {"ndjson", "json", "csv", "avro", "parquet", "csv.gz", "ndjson.zst"}
    lots = [name for name in names if name.startswith("lot_events")]
    assert sum(name.endswith(".avro") for name in lots) > len(lots) / 2
    assert {file.status for file in files_of(tmp_path)} == {"loaded"}


@pytest.mark.slow
def test_a_quarter_at_a_hundredth_of_the_scale_is_written_in_fifteen_seconds(
    tmp_path: Path,
) -> None:
    begins = time.process_time()
    truth = simulate(tmp_path, days=91, until=UNTIL, scale=0.01)
    spent = time.process_time() - begins
    shutil.rmtree(tmp_path)
    assert truth.received.total() > 1_250_000
    assert spent < 30  # less than half of it where nothing else runs; here others may run too


@pytest.mark.parametrize("other", [{"seed": 4}, {"scale": 0.001}, {"faults": 0.1}])
def test_a_landing_zone_goes_on_only_as_it_began(tmp_path: Path, other: dict[str, Any]) -> None:
    landing = tmp_path / "landing"
    simulate(landing, days=1, until=UNTIL, faults=0, **SMALL)
    before = content(landing)

    with pytest.raises(LandingZoneError, match=r"--seed 3 --scale 0.0005 --faults 0`"):
        simulate(landing, days=1, until=UNTIL + ONE_DAY, **{"faults": 0, **SMALL, **other})

    assert content(landing) == before


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "landing" / "commerce").mkdir(parents=True)

    with pytest.raises(LandingZoneError, match="MEGA_TOYS_LANDING_ROOT"):
        simulate(tmp_path / "landing", days=1, until=UNTIL, **SMALL)
    with pytest.raises(LandingZoneError, match="MEGA_TOYS_LANDING_ROOT"):
        live(tmp_path / "landing", stop=lambda: True, **SMALL)


def rounds(count: int) -> Callable[[], bool]:
    """Stops after so many rounds; each looks twice, before it and while it waits."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= 2 * count


def test_live_goes_on_where_the_last_delivery_ended(tmp_path: Path) -> None:
    times = iter([NOON + dt.timedelta(minutes=minutes) for minutes in (0, 1, 2)])
    simulate(tmp_path, days=2, until=UNTIL - ONE_DAY, faults=0, **SMALL)
    pulled = tmp_path / "commerce" / "orders" / f"{UNTIL}" / "shop.shop.orders~1~2~ab.ndjson"
    pulled.parent.mkdir(parents=True)
    pulled.touch()
    assert last_delivery(tmp_path) == NOON - dt.timedelta(hours=12)
    said: list[str] = []
    live(tmp_path, faults=0, every_s=0, stop=rounds(3), progress=said.append,
         now=times.__next__, **SMALL)  # fmt: skip
    assert len(said) == 3
    stamps = {path.name.split("-live-")[1][:6] for path in tmp_path.rglob("*-live-*")}
    assert stamps == {"120000", "120100", "120200"}
    assert last_delivery(tmp_path) == NOON + dt.timedelta(minutes=2)


@pytest.mark.slow
def test_a_day_delivered_live_holds_the_records_of_the_day_simulated(tmp_path: Path) -> None:
    whole, lived = tmp_path / "whole", tmp_path / "lived"
    simulate(whole, days=2, until=UNTIL, faults=0, **SMALL)
    simulate(lived, days=1, until=UNTIL - ONE_DAY, faults=0, **SMALL)
    for hours in ([7, 9], [20, 36]):  # stopped and started again; the last round is after midnight
        times = iter([NOON + dt.timedelta(hours=hour - 12) for hour in hours])
        live(lived, faults=0, every_s=0, stop=rounds(2), now=times.__next__, **SMALL)
    assert keys(whole, UNTIL) == keys(lived, UNTIL)


def keys(root: Path, day: dt.date) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in files_of(root):
        if file.landing_day == day:
            texts = [str(next(iter((record.raw or {}).values()))) for record in file.records]
            found[file.folder] = sorted(found.get(file.folder, []) + texts)
    return found
