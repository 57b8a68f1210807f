"""What a newcomer sees after the first refresh: findings in words, and gold in readable tables."""

from collections.abc import Iterator

import polars as pl
from rich.console import Console
from rich.table import Table as Grid

from mega_toys import OpenLake
from mega_toys.lake.accounts import ACCOUNTS
from mega_toys.lake.files import FILES, IGNORED, UNREADABLE, newest
from mega_toys.lake.table import FROM_BRONZE

_SHOWN = 6
_WHY = {
    "availability": "it stood still for much of its planned time",
    "effectiveness": "it ran slower than planned",
    "quality_ratio": "it made much scrap and rework",
}


def show(console: Console, lake: OpenLake) -> None:
    """Print the findings."""
    for title, rows, words in (_machines(lake), _sales(lake), _funnel(lake), _wrong(lake)):
        console.print(f"\n[bold]{title}[/]")
        grid = Grid(*rows.columns)
        for row in rows.iter_rows():
            grid.add_row(*(_cell(value) for value in row))
        console.print(grid)
        for sentence in words:
            console.print(f"  {sentence}")
    console.print(
        "\n[bold]Next[/]: `make dev` shows all of it in the Dagster UI; "
        '`.venv/bin/mega-toys query "SELECT * FROM commerce.gold.daily_sales"` asks in SQL; '
        "`.venv/bin/mega-toys --help` tells the rest."
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1%}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


Finding = tuple[str, pl.DataFrame, list[str]]


def _machines(lake: OpenLake) -> Finding:
    """Ratios of sums, never means of ratios."""
    elements = ("pbt_s", "apt_s", "planned_run_time_s", "good_quantity", "produced_quantity")
    daily = lake.scan("manufacturing.gold.oee_daily")
    sums = daily.group_by("machine_id", "factory_id").agg(pl.col(elements).sum())
    ratios = sums.with_columns(
        availability=pl.col("apt_s") / pl.col("pbt_s"),
        effectiveness=pl.col("planned_run_time_s") / pl.col("apt_s"),
        quality_ratio=pl.col("good_quantity") / pl.col("produced_quantity"),
    ).with_columns(oee=pl.col("availability") * pl.col("effectiveness") * pl.col("quality_ratio"))
    shown = ratios.select("machine_id", "factory_id", *_WHY, "oee").filter(
        pl.col("oee").is_finite()
    )
    rows = shown.sort("oee", descending=True).collect()
    return "Machines by OEE", _ends(rows), list(_about_machines(rows))


def _ends(rows: pl.DataFrame) -> pl.DataFrame:
    half = _SHOWN // 2
    return rows if rows.height <= _SHOWN else pl.concat([rows.head(half), rows.tail(half)])


def _about_machines(rows: pl.DataFrame) -> Iterator[str]:
    if rows.is_empty():
        return
    best, worst = rows.row(0, named=True), rows.row(-1, named=True)
    yield f"Best: {best['machine_id']} with an OEE of {best['oee']:.0%}."
    lag = {name: worst[name] / best[name] for name in _WHY if best[name]}
    why = _WHY[min(lag, key=lag.__getitem__)] if lag else "it hardly ran"
    yield f"Worst: {worst['machine_id']} with {worst['oee']:.0%}, since {why}."


def _sales(lake: OpenLake) -> Finding:
    amounts = ("net_sales_eur", "gross_profit_eur")
    daily = lake.scan("finance.gold.net_sales_daily")
    sums = daily.group_by("channel").agg(pl.col("units", *amounts).sum())
    margin = pl.col("gross_profit_eur").cast(pl.Float64) / pl.col("net_sales_eur").cast(pl.Float64)
    rows = sums.with_columns(gross_margin=margin).sort("net_sales_eur", descending=True).collect()
    words = [
        f"{row['channel']}: {row['net_sales_eur']:,.0f} EUR net, {row['gross_margin']:.0%} margin."
        for row in rows.iter_rows(named=True)
        if row["gross_margin"] is not None
    ]
    return "Sales and margin by channel", rows, words


def _funnel(lake: OpenLake) -> Finding:
    steps = ("view_item", "add_to_cart", "begin_checkout", "purchase")
    counts = ["sessions", *(f"sessions_with_{step}" for step in steps)]
    daily = lake.scan("commerce.gold.funnel_daily")
    sums = daily.group_by("device").agg(pl.col(counts).sum())
    bought = pl.col("sessions_with_purchase") / pl.col("sessions")
    rows = sums.with_columns(conversion=bought).sort("sessions", descending=True).collect()
    shown = rows.rename({f"sessions_with_{step}": step for step in steps})
    best = rows.sort("conversion", descending=True).head(1).to_dicts()
    words = [f"{b['device']} converts best: {b['conversion']:.1%} of its sessions." for b in best]
    return "From visit to purchase", shown, words


def _wrong(lake: OpenLake) -> Finding:
    rejected = [
        lake.scan(str(table.quarantine)).select("rules", table=pl.lit(str(table.name)))
        for table in lake.catalog
        if table.kind in FROM_BRONZE
    ]
    by_rule = pl.concat(rejected).explode("rules").group_by("table", rule="rules").len("records")
    rows = by_rule.sort("records", "table", "rule", descending=[True, False, False]).collect()
    accounts = lake.scan(ACCOUNTS.name).select(pl.col(pl.Int64).sum()).collect().row(0, named=True)
    files = newest(lake.scan(FILES.name)).select(
        unread=(pl.col("status") == UNREADABLE).sum(), ignored=(pl.col("status") == IGNORED).sum()
    )
    unread, ignored = files.collect().row(0)
    words = [
        f"{accounts['received']:,} records received = {accounts['accepted']:,} accepted "
        f"+ {accounts['duplicates']:,} duplicates + {accounts['quarantined']:,} quarantined.",
        f"{unread} files unreadable, {ignored} ignored: `mega-toys files --status unreadable`.",
        "What was rejected is kept: `mega-toys quarantine list`.",
    ]
    return "What was wrong with the data, and where it went", rows.head(_SHOWN), words
