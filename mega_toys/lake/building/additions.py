"""Few events that come to a day of many are added to it; it is not built anew."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from mega_toys.declared.days import spans
from mega_toys.lake.building.accepted import accepted_by_group, is_counted_as_it_is, summed
from mega_toys.lake.building.by_key import of_keys
from mega_toys.lake.building.counting import by_day, keep_accounts, landed_days
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.rows import built
from mega_toys.lake.news.received import News
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.own.accounts import ACCEPTED
from mega_toys.lake.run.work import in_spans, with_keys
from mega_toys.lake.store.step import step

_MANY = 4  # times as many rows as come has a day to which they are added
_DAY = pl.col("day")


def add(taking: Taking, found: News, touched: set[dt.date]) -> set[dt.date]:
    """Add what came to those of the touched days that have many rows; returns these days.

    Only where nothing but that happened, since a run that died, say, may have written some of it.
    Where no day is left, the checks are told which keys are new.
    """
    new = taking.few_new(found)
    if new is None or not is_counted_as_it_is(taking):
        return set()
    there = taking.work.store.rows_by_day(taking.work.stored(taking.table))
    came = by_day(new, "_account_day")
    many = {day for day, rows in came.items() if rows * _MANY <= there.get(day, 0)}
    days = many - found.unfinished
    if not days:
        return days
    state = taking.work.store.state(taking.table.name)
    is_checked = state is not None and not state.unchecked
    mine = new.filter(pl.col("_account_day").is_in(list(days)))
    more, others = _add(taking, found, mine, there)
    if is_checked and days - others == touched:
        taking.outcome.keys, taking.outcome.rows_of_keys = more, more.height
    return days - others


def _add(
    taking: Taking, found: News, new: pl.DataFrame, there: Mapping[dt.date, int]
) -> tuple[pl.DataFrame, set[dt.date]]:
    """Add records to their days.

    Returns the keys that were added, and the days that must be built anew nevertheless.
    """
    valid, parts = taking.judge_placed(new)
    rejected = pl.concat(parts)
    won = winners.events(valid, taking.key)
    rows = built(taking.table, taking.mapped(won))
    again = _rows_of(taking, rows)
    counts, others = _of_rows_again(taking, found, again)
    days = set(new["_account_day"]) - others
    mine = _DAY.is_in(list(days))
    keys = again.select(_together(taking))
    more = rows.filter(mine).join(keys, on=keys.columns, how="anti")
    taking.outcome.touched |= days
    _add_quarantined(taking, rejected.filter(mine))
    keep_accounts(taking, dict(there) | _sums(there, by_day(more, "day")), days)
    _add_rows(taking, more, days)
    first = won.filter(mine).join(keys, on=keys.columns, how="anti")
    before = taking.work.store.of_partition(ACCEPTED, str(taking.table.name)).filter(mine)
    added = [before.drop("table"), accepted_by_group(first.lazy(), "day"), counts.filter(mine)]
    taking.accepted.append(summed(one.select(added[0].columns) for one in added))
    return more.select(_together(taking)), others


def _add_quarantined(taking: Taking, rows: pl.DataFrame) -> None:
    if rows.height:
        note = taking.work.note(days=tuple(set(rows["day"])))
        taking.work.store.append(quarantine_tables.stored(taking.table), rows.lazy(), note)
    step("quarantine.written")


def _add_rows(taking: Taking, rows: pl.DataFrame, days: set[dt.date]) -> None:
    """Add rows to some of the days, and tell what became of each."""
    changed, outcome = set(rows["day"]), taking.outcome
    outcome.unchanged |= days - changed
    if changed:
        note = taking.note(days=tuple(changed))
        taking.work.store.append(taking.work.stored(taking.table), rows.lazy(), note)
        outcome.days |= changed
        outcome.rows += rows.height
        outcome.changed = True
    step("silver.written")


def _sums(there: Mapping[dt.date, int], more: Mapping[dt.date, int]) -> dict[dt.date, int]:
    return {day: there.get(day, 0) + rows for day, rows in more.items()}


def _together(taking: Taking) -> list[str]:
    """What the records have in common of which one is accepted."""
    return list(dict.fromkeys([*taking.key, "day"]))


def _rows_of(taking: Taking, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that the table has already with keys of these, on the same days."""
    of_days = taking.silver.filter(in_spans("day", spans(set(rows["day"]))))
    return with_keys(of_days, rows.select(_together(taking))).collect()


def _of_rows_again(
    taking: Taking, found: News, again: pl.DataFrame
) -> tuple[pl.DataFrame, set[dt.date]]:
    """What becomes of rows of which further records came, the last of which decides.

    By how much the accepted of each day and file group change, and the days with other rows.
    """
    if again.is_empty():
        return pl.DataFrame(schema=ACCEPTED.schema).drop("table"), set()
    keys = again.select(_together(taking))
    landed = landed_days(taking, set(again["day"]))
    records = taking.placed(of_keys(taking, keys.select(taking.key).unique(), landed))
    valid, _ = taking.judge_placed(records.collect(engine="streaming"))
    mine = valid.join(keys, on=keys.columns, how="semi")
    last = winners.events(mine, taking.key)
    came = pl.col("_ingested_at").is_in(found.stamps)
    last_before = winners.events(mine.filter(~came), taking.key)
    less = accepted_by_group(last_before.lazy(), "day").with_columns(-pl.col("accepted"))
    rows = built(taking.table, taking.mapped(last)).select(again.columns)
    other = rows.join(again, on=again.columns, how="anti", nulls_equal=True)
    return summed([accepted_by_group(last.lazy(), "day"), less]), set(other["day"])
