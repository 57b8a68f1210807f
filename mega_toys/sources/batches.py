"""Rows of a relational system become landing files, in bounded memory."""

import datetime as dt
from collections.abc import Iterable, Iterator

import polars as pl

from mega_toys.sources.landed import Landed, Mark, NewFile

MARK = "mega_toys_mark"  # the column of a query that has the marks
_MOST_ROWS, _MOST_BYTES = 250_000, 64 << 20  # of a landing file


def by_mark(
    batches: Iterable[pl.DataFrame],
    landed: Landed,
    since: Mark | None,
    clock: Mark | None,
    until: Mark | None,
) -> Iterator[NewFile]:
    """The files of rows that come in the order of their marks and have not landed yet.

    `since` is the mark from which they were asked for, `clock` the server's. A file may end
    between rows of one mark: the next pull asks for that mark again. Rows without a mark come
    wherever a server puts them: only the last file may say that all has landed `until` then.
    """
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(landed.lacking(batch, since, but=MARK))
        if _is_enough(held):
            yield from _files(held, landed, clock, landed.until)
            held = []
    yield from _files(held, landed, clock, until)


def whole(batches: Iterable[pl.DataFrame], landed: Landed) -> Iterator[NewFile]:
    """The file of an export, whose rows come in whatever order; none where they landed last."""
    if held := list(batches):
        rows = pl.concat(held)
        yield from landed.export(rows.sort(rows.columns), dt.datetime.now(dt.UTC).date())


def _is_enough(held: list[pl.DataFrame]) -> bool:
    size = sum(one.estimated_size() for one in held)
    return sum(one.height for one in held) >= _MOST_ROWS or size >= _MOST_BYTES


def _files(
    held: list[pl.DataFrame], landed: Landed, clock: Mark | None, until: Mark | None
) -> Iterator[NewFile]:
    if held:
        rows = pl.concat(held)
        yield from landed.by_mark(rows.drop(MARK), rows.get_column(MARK), clock, until)
