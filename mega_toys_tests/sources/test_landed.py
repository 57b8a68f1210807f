"""What landed is told by the names of the files, and nothing is kept elsewhere."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import SourceError
from mega_toys.lake.store.place import place_of
from mega_toys.sources import batches
from mega_toys.sources.batches import MARK, by_mark, whole
from mega_toys.sources.landed import Landed, NewFile
from mega_toys_tests.lakes import Lake
from mega_toys_tests.sources.clients import CLIENTS, SOURCE

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 1, day) for day in (5, 6, 7))
NINE = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    return tmp_path


def landed(zone: Path, *, complete: bool = False) -> Landed:
    dataset = replace(CLIENTS.dataset, complete=complete)
    return Landed(replace(CLIENTS, dataset=dataset), SOURCE, place_of(zone))


def land(zone: Path, files: Iterator[NewFile], day: dt.date = MONDAY) -> list[str]:
    made = list(files)
    for file in made:
        place_of(zone).put_new({f"crm/clients/{day}/{file.name}": file.content})
    return [file.name.rpartition("~")[0] for file in made]


def rows(*minutes: int | None) -> pl.DataFrame:
    """A row for each minute after nine; one without a mark for none."""
    marks = [None if one is None else NINE + one * MINUTE for one in minutes]
    told = {"client_id": [one or 0 for one in minutes], MARK: marks}
    return pl.DataFrame(told, schema_overrides={MARK: pl.Datetime("us", "UTC")})


def brought(zone: Path, clock: int, *minutes: int | None) -> list[str]:
    """The files that a pull brings when the server has these rows, at its clock."""
    now, found = NINE + clock * MINUTE, landed(zone)
    since = found.since(now, MINUTE)
    asked = True if since is None else pl.col(MARK).is_null() | (pl.col(MARK) >= since)
    told = rows(*minutes).filter(asked)
    return land(zone, by_mark([told], found, since, now, now))


def test_a_name_says_of_which_marks_the_rows_are(zone: Path) -> None:
    assert brought(zone, 9, 1, 2) == [
        "crm.crm.clients~20260105T090100.000000Z~20260105T090200.000000Z"
    ]
    assert landed(zone).until == NINE + 2 * MINUTE
    assert brought(zone, 9, 1, 2) == []


def test_rows_to_come_lie_in_a_file_that_says_until_when_all_has_landed(zone: Path) -> None:
    assert brought(zone, 9, 1, None, 60) == [
        "crm.crm.clients~20260105T090100.000000Z~20260105T090100.000000Z",
        "crm.crm.clients~none~20260105T100000.000000Z~until~20260105T090900.000000Z",
    ]
    assert landed(zone).until == NINE + 9 * MINUTE
    assert brought(zone, 70, 1, 10, None, 60) == [
        "crm.crm.clients~20260105T091000.000000Z~20260105T091000.000000Z"
    ]


def test_a_source_whose_marks_are_all_to_come_is_not_read_anew_for_ever(zone: Path) -> None:
    brought(zone, 9, 60, 61)
    assert landed(zone).since(NINE + 20 * MINUTE, MINUTE) == NINE + 8 * MINUTE
    assert brought(zone, 20, 60, 61, 62) == [
        "crm.crm.clients~20260105T100200.000000Z~20260105T100200.000000Z~until~"
        "20260105T092000.000000Z"
    ]


def test_a_row_is_known_again_by_all_of_its_values(zone: Path) -> None:
    brought(zone, 9, 1, 2)
    same = pl.DataFrame({"client_id": [1, 3], MARK: [NINE + MINUTE, NINE + MINUTE]}).cast(
        {MARK: pl.Datetime("us", "UTC")}
    )
    assert land(zone, by_mark([same], landed(zone), NINE, NINE + 9 * MINUTE, None)) == [
        "crm.crm.clients~20260105T090100.000000Z~20260105T090100.000000Z"
    ]


def test_files_of_others_do_not_count(zone: Path) -> None:
    folder = zone / "crm" / "clients" / "2026-01-05"
    folder.mkdir(parents=True)
    for name in ("a.csv", "crm.crm.clients.parquet", "crm.crm.clients~x.parquet", "erp.a~1~2~b"):
        (folder / name).touch()
    assert landed(zone).until is None


@pytest.mark.parametrize("minutes", [(None, None, 60, 1, 2, 3), (1, 2, 3, 60, None, None)])
def test_a_pull_that_ends_between_files_is_gone_on_with_wherever_rows_without_a_mark_came(
    zone: Path, minutes: tuple[int | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MOST_ROWS", 2)
    now = NINE + 9 * MINUTE

    def pulled() -> Iterator[NewFile]:
        known = landed(zone)
        since = known.since(now, MINUTE)
        told = rows(*minutes).with_row_index()
        asked = True if since is None else pl.col(MARK).is_null() | (pl.col(MARK) >= since)
        return by_mark(told.filter(asked).iter_slices(1), known, since, now, now)

    while file := next(pulled(), None):
        land(zone, iter([file]))

    files = (zone / "crm" / "clients").rglob("*.parquet")
    assert sorted(pl.concat(map(pl.read_parquet, files))["index"]) == [0, 1, 2, 3, 4, 5]


def test_marks_of_two_types_are_refused(zone: Path) -> None:
    brought(zone, 9, 1)
    with pytest.raises(SourceError, match="of another type"):
        landed(zone).since(NINE, 1000)


def test_an_overlap_reaches_back_to_the_first_instant_at_most(zone: Path) -> None:
    brought(zone, 9, 1)
    assert landed(zone).since(NINE, dt.timedelta(days=999_999)) == dt.datetime.min.replace(
        tzinfo=dt.UTC
    )


def test_of_a_complete_dataset_an_export_lands_again_where_the_last_day_has_several(
    zone: Path,
) -> None:
    def export(day: dt.date, *ids: int) -> list[str]:
        return land(zone, landed(zone, complete=True).export(pl.DataFrame({"id": ids}), day), day)

    assert export(MONDAY, 1, 2) == ["crm.crm.clients~export~00000001"]
    assert export(MONDAY, 1, 2) == []
    assert export(MONDAY, 1) == ["crm.crm.clients~export~00000002"]
    assert export(TUESDAY, 1) == ["crm.crm.clients~export~00000003"]
    assert export(WEDNESDAY, 1) == []


def test_an_export_without_rows_lands_once(zone: Path) -> None:
    empty = pl.DataFrame(schema={"id": pl.Int64})
    assert land(zone, whole([empty], landed(zone))) == ["crm.crm.clients~export~00000001"]
    assert land(zone, whole([empty], landed(zone))) == []


def test_rows_of_a_file_that_somebody_spoilt_land_again(zone: Path) -> None:
    brought(zone, 9, 1, 2)
    (file,) = (zone / "crm" / "clients" / "2026-01-05").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    (file.parent / f"{file.name.rpartition('~')[0]}~0.parquet").touch()
    (zone / "crm" / "clients" / "2026-01-06").mkdir()

    told = by_mark([rows(1, 2)], landed(zone), NINE, NINE + 9 * MINUTE, None)

    assert len(land(zone, told, TUESDAY)) == 1


@pytest.mark.slow
def test_rows_that_are_all_alike_are_no_bomb_to_who_reads_their_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path, Catalog([CLIENTS]))
    many = pl.DataFrame(
        {"client_id": 7, "name": "x" * 2000, "updated_at": "2026-01-05 09:01:00+00"}
    ).select(pl.all().repeat_by(3000).explode())
    marks = pl.Series([NINE + MINUTE]).dt.cast_time_unit("us").new_from_index(0, 3000)

    land(lake.landing, landed(lake.landing).by_mark(many, marks, None, None))
    lake.refresh()

    assert lake.rows("crm.bronze.clients", "client_id").height == 3000
