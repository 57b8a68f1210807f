"""What the command prints: tables, rows, lineage, and a refresh as it goes."""

import datetime as dt
from types import TracebackType
from typing import Self

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.tree import Tree

from mega_toys import OpenLake
from mega_toys.doctor import findings
from mega_toys.lake.aside import Difference
from mega_toys.lake.days import said
from mega_toys.lake.days_table import DAYS
from mega_toys.lake.errors import LakeError
from mega_toys.lake.files import FILES, newest
from mega_toys.lake.lock import holder
from mega_toys.lake.status import Status, statuses
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration.refresh import Refreshed
from mega_toys.settings import Settings

_WIDE = 140  # columns of a terminal in which days can be spelled out
_ACCOUNT = ("received", "accepted", "duplicates", "quarantined")


class Step:
    """Something long on the terminal: what is being done, and for how long."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(title)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Say what is being done."""
        self._progress.update(self._task, description=escape(text))


class Watching(Step):
    """A refresh on the terminal: the table being built, then what was done."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "looking for news")

    def done(self, outcome: Outcome) -> None:
        """Say what was done to a table."""
        what = [f"{outcome.rows} rows" if outcome.changed else "unchanged"]
        if outcome.days:
            what.append(f"{len(outcome.days)} days")
        if not self._console.is_terminal:
            self._console.print(f"{outcome.table}: {', '.join(what)}, {outcome.seconds:.1f} s")

    def summary(self, refreshed: Refreshed) -> None:
        """The table of all that the refresh did, and what is wrong."""
        grid = Grid(title="Refreshed", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        grid.add_column("table", overflow="fold")
        grid.add_column("days")
        for name in (*_ACCOUNT, "seconds"):
            grid.add_column(name, justify="right", no_wrap=True)
        for outcome in refreshed.outcomes:
            accounts = [str(outcome.accounts.get(name, "")) for name in _ACCOUNT]
            days = said(outcome.days) if self._console.width >= _WIDE else str(len(outcome.days))
            grid.add_row(outcome.table, days, *accounts, f"{outcome.seconds:.1f}")
        if refreshed.outcomes:
            self._console.print(grid)
        elif not (refreshed.crashed or refreshed.blocked):
            self._console.print("Nothing new: every table is up to date.")
        self._problems(refreshed)

    def _problems(self, refreshed: Refreshed) -> None:
        for outcome in refreshed.outcomes:
            for check in outcome.checks:
                if not check.passed:
                    kind = "[red]failed[/]" if check.severity == "error" else "[yellow]warning[/]"
                    said_of = f"{kind} {outcome.table}: {check.name} ({check.rows})"
                    self._console.print(said_of, soft_wrap=True)
        if refreshed.ignored_files:
            self._console.print(
                f"[yellow]warning[/] {refreshed.ignored_files} files ignored: "
                "`mega-toys files --status ignored`"
            )
        for name, blocking in refreshed.blocked.items():
            why = ", ".join(f"{source} {' '.join(checks)}" for source, checks in blocking.items())
            self._console.print(f"[red]not built[/] {name}, because of {why}")
        for name, error in refreshed.crashed.items():
            self._console.print(f"[bold red]error[/] {name}: {escape(error)}", highlight=False)


def rebuilt(console: Console, found: list[Difference], *, swapped: bool) -> None:
    """How the live tables differed from those made anew."""
    if not found:
        console.print("No table differs from the one made anew.")
        return
    grid = Grid("table", "day", "rows", "rows anew", "only live", "only anew")
    for one in found:
        numbers = (one.rows, one.rows_anew, one.only_live, one.only_anew)
        grid.add_row(one.table, str(one.day or ""), *map(str, numbers))
    console.print(grid)
    console.print(
        "Swapped in; `mega-toys refresh` builds what reads it."
        if swapped
        else "The live tables are as they were; --swap puts in what differs."
    )


def status(console: Console, lake: OpenLake) -> bool:
    """How every table stands; whether all are up to date."""
    if not lake.store.exists(DAYS.name):
        raise LakeError(f"The lake {lake.store.place} is empty. Run `mega-toys refresh` first.")
    found, now = statuses(Work(lake.store, lake.catalog)), dt.datetime.now(dt.UTC)
    until = ("closed until", "provisional until")
    grid = Grid("table", "is", *until, "quarantined", "open", "taken in", "fresh")
    for one in found:
        taken_in = one.taken_in_at.strftime("%Y-%m-%d %H:%M") if one.taken_in_at else ""
        fresh = one.fresh_until and now < one.fresh_until
        grid.add_row(
            one.table,
            _standing(one),
            str(one.newest_closed or ""),
            str(one.newest_provisional or ""),
            str(one.quarantined or ""),
            str(one.open or ""),
            taken_in,
            "yes" if fresh else "[yellow]no[/]",
        )
    console.print(grid)
    if who := holder(lake.store.root):
        console.print(f"A refresh is under way: {who}.", soft_wrap=True)
    return all(one.up_to_date for one in found)


def _standing(one: Status) -> str:
    said = [f"failed {check}" for check in one.failed]
    said += [f"stale ({one.stale} days)" if one.stale else "has news"] if one.has_news else []
    said += ["built by older code"] if one.older_code else []
    return "; ".join(said) or "up to date"


def doctor(console: Console, lake: OpenLake) -> bool:
    """What is well and what is not; whether all is."""
    found = list(findings(Settings.load(), lake.catalog))
    for one in found:
        mark = "[green]well[/]" if one.well else "[red]wrong[/]"
        console.print(f"{mark} {one.what}: {escape(one.said)}", soft_wrap=True)
    return all(one.well for one in found)


def tables(console: Console, lake: OpenLake) -> None:
    """All tables."""
    grid = Grid("table", "kind", "rows", "owner", "a row is")
    for table in lake.catalog:
        grid.add_row(
            str(table.name),
            table.kind.value,
            _count(lake, table),
            table.contract.owner,
            table.title,
        )
    console.print(grid)


def _count(lake: OpenLake, table: Table) -> str:
    if not lake.store.exists(table.name):
        return "–"
    return f"{lake.store.scan(table.name).select(pl.len()).collect().item():,}"


def rows(console: Console, lake: OpenLake, name: str, day: dt.date | None, limit: int) -> None:
    """The first rows of a table, in the order of its key."""
    found = lake.scan(name)
    columns = found.collect_schema().names()
    if day is not None:
        column = next((c for c in ("day", "_landed_on", "landing_day") if c in columns), None)
        found = found.filter(pl.col(column) == day) if column else found
    key = [c for c in _key(lake, name) if c in columns]
    frame(console, (found.sort(key) if key else found).head(limit).collect(), limit)


def _key(lake: OpenLake, name: str) -> list[str]:
    declared = {str(table.name): table.rows.primary_key() for table in lake.catalog}
    return declared.get(name, ["day", "_file", "_row"])


def frame(console: Console, found: pl.DataFrame, limit: int) -> None:
    """Rows as a grid on a terminal, as CSV where the output goes elsewhere."""
    if not console.is_terminal:
        console.file.write(found.write_csv() if _is_flat(found) else found.write_ndjson())
        return
    grid = Grid(*found.columns)
    for row in found.head(limit).iter_rows():
        grid.add_row(*("" if value is None else escape(str(value)) for value in row))
    console.print(grid)
    if found.height > limit:
        console.print(f"… {found.height - limit} more rows")


def _is_flat(found: pl.DataFrame) -> bool:
    return not any(dtype.is_nested() for dtype in found.dtypes)


def lineage(console: Console, lake: OpenLake, name: str) -> None:
    """What a table is made from."""
    console.print(_branch(lake, lake.catalog[name], Tree("")))


def _branch(lake: OpenLake, table: Table, tree: Tree) -> Tree:
    tree.label = f"{table.name}  [dim]({table.contract.owner})[/]"
    if table.kind is Kind.BRONZE and table.dataset:
        tree.add(f"[dim]{table.dataset.source}[/]")
    for source in table.reads:
        _branch(lake, lake.catalog[source], tree.add(""))
    return tree


def files(console: Console, lake: OpenLake, status: str | None, limit: int) -> None:
    """The landing files, newest first."""
    found = newest(lake.scan(FILES.name)).sort("ingested_at", "path", descending=[True, False])
    if status:
        found = found.filter(pl.col("status") == status)
    frame(
        console,
        found.select("path", "status", "rows", "size", "error").head(limit).collect(),
        limit,
    )
