"""What the command prints of what a lake holds: rows, lineage, files, counts of the quarantine."""

import datetime as dt

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from mega_toys.command.grids import Column, columns_of, fits, put, put_records
from mega_toys.command.terminal import errors
from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.declared.table import Bronze, Counted, Table
from mega_toys.declared.words import counted
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.quarantined.standing import STATUSES
from mega_toys.lake.reading.by_name import SYSTEM
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.saved import of_texts
from mega_toys.lake.reading.views import made_of


def rows(console: Console, lake: Reader, name: str, day: dt.date | None, limit: int) -> None:
    """The first rows of a table, in the order of its key."""
    found = lake.scan(name)
    columns = found.collect_schema().names()
    if day is not None:
        column = _day_column(name, columns)
        found = found.filter(pl.col(column) == day)
        errors.print(f"Rows whose `{column}` is {day}:", highlight=False)
    key = [c for c in _key(lake, name) if c in columns]
    frame(console, (found.sort(key) if key else found).head(limit).collect(), limit)
    left_off(console, found.select(pl.len()).collect().item() - limit, "row")


def _day_column(name: str, columns: list[str]) -> str:
    for column in ("day", "_landed_on", "landing_day"):
        if column in columns:
            return column
    raise LakeError(
        f"The rows of {name} are of no day. Show them without --day, or ask in SQL: "
        "`mega-toys query` with WHERE."
    )


def _key(lake: Reader, name: str) -> list[str]:
    declared = {str(table.name): table.rows.primary_key() for table in lake.catalog}
    return declared.get(name, ["day", "_file", "_row"])


def frame(console: Console, found: pl.DataFrame, limit: int) -> None:
    """Rows as a grid on a terminal, as CSV where the output goes elsewhere."""
    found = of_texts(found)
    if not console.is_terminal:
        console.file.write(found.write_csv() if _is_flat(found) else found.write_ndjson())
        return
    columns = columns_of(found.head(limit))
    (put if fits(console, columns) else put_records)(console, columns)
    if found.height > limit:
        more = counted(found.height - limit, "more row")
        console.print(f"… {more}, --output writes all", highlight=False)


def _is_flat(found: pl.DataFrame) -> bool:
    return not any(dtype.is_nested() for dtype in found.dtypes)


def lineage(console: Console, lake: Reader, name: str) -> None:
    """What a table or a view is made from."""
    if name not in lake.names:
        raise UnknownTableError(name, lake.names)
    tree = Tree(name)
    if name in SYSTEM:
        tree.add(f"[dim]kept by the lake itself: {SYSTEM[name]}[/]")
    elif table := lake.rejected_by(name):
        tree.label = f"{name}  [dim](what {table.name} rejected)[/]"
        for source in table.reads:
            _branch(lake, lake.catalog[source], tree.add(""))
    elif name in lake.catalog.views:
        _of_view(lake, name, tree)
    else:
        _branch(lake, lake.catalog[name], tree)
    console.print(tree)


def _of_view(lake: Reader, name: str, tree: Tree) -> None:
    tree.label = f"{name}  [dim](a view)[/]"
    for source in made_of(name, lake.catalog):
        if source in lake.catalog.views:
            _of_view(lake, source, tree.add(""))
        elif source in {str(table.name) for table in lake.catalog}:
            _branch(lake, lake.catalog[source], tree.add(""))
        else:
            tree.add(source)


def _branch(lake: Reader, table: Table, tree: Tree) -> Tree:
    tree.label = f"{table.name}  [dim]({table.contract.owner})[/]"
    if isinstance(table, Bronze):
        tree.add(f"[dim]{table.dataset.source}[/]")
    if isinstance(table, Counted):
        tree.add(f"[dim]{table.takes}[/]")
    for source in table.reads:
        _branch(lake, lake.catalog[source], tree.add(""))
    return tree


def files(console: Console, lake: Reader, status: str | None, limit: int) -> None:
    """The landing files, those that landed last first."""
    landed_on = pl.coalesce("landing_day", pl.col("ingested_at").dt.date())
    found = newest(lake.scan(FILES.name)).sort(
        landed_on, "ingested_at", "path", descending=[True, True, False]
    )
    if status:
        found = found.filter(pl.col("status") == status)
    every = found.select("path", "status", "rows", "size", "error").collect()
    shown = every.head(limit)
    if not console.is_terminal or fits(console, columns_of(shown)):
        frame(console, shown, limit)
    else:
        _file_by_file(console, shown)
    left_off(console, every.height - shown.height, "file")


def _file_by_file(console: Console, found: pl.DataFrame) -> None:
    """A file on a line of its own, what became of it below."""
    for path, *told, error in found.rows():
        status, rows, size = told
        what = [status, counted(rows or 0, "row"), counted(size, "byte"), *filter(None, [error])]
        console.print(Text(path, style="bold"), soft_wrap=True)
        console.print(Padding(Text(", ".join(what)), (0, 0, 0, 2), expand=False), highlight=False)


def left_off(console: Console, number: int, what: str) -> None:
    """Say how many are not shown, where no file of rows is spoilt by it."""
    if number > 0:
        said_on = console if console.is_terminal else errors
        said_on.print(f"… {counted(number, f'more {what}')}, see --limit", highlight=False)


def quarantined(console: Console, rows: pl.DataFrame) -> None:
    """Counts of quarantined records; on a narrow terminal, what is counted below its table."""
    columns = columns_of(rows)
    if not console.is_terminal or fits(console, columns):
        frame(console, rows, rows.height)
        return
    names, counts = rows.columns[: -len(STATUSES)], columns[-len(STATUSES) :]
    first = ["\n  ".join(map(str, row)) for row in rows.select(names).rows()]
    put(console, [Column(", ".join(names), first, wraps=True), *counts])
