"""What a newcomer sees after the first refresh: findings in words, and gold in readable tables."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import polars as pl
from rich.console import Console
from rich.padding import Padding

from mega_toys import OpenLake
from mega_toys.grids import Column, put
from mega_toys.lake.accounts import ACCOUNTS
from mega_toys.lake.files import FILES, IGNORED, UNREADABLE, newest
from mega_toys.lake.table import FROM_BRONZE
from mega_toys.orchestration.refresh import Refreshed

_SHOWN = 6
_LAYERS = ("bronze", "silver", "gold")
_NEXT = """
[bold]What next[/]
  make dev          the Dagster UI with all of this: lineage, checks, days, schedules
  make live         the same, while the toy company delivers every minute
  .venv/bin/mega-toys query "SELECT * FROM commerce.gold.daily_sales"    asks in SQL
  docs/guides/      add a table, a source, a rule, a domain; start with your own company"""
_WHY = {
    "availability": "it stood still for much of its planned time",
    "effectiveness": "it ran slower than planned",
    "quality_ratio": "it made much scrap and rework",
}


def say_refreshed(console: Console, refreshed: Refreshed, seconds: float) -> None:
    """One line on a refresh: what was built in which layers, and for how long it took."""
    changed = [outcome for outcome in refreshed.outcomes if outcome.changed]
    layers = Counter(outcome.table.split(".")[1] for outcome in changed)
    built = ", ".join(f"{layers[layer]} {layer}" for layer in _LAYERS if layers[layer])
    records = sum(outcome.rows for outcome in changed if ".bronze." in outcome.table)
    said = f"{records:,} new records; {built} tables written in {seconds:.0f} s."
    console.print(said if changed else "Nothing new: every table is up to date.")


def show(console: Console, lake: OpenLake) -> None:
    """Print the findings."""
    for title, rows, words in (_machines(lake), _sales(lake), _funnel(lake), _wrong(lake)):
        console.print(f"\n[bold]{title}[/]")
        put(console, list(_columns(rows)))
        for sentence in words:
            console.print(Padding(sentence, (0, 0, 0, 2), expand=False), highlight=False)
    console.print(_NEXT, highlight=False, soft_wrap=True)


def _columns(rows: pl.DataFrame) -> Iterator[Column]:
    for series in rows:
        cells = [_cell(value) for value in series]
        yield Column(
            series.name,
            cells,
            wraps=series.name == "meaning",
            spare=series.name == "rule",
            right=series.dtype.is_numeric(),
        )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, Decimal):
        return f"{value:,.0f}"
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
    renamed = rows.rename({"machine_id": "machine", "factory_id": "factory"})
    title = "Machines by overall equipment effectiveness (OEE, ISO 22400): the best and the worst"
    return title, _ends(renamed), list(_about_machines(rows, lake))


def _ends(rows: pl.DataFrame) -> pl.DataFrame:
    half = _SHOWN // 2
    return rows if rows.height <= _SHOWN else pl.concat([rows.head(half), rows.tail(half)])


def _about_machines(rows: pl.DataFrame, lake: OpenLake) -> Iterator[str]:
    if rows.is_empty():
        return
    best, worst = rows.row(0, named=True), rows.row(-1, named=True)
    yield f"Best: {best['machine_id']} with an OEE of {best['oee']:.0%}."
    lag = {name: worst[name] / best[name] for name in _WHY if best[name]}
    why = _WHY[min(lag, key=lag.__getitem__)] if lag else "it hardly ran"
    yield f"Worst: {worst['machine_id']} with {worst['oee']:.0%}, since {why}."
    yield from _about_stops(worst["machine_id"], lake)


def _about_stops(machine_id: str, lake: OpenLake) -> Iterator[str]:
    """What it stood still for longest, and what its sensors said before."""
    stops = lake.scan("manufacturing.silver.downtimes").filter(machine_id=machine_id)
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_minutes()
    broken = stops.filter(kind="malfunction").with_columns(minutes=lasted).drop_nulls("minutes")
    longest = broken.sort("minutes", "downtime_id").tail(1).collect().to_dicts()
    for stop in longest:
        reason, begun = stop["reason"], stop["started_at"]
        yield f"Its longest breakdown: {reason}, {stop['minutes'] / 60:.1f} h on {begun:%d %B}."
        usual, before = _vibration(machine_id, begun, lake)
        if usual and before and before > usual:
            yield f"In the hour before, it shook {before / usual:.1f} times as much as usual."


def _vibration(
    machine_id: str, at: dt.datetime, lake: OpenLake
) -> tuple[float | None, float | None]:
    """The mean vibration while it produces: in general, and in the hour before an instant."""
    readings = lake.scan("manufacturing.silver.machine_readings")
    mine = readings.filter(machine_id=machine_id, status="producing")
    just_before = pl.col("ts").is_between(at - dt.timedelta(hours=1), at)
    speed = pl.col("vibration_mm_s")
    found = mine.select(speed.median().alias("usual"), before=speed.filter(just_before).mean())
    return found.collect().row(0)


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
    return "Sales and margin by channel, EUR", rows, words


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
    shown = rows.head(_SHOWN).with_columns(
        meaning=pl.col("rule").map_elements(_meaning, return_dtype=pl.String)
    )
    words = [
        f"{accounts['received']:,} records received = {accounts['accepted']:,} accepted "
        f"+ {accounts['duplicates']:,} duplicates + {accounts['quarantined']:,} quarantined.",
        f"{unread} files could not be read, {ignored} belong to no table: see `mega-toys files`.",
        "Nothing is lost: the rejected records wait in the quarantine with their reasons,",
        "`.venv/bin/mega-toys quarantine list` shows them.",
    ]
    return "What was wrong with the data, and where it went", shown, words


def _meaning(rule: str) -> str:
    """What a record that breaks the rule is like."""
    own = {"landed_within_window": "too late for its day", "record_is_readable": "not readable"}
    for ending, said in (
        ("_is_present", "lacks"),
        ("_is_valid", "unfit"),
        ("_is_known", "unknown"),
    ):
        if rule.endswith(ending):
            return f"{said} {rule.removesuffix(ending)}"
    return own.get(rule, "breaks a rule of its table")
