"""What is to do: table by table what is new, why, who asked, and what keeps it from being done.

The one place that says so. A refresh, the sensors, `refresh --dry-run` and `--preview`, the status
and the pages of Dagster read it.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, ByDay, Counted, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import Arrivals, news_of_landing
from mega_toys.ingestion.loading.file_versions import knows_files
from mega_toys.lake.checks import noted, to_look_at
from mega_toys.lake.news.reshaped import has_other_columns
from mega_toys.lake.news.stale import moved, stale_days
from mega_toys.lake.run.work import Work

Blocking = dict[str, tuple[str, ...]]  # by input its failed blocking checks; none if not built


@dataclass(frozen=True)
class Reason:
    """Why something is to be done, in words, and who asked for it."""

    asked_by: str
    told: str


@dataclass(frozen=True)
class Todo:
    """What is to do for one table, looked at when it is first asked, and no second time."""

    table: Table
    work: Work
    listing: Listing

    @property
    def has_news(self) -> bool:
        """Whether there is anything that the table has not taken in."""
        if isinstance(self.table, Counted):
            return bool(self.days)
        return bool(self.arrivals and self.arrivals.landing_days) or bool(self.moved)

    def __bool__(self) -> bool:
        return self.has_other_columns or self.has_news or self.is_to_be_checked

    @property
    def is_done(self) -> bool:
        """Whether the table has taken in everything, and nothing that it reads is in doubt."""
        return not (self.has_news or self.is_to_be_checked or self.blocking)

    @cached_property
    def has_other_columns(self) -> bool:
        """Whether it lies in the lake with other columns than declared."""
        return has_other_columns(self.table, self.work)

    @cached_property
    def is_to_be_checked(self) -> bool:
        """Whether checks are to look though nothing may be new."""
        return to_look_at(self.table, self.work)

    @cached_property
    def arrivals(self) -> Arrivals | None:
        """The files of a bronze table that are to be taken in; none of another one."""
        if not isinstance(self.table, Bronze):
            return None
        return news_of_landing(self.table, self.work, self.listing)

    @cached_property
    def moved(self) -> Mapping[TableName, int | None]:
        """The inputs whose rows changed, with the version that the table has taken in."""
        return moved(self.table, self.work)

    @cached_property
    def days(self) -> set[dt.date]:
        """The days to be built. Of a table made from bronze, those on which the news landed:

        which business days they touch shows when they are read.
        """
        if self.arrivals is not None:
            return self.arrivals.landing_days
        if isinstance(self.table, (ByDay, Counted)):
            return stale_days(self.table, self.moved, self.work)
        return self._days_that_moved()

    def _days_that_moved(self) -> set[dt.date]:
        days: set[dt.date] = set()
        for name, version in self.moved.items():
            notes = self.work.store.since(name, version).notes
            if notes is None:
                days |= set(self.work.store.rows_by_day(self.work.stored(self.work.catalog[name])))
            else:
                days |= {day for note in notes for day in note.days}
        return days

    def days_if_known(self) -> set[dt.date]:
        """The days to be built; none where what broke the table breaks the look at it, too."""
        try:
            return self.days
        except (Exception, pl.exceptions.PanicException):  # a panic is no Exception
            return set()

    @cached_property
    def blocking(self) -> Blocking:
        """The inputs whose blocking checks failed, with these, or that have other columns."""
        reads = [self.work.catalog[name] for name in self.table.reads]
        failed = {str(one.name): tuple(noted(one, self.work).failed) for one in reads}
        other = [str(one.name) for one in reads if has_other_columns(one, self.work)]
        return {n: checks for n, checks in failed.items() if checks} | dict.fromkeys(other, ())

    def reasons(self) -> Iterator[Reason]:
        """Why the table is to be built or looked at, and who asked."""
        if self.has_other_columns:
            yield Reason("the code", "it has other columns than declared")
        if self._is_to_be_made_anew:
            yield Reason("rebuild or changed code", "it is to be made anew")
        elif self.moved:
            yield from self._of_inputs()
        elif isinstance(self.table, Counted) and self.days:
            yield Reason("the lake's counts", f"{counted(len(self.days), 'day')} counted otherwise")
        if self.arrivals:
            yield from (Reason("the landing zone", told) for told in _in_words(self.arrivals))
        if self.is_to_be_checked:
            yield from self._of_checks()

    @cached_property
    def _is_to_be_made_anew(self) -> bool:
        """Whether nothing is noted as taken in by a table that has rows."""
        state = self.work.store.state(self.table.name)
        if state is None or not state.run:
            return False
        if isinstance(self.table, Bronze):
            return not knows_files(self.table, self.work)
        return not state.reads

    def _of_inputs(self) -> Iterator[Reason]:
        state = self.work.store.state(self.table.name)
        again = state.again if state else ()
        if again:
            told = f"quarantined records of {counted(len(again), 'day')} are to be judged again"
            yield Reason("quarantine replay", told)
        known = dict(state.reads) if state else {}
        for name in self.moved:
            version = known.get(str(name))
            if self.work.store.since(name, version).changed:
                yield Reason(str(name), "its rows changed")

    def _of_checks(self) -> Iterator[Reason]:
        state = self.work.store.state(self.table.name)
        if state and state.crashed:
            yield Reason("an earlier refresh", "it could not be built")
        elif state and state.failed:
            yield Reason("an earlier refresh", f"it failed {', '.join(state.failed)}")
        else:
            yield Reason("its checks", "what they look at has changed")


@dataclass(frozen=True)
class Expected:
    """What a refresh would do for a table; `after` are its inputs that it would build before."""

    todo: Todo
    after: tuple[str, ...]
    blocking: Blocking


@dataclass(frozen=True)
class Plan:
    """What is to do in the whole lake, as it stands, with one listing of the landing zone."""

    work: Work
    listing: Listing

    def of(self, table: Table) -> Todo:
        """What is to do for a table as things stand now."""
        return Todo(table, self.work, self.listing)

    def at_once(self) -> "Plan":
        """The plan, of whose tables each is looked at once: for who asks of all and writes none."""
        return _AtOnce(self.work, self.listing)

    def bronze(self) -> Iterator[Todo]:
        """What is to do for each bronze table that has news."""
        return (todo for todo in map(self.of, self.work.catalog.bronze) if todo.has_news)

    def derived(self) -> Iterator[Todo]:
        """What is to do for each other table whose inputs have moved on."""
        tables = (table for table in self.work.catalog if not isinstance(table, Bronze))
        return (todo for todo in map(self.of, tables) if todo.has_news)

    def __iter__(self) -> Iterator[Todo]:
        return (todo for todo in map(self.of, self.work.catalog) if todo)

    def expected(self, anew: Collection[str] = ()) -> Iterator[Expected]:
        """What a refresh would do, in its order, with the tables that follow from others.

        `anew` are tables that it would make anew all the same.
        """
        built: set[str] = set()
        blocked: set[str] = set()
        for table in self.work.catalog:
            todo, reads = self.of(table), _built_before(table, self.work)
            after = tuple(name for name in reads if name in built)
            if not (todo or after or str(table.name) in anew):
                continue
            blocking = todo.blocking | dict.fromkeys((n for n in reads if n in blocked), ())
            (blocked if blocking else built).add(str(table.name))
            yield Expected(todo, after, blocking)


@dataclass(frozen=True)
class _AtOnce(Plan):
    _known: dict[TableName, Todo] = field(default_factory=dict)

    def of(self, table: Table) -> Todo:
        return self._known.setdefault(table.name, super().of(table))


def _in_words(new: Arrivals) -> Iterator[str]:
    """What the landing zone has for a bronze table."""
    again = [file for file in new.files if file.path in new.read]
    if came := len(new.files) - len(again):
        yield counted(came, "new file")
    if again:
        yield f"{counted(len(again), 'file')} to be read again"
    if new.seen_again:
        yield f"{counted(len(new.seen_again), 'file')} with the same content as before"
    if new.lacking:
        yield f"bronze holds other rows of {counted(len(new.lacking), 'file')} than were counted"


def _built_before(table: Table, work: Work) -> list[str]:
    """The tables that it is made from."""
    if isinstance(table, Counted):
        return [str(one.name) for one in work.catalog.from_bronze]
    return [str(name) for name in table.reads]
