"""What is new for a silver table: bronze records that came, went, or are to be judged again.

Told commit by commit, not from how things stood then and stand now: a run that died between may
have built upon what came and went again.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from mega_toys.declared.days import spans
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Events, FromBronze
from mega_toys.lake.news.changes import rows_at
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.run.known import known_of
from mega_toys.lake.run.work import Work, in_spans
from mega_toys.lake.store.history import Commits
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.tables import Stored


@dataclass(frozen=True)
class News:
    """The records to take in.

    `everything` says that the table is to be made anew from all of bronze. Else `stamps` are the
    instants of ingestion of what came, on the landing days `landed`; `gone` the rows that a
    re-sent file no longer gives, also those that came and went since; `waiting` the quarantined
    rows to judge again, since what they name became known or somebody asked for their day;
    `unfinished` the days on which a run that did not come to its end changed the quarantine;
    `asked` the days of events that somebody asked to be judged again; `commits` the versions that
    changed bronze.
    """

    everything: bool = False
    landed: set[dt.date] = field(default_factory=set)
    stamps: list[dt.datetime] = field(default_factory=list)
    gone: pl.LazyFrame | None = None
    waiting: pl.DataFrame | None = None
    unfinished: set[dt.date] = field(default_factory=set)
    asked: set[dt.date] = field(default_factory=set)
    commits: list[int] = field(default_factory=list)

    @property
    def only_came(self) -> bool:
        """Whether records came, and nothing else but that a run may have died happened."""
        more = self.everything or self.gone is not None or self.waiting is not None or self.asked
        return bool(self.landed) and not more

    @property
    def nothing(self) -> bool:
        """Whether there is no news at all."""
        return not (self.everything or self.landed or self.waiting is not None or self.asked)

    @property
    def takes_away(self) -> bool:
        """Whether records went, or may have."""
        return self.everything or self.gone is not None


def news(table: FromBronze, work: Work) -> News:
    """What came since the table last took in all there was."""
    state = work.store.state(table.name)
    reads = dict(state.reads) if state else {}
    commits = _changes(table.bronze, reads, work)
    rejections = _changes(str(table.quarantine), reads, work)
    waiting = _waiting(table, reads, state.again if state else (), work)
    if commits is None or rejections is None or waiting is None:
        return News(everything=True)
    gone = _gone(table, commits, work)
    if gone is None:
        return News(everything=True)
    notes = [note for _, note in commits]
    return News(
        landed=_days(notes),
        stamps=[dt.datetime.fromisoformat(note.ingested_at) for note in notes if note.ingested_at],
        gone=pl.concat(gone).lazy() if gone else None,
        waiting=waiting if waiting.height else None,
        unfinished=_days(note for _, note in rejections),
        asked=set(state.again) if state and isinstance(table, Events) else set(),
        commits=[at for at, _ in commits],
    )


def _changes(name: object, reads: Mapping[str, int], work: Work) -> Commits | None:
    """The commits that changed days of an input since its noted version; none if not known."""
    commits = work.store.since(name, reads.get(str(name))).commits
    if commits is None or any(note.changed and note.whole for _, note in commits):
        return None
    return [(at, note) for at, note in commits if note.changed]


def _days(notes: Iterable[Note]) -> set[dt.date]:
    return {day for note in notes for day in note.days}


def _gone(table: FromBronze, commits: Commits, work: Work) -> list[pl.DataFrame] | None:
    """Of each commit that took rows away, these; none where one can no longer be read."""
    bronze = work.stored(work.catalog.bronze_of(table))
    found = []
    for at, note in commits:
        if note.replaced:
            rows = _taken_away(bronze, at, note, work)
            if rows is None:
                return None
            found.append(rows)
    return found


def _taken_away(bronze: Stored, at: int, note: Note, work: Work) -> pl.DataFrame | None:
    """The rows of files that a commit replaced, as they were before it."""
    days, file = in_spans("_landed_on", spans(note.days)), ["_file", "_ingested_at"]
    after = rows_at(bronze.name, at, lambda rows: rows.filter(days).select(file).unique(), work)
    if after is None:
        return None

    def left_out(rows: pl.LazyFrame) -> pl.LazyFrame:
        before = rows.filter(days).select(list(bronze.schema))
        return before.join(after.lazy(), on=file, how="anti")

    return rows_at(bronze.name, at - 1, left_out, work)


def _waiting(
    table: FromBronze, reads: Mapping[str, int], again: Collection[dt.date], work: Work
) -> pl.DataFrame | None:
    """Quarantined rows of the days asked for, and those that wait for a key that became known.

    Of the quarantine as it was when the table last took in all there was: a run that died may have
    emptied it without having written silver. None where all is to be made anew: a key ceased to
    be known, a factory changed its time zone, or that quarantine is no longer there.
    """
    waits = [in_spans("day", spans(again))] if again else []
    for name, rows in table.known.items():
        came = _became_known(table, name, TableName.of(rows), reads, work)
        if came is None:
            return None
        if came:
            value = pl.col("record").str.json_path_match(f"$.{name}")
            waits.append(pl.col("rules").list.contains(f"{name}_is_known") & value.is_in(came))
    columns = [*quarantine_tables.PLACE, "_landed_on", "day"]
    version = reads.get(str(table.quarantine))
    if not waits or version is None:
        return pl.DataFrame(schema=quarantine_tables.SCHEMA).select(columns)
    wanted = pl.any_horizontal(*waits)
    then = table.quarantine
    return rows_at(then, version, lambda rows: rows.filter(wanted).select(columns), work)


def _became_known(
    table: FromBronze, name: str, source: TableName, reads: Mapping[str, int], work: Work
) -> list[str] | None:
    """The keys that are known and were not; none where one ceased to be, or moved, in between."""
    version = reads.get(str(source))
    commits = work.store.since(source, version).commits
    if version is None or commits is None:
        return None
    changed = sorted(at for at, note in commits if note.changed)
    if not changed:
        return []
    steps = [
        rows_at(source, at, lambda rows: known_of(rows, table, name), work)
        for at in (version, *changed)
    ]
    known = [dict(rows.rows()) for rows in steps if rows is not None]
    if len(known) < len(steps):
        return None
    for before, after in pairwise(known):
        if any(key not in after or after[key] != zone for key, zone in before.items()):
            return None
    return sorted(known[-1].keys() - known[0].keys())
