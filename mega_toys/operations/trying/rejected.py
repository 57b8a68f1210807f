"""What would be quarantined of a new dataset's records, as far as its declaration tells."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mega_toys.declared.field import UNREADABLE_RECORD, Sent
from mega_toys.declared.window import WINDOW, Window
from mega_toys.declared.words import shortened
from mega_toys.ingestion.formats.unread import Unread
from mega_toys.lake.judging.window import OUT_OF_WINDOW
from mega_toys.lake.judging.window import told as window_told
from mega_toys.lake.quarantined.reasons import wanted

_LONGEST = 80  # characters of a value
Fields = Mapping[str, Sent]


@dataclass(frozen=True)
class Rejected:
    """Records that would be quarantined for the same rules: where, and why the first is."""

    rules: Sequence[str]
    rows: Sequence[int]
    reasons: Sequence[str]

    @property
    def records(self) -> int:
        """How many they are."""
        return len(self.rows)

    @property
    def row(self) -> int:
        """Where the first is."""
        return self.rows[0]


def rejected_as_new(
    rows: pl.DataFrame, types: Fields, time: str | None, unread: Unread
) -> Iterator[Rejected]:
    """The records that no silver table would accept, by rule, with the first one of each.

    `time` is the business time. Records of long ago are none of them: that is for a window to say.
    """
    yield from _unread(rows, unread)
    yield from _unfit(rows, types)
    yield from _absent(rows, types)
    yield from _of_days_to_come(rows, time)


def _unfit(rows: pl.DataFrame, types: Fields) -> Iterator[Rejected]:
    """The records with a value that fits no type, by field, with the first one of each."""
    bad = rows.filter(pl.col("_unfit").list.len() > 0).explode("_unfit")
    for (name,), of_field in bad.group_by("_unfit", maintain_order=True):
        first = of_field.row(0, named=True)
        value = shortened(str(json.loads(first["_rescued"])[name]), _LONGEST)
        told = f"`{name}` is {value}: it must be {wanted(types[str(name)])}."
        yield Rejected([f"{name}_is_valid"], of_field["_row"].to_list(), [told])


def _absent(rows: pl.DataFrame, types: Fields) -> Iterator[Rejected]:
    """The readable records that lack values which all others have, with the first one."""
    unread = pl.col("_rescued").str.starts_with(UNREADABLE_RECORD).fill_null(False)
    unfit = pl.col("_unfit")
    lacks = {
        name: pl.col(name).is_null() & ~unfit.list.contains(name).fill_null(False)
        for name, sent in types.items()
        if sent.required
    }
    lacking = rows.filter(~unread, pl.any_horizontal(pl.lit(False), *lacks.values()))
    if lacking.height:
        names = [
            name for name, is_lacking in lacks.items() if lacking[:1].filter(is_lacking).height
        ]
        told = [f"`{name}` is not there, and every other record has it." for name in names]
        yield Rejected([f"{n}_is_present" for n in names], lacking["_row"].to_list(), told)


def _of_days_to_come(rows: pl.DataFrame, time: str | None) -> Iterator[Rejected]:
    """The records of later business days than any kind of table takes unless it is declared."""
    if time is None:
        return
    day = business_day(time)
    later = rows.filter((day - pl.col("_landed_on")).dt.total_days() > WINDOW.before)
    if later.height:
        first = later.row(0, named=True)
        told = (
            f"`{time}` is `{first[time]}`, and it landed on {first['_landed_on']}: that must be "
            f"{window_told(Window(after=None))}."
        )
        yield Rejected([OUT_OF_WINDOW], later["_row"].to_list(), [told])


def business_day(time: str) -> pl.Expr:
    """The day that a business time of a new dataset is of; null where it has none."""
    return pl.col(time).cast(pl.String).str.head(10).str.to_date("%Y-%m-%d", strict=False)


def _unread(rows: pl.DataFrame, unread: Unread) -> Iterator[Rejected]:
    """The records that cannot be read, with the reason of the first."""
    found = rows.filter(pl.col("_rescued").str.starts_with(UNREADABLE_RECORD))
    for row in found.head(1).iter_rows(named=True):
        why = unread.why(json.loads(row["_rescued"]), row["_file"])
        yield Rejected(["record_is_readable"], found["_row"].to_list(), [why])
