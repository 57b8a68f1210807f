"""Which of the valid records are accepted: one function for each kind of silver table."""

from collections.abc import Sequence

import polars as pl

from mega_toys.declared.dataset import LANDING
from mega_toys.lake.judging.judge import ORDER, PROVENANCE


def events(valid: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Of the records with the same key and day, the last received."""
    together = list(dict.fromkeys([*key, "day"]))
    several = valid.select(pl.struct(together).hash().is_duplicated()).to_series()  # or alike
    last = valid.filter(several).sort(ORDER).unique(together, keep="last", maintain_order=True)
    return pl.concat([valid.filter(~several), last])


def current(valid: pl.DataFrame, key: Sequence[str], sequence: str) -> pl.DataFrame:
    """The newest version of each key; among equals the last received."""
    return valid.sort(sequence, *ORDER).unique(key, keep="last", maintain_order=True)


def history(valid: pl.DataFrame, key: Sequence[str], sequence: str) -> pl.DataFrame:
    """All versions of each key: the records that begin one, with `valid_from` and `valid_to`.

    A sequence of days, such as the landing day, holds from 00:00 UTC.
    """
    content = _content(valid, [*key, sequence])
    each = first_with_last_content(valid, [*key, sequence], content).sort(*key, sequence)
    repeats = same_as(-1, [*key, *content]) & (pl.int_range(pl.len()) > 0)
    begins = each.filter(~repeats)
    at = instant_of(valid, sequence)
    end = pl.when(same_as(1, key)).then(at.shift(-1))
    return begins.with_columns(valid_from=at, valid_to=end).with_columns(
        is_current=pl.col("valid_to").is_null()
    )


def same_as(by: int, names: Sequence[str]) -> pl.Expr:
    """Whether a row has the values of the row that is so many rows further; null is a value."""
    return pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(-by)) for name in names)


def instant_of(rows: pl.DataFrame, sequence: str) -> pl.Expr:
    """The sequence as an instant; a day is that at which it begins."""
    return midnight(sequence) if rows.schema[sequence] == pl.Date() else pl.col(sequence)


def midnight(day: str) -> pl.Expr:
    """The instant at which a day of UTC begins."""
    return pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def reference(valid: pl.DataFrame, key: Sequence[str], sequence: str) -> pl.DataFrame:
    """The newest version of each key, taken from the first record received with that content.

    By the landing, the newest is the version that no record with other content came after.
    """
    if sequence == LANDING:
        versions = history(valid, key, sequence).filter("is_current")
        return versions.drop("valid_from", "valid_to", "is_current")
    newest = valid.filter(pl.col(sequence) == pl.col(sequence).max().over(list(key)))
    return first_with_last_content(newest, [*key, sequence], _content(valid, [*key, sequence]))


def _content(rows: pl.DataFrame, but: Sequence[str]) -> list[str]:
    return [name for name in rows.columns if name not in but and name not in PROVENANCE]


def first_with_last_content(
    rows: pl.DataFrame, together: Sequence[str], content: Sequence[str]
) -> pl.DataFrame:
    """Of each group the first received record that has the content of the last received."""
    ordered = rows.sort(*together, *ORDER)
    if not content:
        return ordered.unique(together, keep="first", maintain_order=True)
    last = ordered.unique(together, keep="last", maintain_order=True).select(
        *together, *(pl.col(name).alias(f"{name} last") for name in content)
    )
    as_last = [pl.col(name).eq_missing(pl.col(f"{name} last")) for name in content]
    same = ordered.join(last, on=list(together), how="left", maintain_order="left").filter(*as_last)
    return same.select(rows.columns).unique(together, keep="first", maintain_order=True)
