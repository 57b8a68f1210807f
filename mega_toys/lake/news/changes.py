"""What the rows of a table were at a version, and which of them changed since."""

from collections.abc import Callable, Collection

import polars as pl
from deltalake.exceptions import DeltaError

from mega_toys.declared.days import spans
from mega_toys.lake.run.work import Work, in_spans
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.tables import Stored

_NO_LONGER_THERE = (OSError, DeltaError, pl.exceptions.PolarsError)


def rows_at(
    name: object, version: int, query: Callable[[pl.LazyFrame], pl.LazyFrame], work: Work
) -> pl.DataFrame | None:
    """What a query finds in a table as it was at a version; none where that is no longer known.

    So it is when its log has been cleaned, its files have been vacuumed, or its columns were
    others.
    """
    try:
        return query(work.store.scan(name, version)).collect()
    except _NO_LONGER_THERE:
        return None


def changes(
    stored: Stored, version: int | None, work: Work, kept: Collection[str] | None = None
) -> list[pl.DataFrame] | None:
    """The rows that came or went, a frame for each commit since the version; none if not known.

    Of a commit only the days that it changed are read. A row that came and went again is in two
    frames: a run that died between may have built upon it. Of the rows, all columns or those to
    be `kept`.
    """
    commits = work.store.since(stored.name, version).commits
    if commits is None:
        return None
    columns = list(stored.schema) if kept is None else list(kept)
    found = []
    for at, note in commits:
        if note.changed:
            rows = _of_commit(stored, at, note, work)
            if rows is None:
                return None
            found.append(rows.select(columns))
    return found


def changed_rows(
    stored: Stored, version: int | None, work: Work, kept: Collection[str] | None = None
) -> pl.DataFrame | None:
    """The changes since the version, in one frame; none where they are not known."""
    found = changes(stored, version, work, kept)
    if found is None:
        return None
    columns = list(stored.schema) if kept is None else list(kept)
    return pl.concat([pl.DataFrame(schema=stored.schema).select(columns), *found])


def _of_commit(stored: Stored, at: int, note: Note, work: Work) -> pl.DataFrame | None:
    columns, partition = list(stored.schema), stored.partition
    only = partition is not None and not note.whole
    mine = in_spans(partition, spans(note.days)) if only and partition else pl.lit(True)
    now, before = (
        rows_at(stored.name, version, lambda rows: rows.filter(mine).select(columns), work)
        for version in (at, at - 1)
    )
    if now is None or before is None or now.schema != before.schema:
        return None
    both = pl.concat([now, before])
    return both.filter(~both.select(pl.struct(columns).hash()).to_series().is_duplicated())
