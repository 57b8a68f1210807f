"""What a newcomer sees after the first refresh: findings in words, and gold in readable tables."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import polars as pl
from rich.console import Console
from rich.padding import Padding

from mega_toys.command.demo_machines import machines
from mega_toys.command.grids import Column, put
from mega_toys.command.terminal import NOTHING_NEW
from mega_toys.declared.words import counted
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.own.files import FILES, IGNORED, UNREADABLE, newest
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.run.work import Work
from mega_toys.operations.plan import Plan
from mega_toys.operations.refreshed import Refreshed
from mega_toys.operations.status import statuses

_SHOWN = 6
_LAYERS = ("bronze", "silver", "gold")
_COMMAND = ".venv/bin/mega-toys"
_NEXT = """
[bold]What next[/]
  make dev      the Dagster UI: lineage, checks, days, schedules
  make live     the same, while the toy company delivers every minute
  docs/guides/  add a table, a source, a rule, a domain; start your own company
  make catalog  what each table is, how it stands, where its columns come from
  .venv/bin/mega-toys query "SELECT * FROM commerce.gold.daily_sales"
                asks in SQL"""


def say_refreshed(console: Console, refreshed: Refreshed, seconds: float) -> None:
    """One line on a refresh: what was built in which layers, and for how long it took."""
    changed = [outcome for outcome in refreshed.outcomes if outcome.changed]
    layers = Counter(outcome.table.split(".")[1] for outcome in changed)
    built = ", ".join(f"{layers[layer]} {layer}" for layer in _LAYERS if layers[layer])
    records = sum(outcome.rows for outcome in changed if ".bronze." in outcome.table)
    said = f"{records:,} new records; {built} tables written in {seconds:.0f} s."
    console.print(said if changed else NOTHING_NEW)


def show(console: Console, lake: Reader) -> None:
    """Print the findings."""
    for title, rows, words in (machines(lake), _sales(lake), _funnel(lake), _wrong(lake)):
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


def _sales(lake: Reader) -> Finding:
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


def _funnel(lake: Reader) -> Finding:
    steps = {
        "view_item": "viewed",
        "add_to_cart": "in cart",
        "begin_checkout": "checkout",
        "purchase": "bought",
    }
    counts = ["sessions", *(f"sessions_with_{step}" for step in steps)]
    daily = lake.scan("commerce.gold.funnel_daily")
    sums = daily.group_by("device").agg(pl.col(counts).sum())
    bought = pl.col("sessions_with_purchase") / pl.col("sessions")
    rows = sums.with_columns(conversion=bought).sort("sessions", descending=True).collect()
    shown = rows.rename({f"sessions_with_{step}": said for step, said in steps.items()})
    best = rows.sort("conversion", descending=True).head(1).to_dicts()
    words = [f"{b['device']} converts best: {b['conversion']:.1%} of its sessions." for b in best]
    return "From visit to purchase", shown, words


def _wrong(lake: Reader) -> Finding:
    rejected = [
        lake.scan(str(table.quarantine)).select("rules", table=pl.lit(str(table.name)))
        for table in lake.catalog.from_bronze
    ]
    by_rule = pl.concat(rejected).explode("rules").group_by("table", rule="rules").len("records")
    rows = by_rule.sort("records", "table", "rule", descending=[True, False, False]).collect()
    accounts = lake.scan(ACCOUNTS.name).select(pl.col(pl.Int64).sum()).collect().row(0, named=True)
    shown = rows.head(_SHOWN).with_columns(
        meaning=pl.col("rule").map_elements(_meaning, return_dtype=pl.String)
    )
    left = rows.slice(_SHOWN)
    more = [f"… and {left['records'].sum():,} more in {left.height} other pairs of table and rule."]
    words = [
        *(more if left.height else []),
        f"{accounts['received']:,} records received = {accounts['accepted']:,} accepted",
        f"+ {accounts['duplicates']:,} duplicates + {accounts['quarantined']:,} quarantined.",
        "Nothing is lost: the rejected wait in the quarantine with their reasons:",
        f"  {_COMMAND} quarantine list",
        *_about_files(lake),
        *_about_warnings(lake),
    ]
    return "What was wrong with the data, and where it went", shown, words


def _about_files(lake: Reader) -> Iterator[str]:
    seen = newest(lake.scan(FILES.name)).select("status").collect()["status"]
    for status, said in ((UNREADABLE, "unreadable"), (IGNORED, "ignored, since of no table")):
        if number := seen.to_list().count(status):
            yield f"{counted(number, 'file')} {said}:"
            yield f"  {_COMMAND} files --status {status}"


def _about_warnings(lake: Reader) -> Iterator[str]:
    """How many checks warned; told first is one that a table's own file declares."""
    standing = statuses(Plan(Work(lake.store, lake.catalog), Listing.of_nothing()))
    found = [name for one in standing for name in one.warned]
    own = {check.finds.__name__ for table in lake.catalog for check in table.checks}
    if found:
        name = min(found, key=lambda one: one not in own)
        yield f"{counted(len(found), 'check')} warned, such as {name}:"
        yield f"  {_COMMAND} status"


def _meaning(rule: str) -> str:
    """What a record that breaks the rule is like."""
    own = {"landed_within_window": "outside its window", "record_is_readable": "not readable"}
    for ending, said in (
        ("_is_present", "lacks"),
        ("_is_valid", "unfit"),
        ("_is_known", "unknown"),
    ):
        if rule.endswith(ending):
            return f"{said} {rule.removesuffix(ending)}"
    return own.get(rule, "breaks a rule of its table")
