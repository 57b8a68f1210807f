"""The taking in of records by one silver table: what is read, judged and written."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.declared.days import spans
from mega_toys.declared.table import FromBronze, History
from mega_toys.lake.building.aside import made_beside, swap_in
from mega_toys.lake.building.uncounted import refuse_uncounted
from mega_toys.lake.judging.judge import Judge
from mega_toys.lake.judging.rows import built, differing_days, rows_of
from mega_toys.lake.news.received import News
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.own.files import FILES, dataset_of
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.admitted import admissions, admitted_of
from mega_toys.lake.run.known import known_now
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work, among, in_spans
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.step import step

Progress = Callable[[str], None]
ACCOUNT_DAY = pl.col("_account_day")


@dataclass
class Taking:
    """The taking in of records by one table: what is read, judged and written."""

    table: FromBronze
    work: Work
    say: Progress
    folder: Path  # of what waits on disk, until all is taken in
    takes_away: bool = False  # whether records went, or all are taken in anew
    reads: Mapping[str, int] = field(default_factory=dict)  # versions of the inputs
    outcome: Outcome = field(init=False)
    judge: Judge = field(init=False)
    admissions: pl.DataFrame = field(init=False)  # of late records, as rows of the decisions
    accepted: list[pl.DataFrame] = field(default_factory=list)  # of Events: counted as they came
    held: tuple[set[dt.date], pl.DataFrame] | None = None  # landing days, and their placed records
    added: pl.DataFrame | None = None  # placed records that came, where nothing else happened

    def __post_init__(self) -> None:
        self.outcome = Outcome(str(self.table.name))
        received = self.work.catalog.bronze_of(self.table)
        self.judge = Judge(self.table, received, known_now(self.table, self.work))
        self.admissions = admissions(self.table, self.work)

    def beside(self) -> "Taking":
        """The same, into an empty table beside the live one."""
        return Taking(self.table, made_beside([self.table], self.work), self.say, self.folder)

    def swap_in(self, anew: "Taking") -> None:
        """Put what differs of the table made anew in the place of what there is."""
        days = self.own_days() | anew.own_days()
        found = swap_in(self.table, self.work, anew.work)
        mine = [one for one in found if one.table == str(self.table.name)]
        self.outcome.touched |= days
        self.outcome.days |= {one.day for one in mine if one.day is not None}
        self.outcome.unchanged |= days - self.outcome.days
        self.outcome.rows += sum(one.rows_anew for one in mine)
        self.outcome.changed |= bool(mine)

    @property
    def bronze(self) -> pl.LazyFrame:
        """All that was received."""
        return self.work.store.scan(self.judge.received.name)

    @property
    def silver(self) -> pl.LazyFrame:
        """The table as it is."""
        return self.work.store.scan(self.table.name)

    @property
    def rejected(self) -> pl.LazyFrame:
        """The quarantine as it is."""
        return self.work.store.scan(self.table.quarantine)

    @property
    def key(self) -> list[str]:
        """The fields that identify a record."""
        return list(self.judge.dataset.key)

    def landed(self) -> dict[dt.date, int]:
        """Rows of bronze by landing day."""
        return self.work.store.rows_by_day(self.work.stored(self.judge.received))

    def landed_on(self, days: Iterable[dt.date]) -> pl.LazyFrame:
        """The records of some landing days."""
        return self.bronze.filter(in_spans("_landed_on", spans(days)))

    def placed(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Records of bronze on their days, as `Judge.placed` gives them."""
        if self.admissions.is_empty():
            return self.judge.placed(rows)
        return self.judge.placed(
            rows, admitted_of(rows, self.judge.received, self.admissions, self.work)
        )

    def placed_on(self, days: set[dt.date]) -> pl.LazyFrame:
        """The records of some landing days on their days; those held from before are given up."""
        held, self.held = self.held, None
        if held is None or not held[0] <= days:
            return self.placed(self.landed_on(days))
        there, rows = held
        rest = days - there
        return pl.concat([rows.lazy(), self.placed(self.landed_on(rest))]) if rest else rows.lazy()

    def hold(self, days: set[dt.date]) -> pl.LazyFrame:
        """The records of some landing days on their days, held for the next use where few."""
        landed = self.landed()
        if sum(landed.get(day, 0) for day in days) > self.work.rows_at_once:
            return self.placed(self.landed_on(days))
        rows = self.placed(self.landed_on(days)).collect(engine="streaming")
        self.held = days, rows
        return rows.lazy()

    def came(self, found: News) -> pl.LazyFrame:
        """The records to judge: those that came, and those that wait to be judged again."""
        if found.everything:
            return self.bronze
        stamps = pl.Series(found.stamps, dtype=pl.Datetime("us", "UTC"))
        new = self.landed_on(found.landed).filter(among("_ingested_at", stamps))
        again = self.again(found)
        return new if again is None else pl.concat([new, again]).unique(PLACE)

    def few_new(self, found: News) -> pl.DataFrame | None:
        """The records that came, on their days; none where they are many, or more happened."""
        if self.added is None and found.only_came:
            dataset = dataset_of(self.judge.received)
            files = self.work.store.of_partition(FILES, dataset)
            rows = files.filter(pl.col("ingested_at").is_in(found.stamps))["rows"].sum()
            if rows <= self.work.rows_at_once:
                self.added = self.placed(self.came(found)).collect(engine="streaming")
        return self.added

    def again(self, found: News) -> pl.LazyFrame | None:
        """The waiting records, as bronze has them."""
        if found.waiting is None:
            return None
        landed = self.landed_on(set(found.waiting["_landed_on"]))
        return landed.join(found.waiting.lazy().select(PLACE), on=PLACE, how="semi")

    def placed_days(self, rows: pl.LazyFrame | None) -> set[dt.date]:
        """The days of some records' accounts."""
        if rows is None:
            return set()
        return set(self.placed(rows).select(ACCOUNT_DAY).unique().collect().to_series())

    def left_days(self, found: News) -> set[dt.date]:
        """The days on which records that went or wait have had their place."""
        days = self.placed_days(found.gone)
        if found.gone is not None:
            files = found.gone.select("_file").unique()
            days |= self._days_of(self.rejected.join(files, on="_file", how="semi"))
        return days | (set(found.waiting["day"]) if found.waiting is not None else set())

    def misplaced_days(self, found: News, places: pl.DataFrame) -> set[dt.date]:
        """The days to which a run that did not come to its end rejected some of the records.

        It may have known less of them, and so placed them otherwise.
        """
        if not found.unfinished:
            return set()
        rows = self.rejected.filter(in_spans("day", spans(found.unfinished)))
        return self._days_of(rows.join(places.lazy(), on=PLACE, how="semi"))

    @staticmethod
    def _days_of(rows: pl.LazyFrame) -> set[dt.date]:
        return set(rows.select("day").unique().collect().to_series())

    def own_days(self) -> set[dt.date]:
        """The days that the table, its quarantine or its accounts have rows for."""
        own = self.work.stored(self.table), quarantine_tables.stored(self.table)
        days = {day for table in own for day in self.work.store.rows_by_day(table)}
        return days | set(self.work.store.of_partition(ACCOUNTS, str(self.table.name))["day"])

    @property
    def sequence(self) -> str:
        """The field that tells the newest version, which the catalog sees to be there."""
        return str(self.judge.dataset.sequence)

    def mapped(self, valid: pl.DataFrame) -> pl.DataFrame:
        """Valid records as the table's transform maps them, without what the kind adds."""
        rows = self.table.build(valid.lazy())
        added = ("valid_from", "valid_to", "is_current") if isinstance(self.table, History) else ()
        mapped = rows.select([name for name in self.table.schema if name not in added]).collect()
        refuse_uncounted(self.table, valid.height, mapped.height)
        return mapped

    def judge_placed(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, Iterator[pl.DataFrame]]:
        """The valid of placed records, typed; parts of the rest in the form of the quarantine."""
        at, fields = self.work.now(), self.judge.fields
        valid, parts = self.judge.judged(rows)
        return valid, (quarantine_tables.rejected(part, fields, at) for part in parts)

    def write_quarantine(self, rows: pl.LazyFrame, days: set[dt.date]) -> None:
        """Replace the quarantine of these days where it changed."""
        self.outcome.touched |= days
        table = quarantine_tables.stored(self.table)
        before = self.work.scan_days(table.name, "day", days)
        changed = differing_days(before, rows, "day", quarantine_tables.CONTENT, days)
        if changed:
            kept = rows.filter(pl.col("day").is_in(list(changed)))
            note = self.work.note(days=tuple(changed))
            self.work.store.replace_days(table, kept, changed, note)
        step("quarantine.written")

    def note(self, **said: Any) -> Note:
        """What a commit of the table says of itself."""
        return self.work.note(self.table, replaced=self.takes_away, **said)

    def write_days(self, rows: pl.DataFrame, days: set[dt.date]) -> None:
        """Replace these days of the table where they changed."""
        rows = built(self.table, rows)
        before = self.work.scan_days(self.table.name, "day", days)
        changed = differing_days(before, rows, "day", list(self.table.schema), days)
        self.outcome.unchanged |= days - changed
        if changed:
            kept = rows.lazy().filter(pl.col("day").is_in(list(changed)))
            note = self.note(days=tuple(changed))
            self.work.store.replace_days(self.work.stored(self.table), kept, changed, note)
            self.outcome.days |= changed
            self.outcome.rows += rows_of(changed, rows)
            self.outcome.changed = True
        step("silver.written")
