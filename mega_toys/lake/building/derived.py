"""What all records of some keys leave: the accepted, and the deletion marks that ended a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from mega_toys.declared.table import ByBusinessDay, Current, History
from mega_toys.lake.building.accepted import replace_differing
from mega_toys.lake.building.by_key import in_parts, keys_of
from mega_toys.lake.building.judged import Judged, judged
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import deletions, winners
from mega_toys.lake.judging.rows import built
from mega_toys.lake.news.deliveries import complete_days
from mega_toys.lake.news.received import News
from mega_toys.lake.own.accounts import DELETIONS
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.run.progress import Pace
from mega_toys.lake.store.scratch import folder_of_load
from mega_toys.lake.store.step import step


@dataclass
class Derived:
    """What the records of some keys leave, the keys of a part after those of another.

    `ended` are the deletion marks that ended a row, as `lake.deletions` has them.
    """

    folder: Path
    accepted: list[pl.LazyFrame] = field(default_factory=list)
    rejected: list[pl.LazyFrame] = field(default_factory=list)
    ended: list[pl.DataFrame] = field(default_factory=list)
    places: list[pl.DataFrame] = field(default_factory=list)  # of marks that ended a row before

    def keep(self, rows: pl.LazyFrame, waiting: list[pl.LazyFrame], *, only: bool) -> None:
        """Keep rows of a part; on disk, unless it is the only one."""
        if only:
            waiting.append(rows)
            return
        path = self.folder / f"{len(self.accepted)}-{len(self.rejected)}.parquet"
        rows.sink_parquet(path, compression="zstd", compression_level=1)
        waiting.append(pl.scan_parquet(path))


@contextmanager
def derived(taking: Taking, records: pl.LazyFrame) -> Iterator[Derived]:
    """Judge all records of some keys, and say what is accepted of them and what ended a row.

    Some keys at a time; what they leave is there until the context ends.
    """
    with folder_of_load(taking.work.store.place) as folder:
        found = Derived(folder)
        parts, marks = in_parts(taking, records), ended_before(taking)
        pace, rows = Pace(len(parts), "part"), 0
        for done, part in enumerate(parts):
            taking.say(f"keys: {pace.told(done, rows=rows)}")
            mine = judged(taking, taking.placed(part))
            rows += mine.records.height
            accepted, ended = _left(taking, mine)
            only = len(parts) == 1
            found.keep(built(taking.table, accepted).lazy(), found.accepted, only=only)
            found.keep(mine.rejected, found.rejected, only=only)
            found.ended.append(ended)
            found.places.append(mine.records.select(PLACE).join(marks, on=PLACE, how="semi"))
        yield found


def _left(taking: Taking, found_in: Judged) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The accepted of the valid records, and the marks that ended a row."""
    if not taking.judge.dataset.tells_deletions:
        return _winning(taking, taking.mapped(found_in.valid)), DELETIONS.schema.to_frame()
    told = _told(taking, found_in.records, found_in.valid)
    if isinstance(taking.table, History):
        found, ended = deletions.versions(told, taking.key, taking.sequence)
    else:
        winner = winners.current if isinstance(taking.table, Current) else winners.reference
        found, ended = deletions.newest(told, taking.key, taking.sequence, winner)
    day = "day" if isinstance(taking.table, ByBusinessDay) else "_landed_on"
    marks = ended.select(table=pl.lit(str(taking.table.name)), day=day, _file="_file", _row="_row")
    return found.select(list(taking.table.schema)), marks.select(list(DELETIONS.schema))


def _winning(taking: Taking, mapped: pl.DataFrame) -> pl.DataFrame:
    """The accepted of all valid records of some keys, where no key can be gone."""
    if isinstance(taking.table, Current):
        return winners.current(mapped, taking.key, taking.sequence)
    derive = winners.history if isinstance(taking.table, History) else winners.reference
    return derive(mapped, taking.key, taking.sequence).select(list(taking.table.schema))


def is_mark(taking: Taking) -> pl.Expr:
    """Whether a record marks its key as deleted."""
    mark = taking.judge.dataset.deleted
    if mark is None:
        return pl.lit(False)
    field = pl.col(mark.field)
    return field.is_not_null() if mark.value is None else (field == mark.value).fill_null(False)


def _told(taking: Taking, rows: pl.DataFrame, valid: pl.DataFrame) -> pl.DataFrame:
    """The valid records mapped, each with what its dataset tells of deletions."""
    if taking.judge.dataset.complete:
        there = keys_of(taking, rows.lazy(), "_landed_on").unique().collect()
        complete = complete_days(taking.judge.received, taking.work)
        runs = deletions.runs(there, complete, taking.key)
        records = taking.mapped(valid).with_columns(_deleted=pl.lit(False))
        return records.join(runs, on=[*taking.key, "_landed_on"], how="left")
    parts = [
        taking.mapped(valid.filter(those)).with_columns(_deleted=pl.lit(deleted))
        for those, deleted in ((~is_mark(taking), False), (is_mark(taking), True))
    ]
    return pl.concat(parts).with_columns(**deletions.NO_RUNS)


def ended_before(taking: Taking) -> pl.DataFrame:
    """The deletion marks that are written down as having ended a row."""
    return taking.work.store.of_partition(DELETIONS, str(taking.table.name))


def write_ended(taking: Taking, left: Derived, found: News) -> pl.DataFrame:
    """Write down the marks that ended a row; returns those that were written down of these keys.

    Marks of other keys stay, unless all are taken in anew.
    """
    name, work = str(taking.table.name), taking.work
    before = ended_before(taking)
    gone = [] if found.gone is None else [found.gone.select(PLACE).collect()]
    places = pl.concat([*left.places, *gone])
    of_keys = before if found.everything else before.join(places, on=PLACE, how="semi")
    others = before.join(of_keys, on=PLACE, how="anti")
    replace_differing(DELETIONS, name, before, pl.concat([others, *left.ended]), work)
    step("deletions.written")
    return of_keys
