"""The command that says why a table is as it is."""

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

import mega_toys
from mega_toys.command.options import day as as_day
from mega_toys.command.terminal import console

if TYPE_CHECKING:
    from mega_toys.operations.why.cause import Cause

commands = typer.Typer()


@commands.command()
def why(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
    day: Annotated[
        dt.date | None,
        typer.Argument(parser=as_day, help="Its day, YYYY-MM-DD; the whole without."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0, help="Changes of how many hours are told.")] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Say why a table is stale, late, blocked, smaller than usual or changed, and what did it.

    With a day: how many rows it has beside its weekday before, what was rejected by which rule and
    from which files, and what changed it.
    """
    from mega_toys.command.planned import plan_of
    from mega_toys.operations.why.asked import why_of

    causes = why_of(table, plan_of(mega_toys.open()), day, dt.timedelta(hours=hours))
    if as_json:
        console.file.write(json.dumps([asdict(one) for one in causes], ensure_ascii=False) + "\n")
        return
    for one in causes:
        if not console.is_terminal:
            console.file.write("\n".join(one.lines()) + "\n")
            continue
        tree = Tree(Text(one.told))
        _grow(tree, one.because)
        console.print(tree)


def _grow(tree: Tree, because: "tuple[Cause, ...]") -> None:
    for one in because:
        _grow(tree.add(Text(one.told)), one.because)
