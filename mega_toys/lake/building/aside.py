"""Tables made anew beside the live ones: what differs, and the swapping in of it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from mega_toys.declared.table import Bronze, FromBronze, Table
from mega_toys.lake.code.hashing import code_version
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.own.accounts import ACCEPTED, ACCOUNTS, DELETIONS, RECEIVED
from mega_toys.lake.own.files import FILES, dataset_of, newest
from mega_toys.lake.run.work import Work, in_spans
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.step import step
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored

OF_THE_RUN = ("_ingested_at", "quarantined_at", "ingested_at", "refreshed_at")
_DIGITS = 10


@dataclass(frozen=True)
class Piece:
    """A table, or one table's partition of one that all share."""

    stored: Stored
    value: str | None = None

    def rows(self, store: Store) -> pl.LazyFrame:
        """Its rows as they are; of a landing file the newest version."""
        scan = store.scan(self.stored.name)
        mine = scan if self.value is None else scan.filter(pl.col(self._column) == self.value)
        return newest(mine) if self.stored.name == FILES.name else mine

    @property
    def day(self) -> str | None:
        """The column by whose days it is compared and written."""
        name = self.stored.partition
        return name if name and self.stored.schema[name] == pl.Date() else None

    @property
    def _column(self) -> str:
        return self.stored.partition or ""


@dataclass(frozen=True)
class Difference:
    """How one day of a table, or a table without days, differs from the one made anew."""

    table: str
    day: dt.date | None
    rows: int
    rows_anew: int
    only_live: int  # rows that the one made anew does not have
    only_anew: int

    def __str__(self) -> str:
        at = f"{self.table} {self.day or ''}".strip()
        rows = f"{self.rows} rows, anew {self.rows_anew}"
        return f"{at}: {rows}; {self.only_live} only live, {self.only_anew} only anew"


def pieces(table: Table, work: Work) -> Iterator[Piece]:
    """What belongs to a table, in the order in which it is written."""
    if isinstance(table, FromBronze):
        yield Piece(RECEIVED, str(table.name))
        yield Piece(quarantine_tables.stored(table))
        yield Piece(DELETIONS, str(table.name))
        yield Piece(ACCOUNTS, str(table.name))
    yield Piece(work.stored(table))
    if isinstance(table, FromBronze):
        yield Piece(ACCEPTED, str(table.name))
    if isinstance(table, Bronze):
        yield Piece(FILES, dataset_of(table))


def made_beside(tables: list[Table], work: Work) -> Work:
    """The same work, but for these tables, which lie empty beside the live ones."""
    wanted = {p.stored.name: p.stored for table in tables for p in pieces(table, work)}
    anew = replace(work, store=work.store.beside(wanted))
    for stored in wanted.values():
        anew.store.create(stored)
    return anew


def differences(piece: Piece, live: Store, anew: Store) -> list[Difference]:
    """What differs, by day where the table has days; the instants of the run are not compared.

    Where the columns are others, all rows are.
    """
    if live.other_columns(piece.stored):
        rows, anew_rows = (store.scan(piece.stored.name).select(pl.len()) for store in (live, anew))
        n, n_anew = rows.collect().item(), anew_rows.collect().item()
        return [Difference(piece.stored.name, None, n, n_anew, n, n_anew)]
    pairs = _counted(piece, live).join(
        _counted(piece, anew), on=["day", "row"], how="full", coalesce=True, nulls_equal=True
    )
    n, other = (pl.col(name).cast(pl.Int64).fill_null(0) for name in ("n", "n_right"))
    by_day = pairs.group_by("day").agg(
        n.sum().alias("rows"),
        other.sum().alias("rows_anew"),
        (n - other).clip(lower_bound=0).sum().alias("only_live"),
        (other - n).clip(lower_bound=0).sum().alias("only_anew"),
    )
    differing = by_day.filter((pl.col("only_live") > 0) | (pl.col("only_anew") > 0)).sort("day")
    found = differing.collect(engine="streaming").iter_rows(named=True)
    return [Difference(piece.stored.name, **row) for row in found]


def row_hash(schema: pl.Schema) -> pl.Expr:
    """The hash of a row, but for the instants of its run.

    Of a Float64 ten digits count: the last ones of a sum depend on the order of its summands.
    """
    compared = [
        pl.col(name).round_sig_figs(_DIGITS) if dtype == pl.Float64() else pl.col(name)
        for name, dtype in schema.items()
        if name not in OF_THE_RUN
    ]
    return pl.struct(compared).hash()


def _counted(piece: Piece, store: Store) -> pl.LazyFrame:
    """How often each row is there, by its hash."""
    day = pl.col(piece.day) if piece.day else pl.lit(None, pl.Date)
    hashed = piece.rows(store).select(day.alias("day"), row_hash(piece.stored.schema).alias("row"))
    return hashed.group_by("day", "row").agg(n=pl.len())


def swap_in(table: Table, work: Work, anew: Work) -> list[Difference]:
    """Put what differs in the place of the live rows: one commit for each piece of the table.

    Meanwhile the table has taken in nothing, so that the next refresh ends what was begun; of
    bronze, the commit says that it is swapped in.
    """
    step("swap.begin")
    found = [(piece, differences(piece, work.store, anew.store)) for piece in pieces(table, work)]
    differing = [(piece, those) for piece, those in found if those]
    before = work.store.state(table.name)
    guarded = before is not None and bool(before.reads) and len(differing) > 1
    if guarded:
        work.store.mark(table.name, work.note(table, changed=False, reads={}))
    for piece, those in differing:
        _swap(table, piece, those, work, anew)
        step("swap.piece")
    if guarded and before:
        work.store.mark(table.name, work.note(table, changed=False, reads=before.reads))
    step("swap.table")
    return [one for _, those in differing for one in those]


def _swap(table: Table, piece: Piece, found: list[Difference], work: Work, anew: Work) -> None:
    rows, store = piece.rows(anew.store), work.store
    days = tuple(one.day for one in found if one.day is not None)
    if store.other_columns(piece.stored):
        _swap_columns(table, piece, work, anew)
    elif piece.value is not None:
        after = (
            _with_older_versions(rows, piece, store) if piece.stored == FILES else rows.collect()
        )
        store.replace_partitions(piece.stored, after, [piece.value], work.note(whole=True))
    elif piece.day is None:
        store.replace_all(piece.stored, rows, _note(table, piece, work, whole=True))
    elif isinstance(table, Bronze):
        at = work.stamp(table)
        note = work.note(table, days=days, ingested_at=at.isoformat(), replaced=True, swapped=True)
        stamped = anew.scan_days(piece.stored.name, piece.day, set(days)).with_columns(
            _ingested_at=pl.lit(at, dtype=piece.stored.schema["_ingested_at"])
        )
        store.replace_days(piece.stored, stamped, days, note)
    else:
        kept = rows.filter(in_spans(piece.day, [(day, day) for day in days]))
        store.replace_days(piece.stored, kept, days, _note(table, piece, work, days=days))


def _note(table: Table, piece: Piece, work: Work, **said: Any) -> Note:
    """Of a commit that swaps in a piece: the table's own, or what is kept beside it."""
    if piece.stored.name != str(table.name):
        return work.note(**said)
    return work.note(table, replaced=True, **said)


def _swap_columns(table: Table, piece: Piece, work: Work, anew: Work) -> None:
    """The whole table at once, with its columns."""
    rows = piece.rows(anew.store)
    if isinstance(table, Bronze):
        at = work.stamp(table)
        rows = rows.with_columns(_ingested_at=pl.lit(at, piece.stored.schema["_ingested_at"]))
        note = work.note(table, ingested_at=at.isoformat(), replaced=True, swapped=True, whole=True)
    elif piece.stored.name == str(table.name):
        code = code_version(table, work.catalog)
        note = work.note(table, code=code, replaced=True, whole=True)
    else:
        note = work.note(whole=True)
    work.store.replace_table(piece.stored, rows, note)


def _with_older_versions(rows: pl.LazyFrame, piece: Piece, store: Store) -> pl.DataFrame:
    """The files that are there, with the versions of them that were seen before."""
    seen = store.scan(FILES.name).filter(pl.col("dataset") == piece.value)
    other = rows.join(piece.rows(store), on=["path", "content_hash", "status", "rows"], how="anti")
    return pl.concat([seen.join(rows, on="path", how="semi"), other]).collect()
