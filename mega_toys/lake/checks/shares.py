"""A check of the shares of records that break rules: no rule is suddenly broken more often."""

import datetime as dt

import polars as pl

from mega_toys.declared.days import shifted
from mega_toys.lake.checks.check import Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.quarantined.quality import ANY
from mega_toys.lake.run.found import Found

BEFORE_DAYS = 28
FEWEST_DAYS = 7
TIMES = 3  # as many as its share of the days before would give
FEWEST_MORE = 10  # records, so that small numbers are no alarm


def _jumped(look: Look) -> Found:
    """Compare each of the last days, table and rule with the days before."""
    newest = max(look.rows_by_day, default=dt.date.min)
    last = [shifted(newest, -back) for back in range(2 * BEFORE_DAYS)]
    days = set(last[:BEFORE_DAYS])
    wrong = jumps(look.rows(set(last)), days).collect()
    return found(
        SHARES_ARE_USUAL,
        *wrong.with_columns(pl.col("day").cast(pl.String)).to_dicts(),
        numbers={"days_compared": len(days)},
        by_day=dict(wrong.group_by("day").len().sort("day").rows()),
    )


def jumps(quality: pl.LazyFrame, days: set[dt.date]) -> pl.LazyFrame:
    """Days, tables and rules with far more quarantined records than the days before had."""
    by, of = ["table", "rule", "day"], ["table", "rule"]
    summed = quality.group_by(by).agg(pl.col("received", "quarantined").sum())
    received = summed.filter(pl.col("rule") == ANY).select("table", "day", "received")
    broken = summed.filter(pl.col("rule") != ANY).select(*by, "quarantined")
    every = received.join(broken.select(of).unique(), on="table").join(broken, on=by, how="left")
    rows = every.with_columns(pl.col("quarantined").fill_null(0), days=pl.lit(1)).sort(by)
    before = [
        pl.col(name).rolling_sum_by("day", f"{BEFORE_DAYS}d", closed="left").over(of)
        for name in ("received", "quarantined", "days")
    ]
    compared = rows.with_columns(summed.name.suffix("_before") for summed in before)
    usual = pl.col("received") * pl.col("quarantined_before") / pl.col("received_before")
    jumped = compared.with_columns(usual=usual.round(1)).filter(
        pl.col("day").is_in(list(days)),
        pl.col("days_before") >= FEWEST_DAYS,
        pl.col("quarantined") > TIMES * usual,
        pl.col("quarantined") - usual >= FEWEST_MORE,
    )
    return jumped.select(*by, "received", "quarantined", "usual").sort(by)


SHARES_ARE_USUAL = Told(
    name="shares_are_usual",
    description=f"On none of the last {BEFORE_DAYS} days a rule is broken by more than {TIMES} "
    f"times as many records, and {FEWEST_MORE} more, than its share of the {BEFORE_DAYS} days "
    f"before would give (where {FEWEST_DAYS} of them have records).",
    look=_jumped,
)
