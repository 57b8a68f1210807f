"""Which rows of a table changed since a version."""

from collections.abc import Collection

import polars as pl

from mega_toys.lake.days import spans
from mega_toys.lake.note import Note
from mega_toys.lake.store import Stored
from mega_toys.lake.work import Work, in_spans


def changed_rows(
    stored: Stored, version: int | None, work: Work, kept: Collection[str] | None = None
) -> pl.DataFrame | None:
    """The rows that came or went in a commit since the version; none where that is not known.

    Commit by commit, and of each only the days that it changed. A row that came and went again is
    among them: a run that died between may have built upon it. Of the rows, all columns or those
    to be `kept`.
    """
    commits = None if version is None else work.store.since(stored.name, version).commits
    if commits is None:
        return None
    columns = list(stored.schema) if kept is None else list(kept)
    found = [pl.DataFrame(schema=stored.schema).select(columns)]
    try:
        for at, note in commits:
            if note.changed:
                found.append(_of_commit(stored, at, note, work).select(columns))
        return pl.concat(found)
    except (OSError, pl.exceptions.PolarsError):  # an older version: vacuumed, or other columns
        return None


def _of_commit(stored: Stored, at: int, note: Note, work: Work) -> pl.DataFrame:
    columns, partition = list(stored.schema), stored.partition
    only = partition is not None and not note.whole
    mine = in_spans(partition, spans(note.days)) if only and partition else pl.lit(True)
    now, before = (
        work.store.scan(stored.name, version).filter(mine).select(columns).collect()
        for version in (at, at - 1)
    )
    both = pl.concat([now, before])
    return both.filter(~both.select(pl.struct(columns).hash()).to_series().is_duplicated())
