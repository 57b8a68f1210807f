"""Judging again: only the days asked for, and whatever dies in between."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.news.stale import moved
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.reading.reader import Reader
from mega_toys.operations.quarantine import counted, explained, exported, how_many, replay
from mega_toys_tests.dying import DiedError, Dying
from mega_toys_tests.lakes import Lake, needed_for

NAME = "manufacturing.silver.downtimes"
TABLES = needed_for(NAME)
DAYS = [dt.date(2026, 3, day) for day in (5, 6, 7)]


def mended() -> Catalog:
    """The tables after somebody saw that a rule was wrong."""
    return Catalog(replace(t, rules=()) if str(t.name) == NAME else t for t in TABLES)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Stops of three days; on each one that ends before it starts."""
    lake = Lake(tmp_path, TABLES)
    old = {"updated_at": "2026-03-05T00:00:00Z"}
    lake.send(
        "manufacturing/factories/2026-03-05/a.ndjson",
        {"factory_id": "F", "name": "n", "country": "de", "time_zone": "Europe/Berlin",
         "currency": "eur", **old},
    )  # fmt: skip
    lake.send(
        "manufacturing/machines/2026-03-05/a.ndjson",
        {"machine_id": "M", "factory_id": "F", "line_id": "L", "model": "m",
         "commissioned_on": "2026-03-01", **old},
    )  # fmt: skip
    for day in DAYS:
        stops = [
            {"downtime_id": f"{day} {hour}", "factory_id": "F", "machine_id": "M",
             "kind": "planned", "started_at": f"{day}T08:00:00Z",
             "ended_at": f"{day}T{hour}:00:00Z", "updated_at": f"{day}T10:00:00Z"}
            for hour in ("07", "09")
        ]  # fmt: skip
        lake.send(f"manufacturing/downtimes/{day}/a.ndjson", *stops)
    lake.refresh()
    return lake


def accounts(lake: Lake) -> list[tuple[Any, ...]]:
    columns = ("day", "received", "accepted", "duplicates", "quarantined")
    return lake.rows("lake.row_accounts").filter(table=NAME).select(columns).sort("day").rows()


@pytest.mark.slow
def test_only_the_days_chosen_are_judged_again(lake: Lake) -> None:
    lake.catalog = mended()
    before = lake.versions()

    assert replay(lake.work(), Choice(rule="downtime_id_is_present")) == {}
    assert lake.versions() == before
    asked = replay(lake.work(), Choice(day=DAYS[1], rule="ended_after_started"))
    outcomes = lake.refresh()

    assert asked == {NAME: 1}
    assert accounts(lake) == [(DAYS[0], 2, 1, 0, 1), (DAYS[1], 2, 2, 0, 0), (DAYS[2], 2, 1, 0, 1)]
    assert outcomes[NAME].days == {DAYS[1]}
    changed = {name for name, version in lake.versions().items() if before[name] != version}
    own = {"lake.row_accounts", "lake.accepted", "lake.days", "lake.gold.data_quality_daily"}
    assert changed == {NAME, NAME.replace("silver", "quarantine"), *own}
    assert not moved(lake.catalog[NAME], lake.work())


@pytest.mark.slow
def test_what_people_read_of_a_quarantine_is_what_the_reader_lets_them_read(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = Reader.scan
    monkeypatch.setattr(Reader, "scan", lambda *it: scan(*it).filter(day=DAYS[1]))
    work, every = lake.work(), Choice()

    assert how_many(work, every, NAME) == 1
    assert counted(work, every, "day", NAME)["day"].to_list() == [DAYS[1]]
    assert explained(work, every, NAME, lake.zone)["day"].to_list() == [DAYS[1]]
    assert len(list(exported(work, every, NAME, lake.zone))) == 1
    assert replay(work, every, NAME) == {NAME: 3}


@pytest.mark.slow
@pytest.mark.parametrize("after", [NAME.replace("silver", "quarantine"), NAME, "lake.row_accounts"])
def test_a_replay_that_died_is_finished_by_the_next_refresh(after: str, lake: Lake) -> None:
    lake.catalog = mended()
    replay(lake.work(), Choice())
    with pytest.raises(DiedError):
        lake.refresh(Dying(lake.store.root, after=after))
    assert moved(lake.catalog[NAME], lake.work())

    lake.refresh()

    assert accounts(lake) == [(day, 2, 2, 0, 0) for day in DAYS]
    assert lake.rows(NAME).height == 6
    accepted = lake.rows("lake.accepted").filter(table=NAME)
    assert accepted.select(pl.col("accepted").sum()).item() == 6
