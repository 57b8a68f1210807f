"""The rows that all valid records of a table leave, and the deletion marks that ended one."""

import polars as pl

from mega_toys.declared.table import ByBusinessDay, Current, History
from mega_toys.lake.building.accepted import replace_differing
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.fields.valid import stored
from mega_toys.lake.judging import deletions, winners
from mega_toys.lake.own.accounts import DELETIONS


def winning(taking: Taking, mapped: pl.DataFrame) -> pl.DataFrame:
    """The accepted of all valid records of some keys, where no key can be gone."""
    if isinstance(taking.table, Current):
        return winners.current(mapped, taking.key, taking.sequence)
    derive = winners.history if isinstance(taking.table, History) else winners.reference
    return derive(mapped, taking.key, taking.sequence).select(list(taking.table.schema))


def derived(taking: Taking, valid: pl.DataFrame) -> pl.DataFrame:
    """The accepted of all valid records there are; the marks that ended a row are written down."""
    if not taking.judge.dataset.tells_deletions:
        _write_ended(taking, None)
        return winning(taking, taking.mapped(valid))
    rows = _told(taking, valid)
    if isinstance(taking.table, History):
        found, ended = deletions.versions(rows, taking.key, taking.sequence)
    else:
        is_current = isinstance(taking.table, Current)
        winner = winners.current if is_current else winners.reference
        found, ended = deletions.newest(rows, taking.key, taking.sequence, winner)
    _write_ended(taking, ended)
    return found.select(list(taking.table.schema))


def _told(taking: Taking, valid: pl.DataFrame) -> pl.DataFrame:
    """The valid records mapped, each with what its dataset tells of deletions."""
    dataset = taking.judge.dataset
    if dataset.deleted is None:
        rows = taking.mapped(valid).with_columns(_deleted=pl.lit(False))
        return rows.join(_runs(taking), on=[*taking.key, "_landed_on"], how="left")
    is_mark = (pl.col(dataset.deleted.field) == dataset.deleted.value).fill_null(False)
    parts = [
        taking.mapped(valid.filter(those)).with_columns(_deleted=pl.lit(deleted))
        for those, deleted in ((~is_mark, False), (is_mark, True))
    ]
    return pl.concat(parts).with_columns(**deletions.NO_RUNS)


def _runs(taking: Taking) -> pl.DataFrame:
    """The runs of deliveries that have each key, be its record valid or not.

    A landing day with an unreadable record, which may be of any key, is no complete delivery.
    """
    fields = taking.judge.fields
    keys = [stored(pl.col(name), fields[name]).alias(name) for name in taking.key]
    present = taking.bronze.select(*keys, "_landed_on").drop_nulls().unique()
    is_unreadable = pl.col("_rescued").str.starts_with('"').fill_null(False)
    days = taking.bronze.group_by("_landed_on").agg(torn=is_unreadable.any()).collect()
    complete = days.filter(~pl.col("torn"))["_landed_on"].to_list()
    return deletions.runs(present.collect(engine="streaming"), complete, taking.key)


def _write_ended(taking: Taking, ended: pl.DataFrame | None) -> None:
    """Write down the marks that ended a row, by the day of their accounts."""
    name, work = str(taking.table.name), taking.work
    before = work.store.of_partition(DELETIONS, name)
    after = before.clear()
    if ended is not None:
        day = "day" if isinstance(taking.table, ByBusinessDay) else "_landed_on"
        told = ended.select(table=pl.lit(name), day=day, _file="_file", _row="_row")
        after = told.select(list(DELETIONS.schema))
    replace_differing(DELETIONS, name, before, after, work)
