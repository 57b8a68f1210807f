"""What the command prints of columns: where they come from, and where they go."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from mega_toys.command.terminal import errors
from mega_toys.declared.contract import Privacy
from mega_toys.declared.errors import LakeError, UnknownTableError, near
from mega_toys.declared.privacy import FOR_ALL
from mega_toys.lake.reading.reader import Reader
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Effect, Source
from mega_toys.lineage.used import users
from mega_toys.lineage.way import Step, back, columns_in, on
from mega_toys.lineage.weakened import classes_of


def asked(lake: Reader, name: str) -> list[Source]:
    """The columns that a name means: one of a table, or all of a table that is named alone.

    Raises UnknownTableError, or LakeError that names the columns there are.
    """
    if name in lake.names:
        return [Source(name, column) for column in _columns(lake, name)]
    table, _, column = name.rpartition(".")
    if table not in lake.names:
        raise UnknownTableError(name if name.count(".") < 3 else table, lake.names)
    if column not in (there := _columns(lake, table)):
        hint = f" Did you mean `{found}`?" if (found := near(column, there)) else ""
        raise LakeError(f"{table} has no column `{column}`.{hint} It has {', '.join(there)}.")
    return [Source(table, column)]


def _columns(lake: Reader, name: str) -> list[str]:
    if name in lake.catalog.views:
        return list(Lineage(lake.catalog).named(name))
    if name not in _declared(lake):
        raise LakeError(
            f"{name} is kept by the lake itself: the lineage of columns is that of views, and of "
            f"bronze, silver and gold tables. `mega-toys lineage {name}` says what it is made from."
        )
    return list(lake.catalog[name].schema)


def tell(
    console: Console, lake: Reader, name: str, *, down: bool, as_json: bool, svg: Path | None
) -> None:
    """The way of the columns: as a tree, as JSON, or as a picture in a file."""
    columns, lineage = asked(lake, name), Lineage(lake.catalog)
    steps = (on if down else back)(lineage, columns)
    if svg is not None:
        _draw(console, svg, columns, steps)
    if as_json:
        told = _told(lake, columns, steps, down=down)
        console.file.write(json.dumps(told, indent=2) + "\n")
    elif svg is None:
        for column in columns:
            console.print((_down if down else _up)(lake, column, steps), highlight=False)


def _draw(console: Console, file: Path, columns: list[Source], steps: list[Step]) -> None:
    from mega_toys.lineage.picture import picture

    try:
        file.write_text(picture(columns, steps), encoding="utf-8")
    except OSError as error:
        raise LakeError(f"{file} cannot be written: {error.strerror}.") from None
    errors.print(f"Drawn to {escape(str(file))}", highlight=False)


def _told(
    lake: Reader, columns: list[Source], steps: list[Step], *, down: bool
) -> dict[str, object]:
    """Each column on the way with what its values come from, and what only chooses its rows."""
    classes, used = _classes(lake), users(lake.catalog)
    made: dict[Source, tuple[list[str], dict[str, list[str]]]] = {}
    for one in columns_in(steps, columns):
        made[one] = [], {}
    for step in steps:
        values, rows = made[step.made]
        if step.by:
            rows[_dotted(step.source)] = list(step.by)
        else:
            values.append(_dotted(step.source))
    return {
        "asked": [_dotted(one) for one in columns],
        "direction": "down" if down else "up",
        "columns": [
            {
                "column": _dotted(one),
                "privacy": classes.get(one),
                "values": values,
                "rows": rows,
                "used_by": used.get(one, []),
            }
            for one, (values, rows) in made.items()
        ],
    }


def _dotted(column: Source) -> str:
    return f"{column.frame}.{column.column}"


def _up(lake: Reader, column: Source, steps: list[Step]) -> Tree:
    """A column above all that its values come from."""

    def branch(made: Source, at: Tree) -> Iterator[Source]:
        for step in steps:
            if step.made == made and not step.by:
                yield step.source
        for line in _lines(lake, [(one.source, one) for one in steps if one.made == made]):
            at.add(f"[dim]rows: {line}[/]")
        if made.frame in _sources(lake):
            at.add(f"[dim]{_sources(lake)[made.frame]}[/]")

    return _tree(lake, column, branch)


def _sources(lake: Reader) -> dict[str, str]:
    return {str(table.name): str(table.dataset.source) for table in lake.catalog.bronze}


def _down(lake: Reader, column: Source, steps: list[Step]) -> Tree:
    """A column above all that come of it; what it only chooses the rows of, table by table."""

    used = users(lake.catalog)

    def branch(source: Source, at: Tree) -> Iterator[Source]:
        for user in used.get(source, []):
            at.add(f"[dim]{user}[/]")
        for step in steps:
            if step.source == source and not step.by:
                yield step.made
        for line in _lines(lake, [(one.made, one) for one in steps if one.source == source]):
            at.add(f"[dim]rows of {line}[/]")

    return _tree(lake, column, branch)


def _tree(lake: Reader, column: Source, branch: Callable[[Source, Tree], Iterator[Source]]) -> Tree:
    """A column above those that it branches into; what stands there already is not told again."""
    classes, seen = _classes(lake), {column}
    tree = Tree(_label(column, classes))

    def grow(at: Source, below: Tree) -> None:
        for one in branch(at, below):
            again = "  [dim](as above)[/]" if one in seen else ""
            further = below.add(f"{_label(one, classes)}{again}")
            if one not in seen:
                seen.add(one)
                grow(one, further)

    grow(column, tree)
    return tree


def _label(column: Source, classes: dict[Source, Privacy]) -> str:
    privacy = classes.get(column, "internal")
    told = "" if privacy in FOR_ALL else f"  [yellow]({privacy})[/]"
    return f"{column.frame}.[bold]{column.column}[/]{told}"


def _classes(lake: Reader) -> dict[Source, Privacy]:
    """The class of each column; of a quarantine that of the record, which is as its table."""
    found = {
        Source(str(table.name), name): privacy
        for table in lake.catalog
        for name, privacy in classes_of(table).items()
    }
    return found | {
        Source(str(table.quarantine), "record"): table.contract.privacy
        for table in lake.catalog.from_bronze
    }


def _lines(lake: Reader, told: list[tuple[Source, Step]]) -> list[str]:
    """A line a table: which of its columns, and what is done by them."""
    tables: dict[str, dict[tuple[Effect, ...], list[str]]] = {}
    for column, step in told:
        if step.by:
            tables.setdefault(column.frame, {}).setdefault(step.by, []).append(column.column)
    return [
        f"{name}: {'; '.join(f'{_of(lake, name, those)} ({_by(by)})' for by, those in of.items())}"
        for name, of in tables.items()
    ]


def _of(lake: Reader, table: str, columns: list[str]) -> str:
    every = len(lake.catalog[table].schema) if table in _declared(lake) else 0
    return "all columns" if len(columns) == every else ", ".join(columns)


def _by(effects: tuple[Effect, ...]) -> str:
    return ", ".join(effects)


def _declared(lake: Reader) -> set[str]:
    return {str(table.name) for table in lake.catalog}
