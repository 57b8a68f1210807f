"""What is new for a silver table: bronze records that came, went, or are to be judged again."""

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from mega_toys.lake import quarantine
from mega_toys.lake.days import spans
from mega_toys.lake.judging import Known
from mega_toys.lake.table import Table, TableName
from mega_toys.lake.work import Work, in_spans

PLACE = ("_file", "_row")


@dataclass(frozen=True)
class News:
    """The records to take in.

    `everything` says that the table is to be made anew from all of bronze. Else `stamps` are the
    instants of ingestion of what came, on the landing days `landed`; `gone` the rows that a
    re-sent file no longer gives, `waiting` the quarantined rows to judge again, since what they
    name became known or somebody asked for their day.
    """

    everything: bool = False
    landed: set[dt.date] = field(default_factory=set)
    stamps: list[dt.datetime] = field(default_factory=list)
    gone: pl.LazyFrame | None = None
    waiting: pl.DataFrame | None = None

    @property
    def nothing(self) -> bool:
        """Whether there is no news at all."""
        return not (self.everything or self.landed or self.waiting is not None)


def known_now(table: Table, work: Work) -> Known:
    """What the tables say of which a field's value must be known."""
    keys, zones = {}, {}
    for name, rows in table.known.items():
        scan = work.store.scan(TableName.of(rows))
        keys[name] = scan.select(name).unique().collect().to_series()
        if name == table.zone_of:
            zones = _zones(scan, name)
    return Known(keys, zones)


def _zones(factories: pl.LazyFrame, key: str) -> dict[str, str]:
    current = factories.filter("is_current").select(key, "time_zone").sort(key).collect()
    return dict(current.rows())


def news(table: Table, work: Work) -> News:
    """What came since the table last took in all there was."""
    state = work.store.state(table.name)
    reads = dict(state.reads) if state else {}
    bronze = table.received_from.table
    version = reads.get(str(bronze))
    history = work.store.since(bronze, version)
    waiting = _waiting(table, reads, work)
    if version is None or history.notes is None or waiting is None:
        return News(everything=True)
    changes = [note for note in history.notes if note.changed]
    if any(note.whole for note in changes):
        return News(everything=True)
    landed = {day for note in changes for day in note.days}
    gone = None
    if any(note.replaced for note in changes):
        gone = _gone(table, version, landed, work)
        if gone is None:
            return News(everything=True)
    stamps = [dt.datetime.fromisoformat(note.ingested_at) for note in changes if note.ingested_at]
    return News(
        landed=landed, stamps=stamps, gone=gone, waiting=waiting if waiting.height else None
    )


def _gone(table: Table, version: int, landed: set[dt.date], work: Work) -> pl.LazyFrame | None:
    """The rows of replaced files as they were; none where the old version is no longer there."""
    bronze = table.received_from.table
    mine = ["_file", "_ingested_at"]
    try:
        then = work.scan_days(bronze, "_landed_on", landed)
        old = work.store.scan(bronze, version).filter(pl.col("_landed_on").is_in(list(landed)))
        return old.join(then.select(mine).unique(), on=mine, how="anti").collect().lazy()
    except (OSError, pl.exceptions.PolarsError):
        return None


def rejected_then(table: Table, work: Work) -> pl.LazyFrame:
    """The quarantine as it was when the table last took in all there was.

    Not as it is: a run that died may have emptied it without having written silver.
    """
    state = work.store.state(table.name)
    version = state.reads.get(str(table.quarantine)) if state else None
    return work.store.scan(table.quarantine, version)


def _waiting(table: Table, reads: dict[str, int], work: Work) -> pl.DataFrame | None:
    """Quarantined rows of the days asked for, and those that wait for a key that became known.

    None where all is to be made anew: a key ceased to be known, a factory changed its time zone.
    """
    state = work.store.state(table.name)
    waits = [in_spans("day", spans(state.again))] if state and state.again else []
    for name, rows in table.known.items():
        source = TableName.of(rows)
        version = reads.get(str(source))
        if version is not None and not work.store.since(source, version).changed:
            continue
        came = _became_known(table, name, source, version, work)
        if came is None:
            return None
        if len(came):
            value = pl.col("record").str.json_path_match(f"$.{name}")
            unknown = pl.col("rules").list.contains(f"{name}_is_known")
            waits.append(unknown & value.is_in(came.implode()))
    rejected = rejected_then(table, work) if waits else pl.LazyFrame(schema=quarantine.SCHEMA)
    try:
        waiting = rejected.filter(pl.any_horizontal(pl.lit(False), *waits))
        return waiting.select(*PLACE, "_landed_on", "day").collect()
    except (OSError, pl.exceptions.PolarsError):  # that version has been vacuumed
        return None


def _became_known(
    table: Table, name: str, source: TableName, version: int | None, work: Work
) -> pl.Series | None:
    if version is None:
        return None
    try:
        then = work.store.scan(source, version)
        before = then.select(name).unique().collect().to_series()
        zones = _zones(then, name) if name == table.zone_of else {}
    except (OSError, pl.exceptions.PolarsError):
        return None
    scan = work.store.scan(source)
    now = scan.select(name).unique().collect().to_series()
    zones_now = _zones(scan, name) if name == table.zone_of else {}
    lost = before.filter(~before.is_in(now.implode()))
    moved = any(zones_now.get(key) != zone for key, zone in zones.items())
    return None if len(lost) or moved else now.filter(~now.is_in(before.implode()))
