"""`mega-toys faults`: break things on purpose, in a lake of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mega_toys import tied
from mega_toys.command.ending import AT_SIGNAL
from mega_toys.command.terminal import console
from mega_toys.declared.words import counted

if TYPE_CHECKING:
    from mega_toys.faults.differ import Played
    from mega_toys.faults.kill import Report

_SHOWN = 10
_REMOVES_AT_THE_END = (  # once nobody holds the other end of its input
    "import sys; sys.stdin.buffer.read(); from mega_toys.lake.store.place import place_of; "
    "place_of(sys.argv[1]).remove_below(sys.argv[2])"
)
_TOLD = ("step", "kills", "recovered", "equal", "invariants held")
commands = typer.Typer(no_args_is_help=True, help="Break things on purpose, in a lake of its own.")


@commands.callback()
def _faults() -> None:
    """Break things on purpose, in a lake of its own."""


@commands.command()
def run(
    kills: Annotated[int, typer.Option(min=1, help="How many processes to kill.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed kills at the same steps.")] = 1,
) -> None:
    """Kill real refreshes, rebuilds and backfills; refresh again; compare with an undisturbed run.

    Works on simulated deliveries in a temporary folder; where MEGA_TOYS_LAKE_ROOT is a bucket, in
    it, below a prefix that is removed at the end. Exit code 1: a kill left a difference.
    """
    import mega_toys.domains
    from mega_toys.command.watching import Step
    from mega_toys.declared.catalog import tables_in
    from mega_toys.faults.kill import killed

    catalog = tables_in(mega_toys.domains)
    with _folder() as folder, _in_bucket(folder) as below, Step(console, "simulating") as progress:
        report = killed(folder, catalog, kills, seed, progress.say, below)
    if not _show(report):
        raise typer.Exit(1)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for a while; a signal ends what works in it and removes it."""
    from mega_toys.lake.store.scratch import temporary
    from mega_toys.settings import Settings

    beside_lake = temporary(Settings.load().lake_root)
    with tempfile.TemporaryDirectory(prefix="mega_toys_faults_", dir=beside_lake) as folder:
        clear = partial(_clear, Path(folder))
        tied.hold(Path(folder, "lock"))
        AT_SIGNAL.append(clear)
        tempfile.tempdir, before = folder, tempfile.tempdir  # of the lakes in it
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before
            AT_SIGNAL.remove(clear)
            tied.let_go()


@contextmanager
def _in_bucket(folder: Path) -> Iterator[str | None]:
    """An address in the bucket that the lake of the settings lies in; none where that is a folder.

    All below it is removed at the end, whatever ends this process, by another one: what is under
    way here when a signal comes could write after it.
    """
    from mega_toys.lake.store.place import place_of
    from mega_toys.settings import Settings

    root, name = place_of(Settings.load().lake_root), f".{folder.name}"
    if root.folder:
        yield None
        return
    root.refuse_unreachable()
    told = {name: value for name, value in os.environ.items() if name != tied.TIED_TO}
    command = [sys.executable, "-c", _REMOVES_AT_THE_END, root.root, name]
    with subprocess.Popen(  # noqa: S603, our own program and arguments
        command, stdin=subprocess.PIPE, env=told, start_new_session=True
    ):
        yield f"{root}/{name}"


def _clear(folder: Path) -> None:
    """End what works in the folder, and remove it."""
    for process in tied.tied_to(folder / "lock"):
        os.kill(process, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _show(report: "Report") -> bool:
    """What came of every kill, by step; whether all is well."""
    from mega_toys.command.grids import Column, put
    from mega_toys.lake.store.step import STEPS

    found = report.kills
    rows = []
    for step in sorted({kill.step for kill in found}):
        mine = [kill for kill in found if kill.step == step and kill.died_after]
        recovered = sum(not kill.error for kill in mine)
        equal = sum(not kill.different and not kill.error for kill in mine)
        held = sum(not kill.between for kill in mine)
        rows.append((step, len(mine), recovered, equal, held))
    cells = list(zip(*rows, strict=True)) or [()] * len(_TOLD)
    put(
        console,
        [
            Column(name, [str(cell) for cell in of], right=name != "step")
            for name, of in zip(_TOLD, cells, strict=True)
        ],
    )
    wrong = [kill for kill in found if kill.between or kill.error or kill.different]
    for kill in wrong:
        console.print(f"[red]wrong[/] {kill.stage}, {kill.step}, died after {kill.died_after}:")
        for line in [*kill.between, *filter(None, [kill.error]), *kill.different][:_SHOWN]:
            console.print(f"  {escape(line)}", soft_wrap=True)
    never = sorted(set(STEPS) - report.passed)
    console.print(
        f"Steps passed: {len(report.passed)}; never passed: {', '.join(never) or 'none'}."
    )
    died = sum(kill.died_after is not None for kill in found)
    console.print(f"{died} processes killed, {len(found) - died} ended before; {len(wrong)} wrong.")
    return not wrong


@commands.command()
def differ(
    seeds: Annotated[int, typer.Option(min=1, help="How many sequences.")] = 10,
    seed: Annotated[int, typer.Option(help="The first seed; each gives one sequence.")] = 1,
) -> None:
    """Play random sequences of deliveries, kills and maintenance; compare with fresh lakes.

    After each, the lake is to equal one made at once from all it was given; else the seed is told,
    and the moves that lead there. Works in a temporary folder; where MEGA_TOYS_LAKE_ROOT is a
    bucket, in it, below a prefix that is removed at the end. Exit code 1: a lake differs.
    """
    import mega_toys.domains
    from mega_toys.command.watching import Step
    from mega_toys.declared.catalog import tables_in
    from mega_toys.faults.differ import differing

    catalog, kills, wrong = tables_in(mega_toys.domains), 0, list[int]()
    with _folder() as folder, _in_bucket(folder) as below, Step(console, "differing") as progress:
        for one in differing(range(seed, seed + seeds), catalog, folder, progress.say, below):
            kills += one.kills
            if one.wrong:
                wrong.append(one.sequence.seed)
                _show_difference(one)
            elif not console.is_terminal:
                console.print(f"equal: seed {one.sequence.seed}, {counted(len(one.moves), 'move')}")
    console.print(
        f"{counted(seeds, 'sequence')}, {counted(kills, 'kill')}; "
        f"{len(wrong)} differ{f': seeds {wrong}' if wrong else ''}."
    )
    if below:
        console.print(f"In {below}, which is removed.", soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


def _show_difference(one: "Played") -> None:
    """The seed, the moves that lead to it, and what differs."""
    tables = ", ".join(str(table.name) for table in one.sequence.catalog)
    console.print(f"[red]differs[/] seed {one.sequence.seed}, of {tables}", soft_wrap=True)
    console.print(f"  {counted(one.sequence.rows_at_once, 'row')} at once", highlight=False)
    for number, move in enumerate(one.moves, start=1):
        console.print(f"  {number}. {escape(str(move))}", soft_wrap=True, highlight=False)
    for line in one.wrong[:_SHOWN]:
        console.print(f"  {escape(line)}", soft_wrap=True, highlight=False)
