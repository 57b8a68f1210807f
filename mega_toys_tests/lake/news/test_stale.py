"""Which days must be built anew, told from the commits of the inputs alone."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import dataframely as dy
import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.extents import Days, Extent, LandedWith, Spans, Touches, Until, Whole
from mega_toys.declared.name import TableName
from mega_toys.declared.table import ByDay, WholeTable
from mega_toys.lake.news.stale import moved, stale_days, versions
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.store import Store

FIRST = dt.date(2026, 3, 10)
LAST = FIRST + dt.timedelta(9)
CONTRACT = Contract(owner="test")


class Source(dy.Schema):
    day = dy.Date()
    n = dy.Int64()


class Other(dy.Schema):
    day = dy.Date()
    n = dy.Int64()


class Flat(dy.Schema):
    first = dy.Date()
    n = dy.Int64()


class Made(dy.Schema):
    day = dy.Date()
    n = dy.Int64()


for at, schema in enumerate((Source, Other, Flat, Made)):
    schema.__module__ = f"test.silver.t{at}"


def of_source(source: dy.LazyFrame[Source]) -> pl.LazyFrame:
    return source


def nothing() -> pl.LazyFrame:
    return pl.LazyFrame()


SOURCES = [
    kind(rows=schema, build=nothing, contract=CONTRACT)
    for kind, schema in ((ByDay, Source), (ByDay, Other), (WholeTable, Flat))
]


def after(*offsets: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(offset) for offset in offsets]


def days_named(changed: pl.DataFrame) -> Spans | None:
    return [(day, day + dt.timedelta(1)) for day in changed["first"].unique()] or None


class Scene:
    """A table made from sources with an extent each, and what it took in."""

    def __init__(self, folder: Path, **extents: tuple[type[dy.Schema], Extent]) -> None:
        def build(**inputs: pl.LazyFrame) -> pl.LazyFrame:
            return next(iter(inputs.values()))

        build.__annotations__ = {
            name: Annotated[dy.LazyFrame[schema], extent]  # type: ignore[valid-type]
            for name, (schema, extent) in extents.items()
        }
        build.__module__ = Made.__module__
        self.table = ByDay(rows=Made, build=build, contract=CONTRACT)
        self.work = Work(Store(str(folder)), Catalog([*SOURCES, self.table]))
        for table in self.work.catalog:
            self.work.store.create(self.work.stored(table))

    def put(self, schema: type[dy.Schema], *days: dt.date, n: int = 1) -> None:
        table = next(one for one in SOURCES if one.rows is schema)
        stored = self.work.stored(table)
        rows = pl.LazyFrame([(day, n) for day in days], schema=stored.schema, orient="row")
        note = Note(run="r", batch="b", days=days)
        if stored.partition:
            self.work.store.replace_days(stored, rows, days, note)
        else:
            self.work.store.replace_all(stored, rows, Note(run="r", batch="b", whole=True))

    def take_in(self) -> None:
        """Have built all that is stale."""
        days = stale_days(self.table, moved(self.table, self.work), self.work)
        if days:
            stored = self.work.stored(self.table)
            rows = pl.LazyFrame([(day, 1) for day in days], schema=stored.schema, orient="row")
            note = self.work.note(self.table, days=tuple(days))
            self.work.store.replace_days(stored, rows, days, note)
        reads = versions(self.table, self.work)
        self.work.store.mark(self.table.name, self.work.note(changed=False, reads=reads))

    @property
    def stale(self) -> list[dt.date]:
        return sorted(stale_days(self.table, moved(self.table, self.work), self.work))


def test_a_table_never_built_is_stale_on_every_day_of_its_input(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)))
    assert scene.stale == []

    scene.put(Source, *after(0, 5))

    assert scene.stale == after(0, 5)


def test_what_was_taken_in_is_not_stale(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)))
    scene.put(Source, *after(0, 5))

    scene.take_in()

    assert scene.stale == []
    assert moved(scene.table, scene.work) == {}


@pytest.mark.parametrize(
    ("extent", "stale"),
    [
        (Days(0, 0), [5]),
        (Days(-1, 0), [5, 6]),
        (Days(-1, 1), [4, 5, 6]),
        (Days(0, 2), [3, 4, 5]),
        (Days(-2, -1), [6, 7]),
        (Until(), [5, 6, 7, 8, 9]),
        (Whole(), range(10)),
    ],
    ids=str,
)
def test_a_changed_day_touches_what_reads_it(
    extent: Extent, stale: list[int], tmp_path: Path
) -> None:
    scene = Scene(tmp_path, source=(Source, extent), other=(Other, Days(0, 0)))
    scene.put(Source, *after(*range(10)))
    scene.put(Other, *after(*range(10)))
    scene.take_in()

    scene.put(Source, *after(5), n=2)

    assert set(scene.stale) >= set(after(*stale))
    assert set(scene.stale) <= {*after(*stale), *after(-1, 10)}


def test_a_day_on_which_all_rows_went_is_stale(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)))
    scene.put(Source, *after(0, 1))
    scene.take_in()
    stored = scene.work.stored(SOURCES[0])
    gone = after(1)
    scene.work.store.replace_days(
        stored, pl.LazyFrame(schema=stored.schema), gone, Note(run="", batch="", days=tuple(gone))
    )

    assert scene.stale == gone


def test_the_newest_day_until_which_all_is_read_goes(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Until()), other=(Other, Days(0, 0)))
    scene.put(Source, *after(3))
    scene.put(Other, *after(1, 2, 3, 4))
    scene.take_in()

    scene.put(Source, *after(0), n=1)

    assert set(after(1, 2, 3, 4)) <= set(scene.stale)


def test_all_that_is_read_until_a_day_may_be_all_there_is(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Until()))
    scene.put(Source, *after(0, 5, 30))

    assert scene.stale == after(0, 5, 30)


def test_what_is_carried_by_key_is_touched_only_where_the_key_is_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Until(by=("n",))))
    scene.put(Source, *after(0, 3, 6, 9), n=1)
    scene.put(Source, *after(1, 4, 7), n=2)
    scene.take_in()

    scene.put(Source, *after(5), n=1)
    assert scene.stale == after(5, 6, 9)

    scene.put(Source, *after(4), n=3)  # a 2 went, a 3 came
    assert scene.stale == after(4, 5, 6, 7, 9)


def test_without_known_news_every_day_is_touched_even_one_whose_rows_went(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Until(by=("n",))))
    scene.put(Source, *after(0, 3, 6))
    scene.take_in()
    uri = scene.work.store.uri(SOURCES[0].name)
    pl.DataFrame({"day": after(5), "n": [5]}).write_delta(uri, mode="overwrite")

    assert scene.stale == after(0, 3, 5, 6)


def test_an_input_read_by_day_and_until_it_is_taken_as_read_until_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, of_day=(Source, Days(0, 0)), until=(Source, Until()))

    assert scene.table.reads == {TableName.of(Source): Until()}


def test_an_input_read_by_two_extents_of_which_none_holds_the_other_is_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(DeclarationError, match="one must hold the other"):
        Scene(tmp_path, before=(Source, Days(-2, -1)), until=(Source, Until()))


def test_a_change_that_a_run_that_died_built_upon_touches_though_it_was_undone(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)), flat=(Flat, Touches(days_named)))
    scene.put(Source, *after(*range(10)))
    scene.put(Flat, *after(2))
    scene.take_in()

    scene.put(Flat, *after(2, 7))
    scene.put(Flat, *after(2))

    assert scene.stale == after(7, 8)


def test_what_one_commit_takes_away_and_the_next_puts_back_touches_what_each_alone_does(
    tmp_path: Path,
) -> None:
    def nothing_where_all_are_pairs(changed: pl.DataFrame) -> Spans | None:
        return [] if changed.is_duplicated().all() else days_named(changed)

    extents = {"source": (Source, Days(0, 0)), "flat": (Flat, Touches(nothing_where_all_are_pairs))}
    scene = Scene(tmp_path, **extents)
    scene.put(Source, *after(*range(10)))
    scene.put(Flat, *after(2, 7))
    scene.take_in()

    scene.put(Flat, *after(2))
    scene.put(Flat, *after(2, 7))

    assert scene.stale == after(7, 8)


def test_a_change_touches_what_the_declared_function_names(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)), flat=(Flat, Touches(days_named)))
    scene.put(Source, *after(*range(10)))
    scene.put(Flat, *after(2, 7))
    scene.take_in()

    scene.put(Flat, *after(2, 8))  # 7 went, 8 came

    assert scene.stale == after(7, 8, 9)


def test_a_change_that_changes_no_row_touches_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)), flat=(Flat, Touches(days_named)))
    scene.put(Source, *after(*range(10)))
    scene.put(Flat, *after(2))
    scene.take_in()

    scene.put(Flat, *after(2))

    assert scene.stale == []


def test_records_landed_with_another_input_touch_no_day_of_their_own(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)), other=(Other, LandedWith("source")))
    scene.put(Source, *after(0, 1))
    scene.put(Other, *after(0, 1))
    scene.take_in()

    scene.put(Other, *after(0), n=2)

    assert scene.stale == []


def test_a_commit_of_another_writer_makes_every_day_stale(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)))
    scene.put(Source, *after(0, 1, 2))
    scene.take_in()
    uri = scene.work.store.uri(SOURCES[0].name)
    pl.DataFrame({"day": after(1), "n": [5]}).write_delta(uri, mode="append")

    assert scene.stale == after(0, 1, 2)


def test_a_table_of_the_calendar_s_last_days_does_not_leave_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(-1, 1)))
    ends = [dt.date.min, dt.date.max]
    scene.put(Source, *ends)

    assert set(ends) <= set(scene.stale)


def test_where_news_are_not_known_a_day_whose_input_has_gone_is_stale_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path, source=(Source, Days(0, 0)))
    scene.put(Source, *after(0, 5))
    scene.take_in()
    stored = scene.work.stored(next(one for one in SOURCES if one.rows is Source))
    rest = pl.LazyFrame([(FIRST, 1)], schema=stored.schema, orient="row")

    scene.work.store.replace_all(stored, rest, Note(run="r", batch="b", whole=True))

    assert scene.stale == after(0, 5)
