"""What takes long, on the terminal: a refresh or a rebuild as it goes, and what came of it."""

import datetime as dt
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mega_toys.command.grids import Column, put
from mega_toys.command.terminal import NOTHING_NEW
from mega_toys.declared.days import said
from mega_toys.declared.words import counted
from mega_toys.lake.building.aside import Difference
from mega_toys.lake.run.outcome import Outcome
from mega_toys.operations.rebuild import in_words
from mega_toys.operations.refreshed import Refreshed

_FIRST_S, _AGAIN_S = 2.0, 10.0  # when a line is told where no terminal is, and another one
_ACCOUNT = {"received": 3, "accepted": 2, "duplicates": 4, "quarantined": 1}  # which may be spared


class Step:
    """Something long: on a terminal what is being done and for how long, elsewhere a line at times.

    The first such line comes where it has taken two seconds.
    """

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
        self._tell_at = time.monotonic() + _FIRST_S

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
        if not self._console.is_terminal and time.monotonic() >= self._tell_at:
            self._tell_at = time.monotonic() + _AGAIN_S
            at = f"{dt.datetime.now(dt.UTC):%H:%M:%S} UTC"
            self._console.print(f"{at}: {escape(text)}", highlight=False, soft_wrap=True)


class Watching(Step):
    """A refresh on the terminal: the table being built, then what was done."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "looking for news")

    def done(self, outcome: Outcome) -> None:
        """Say what was done to a table."""
        if not self._console.is_terminal:
            self._console.print(f"{outcome.table}: {outcome.summary}, {outcome.seconds:.1f} s")

    def summary(self, refreshed: Refreshed) -> None:
        """The table of all that the refresh did, and what is wrong."""
        changed = [outcome for outcome in refreshed.outcomes if outcome.changed]
        if changed:
            put(self._console, list(_done(changed)))
        if unchanged := len(refreshed.outcomes) - len(changed):
            self._console.print(f"{counted(unchanged, 'table')} unchanged.")
        if not (refreshed.outcomes or refreshed.could_not or refreshed.blocked):
            self._console.print(NOTHING_NEW)
        if refreshed.previewed:
            self._console.print(refreshed.previewed, soft_wrap=True)
        self._problems(refreshed)

    def _problems(self, refreshed: Refreshed) -> None:
        for outcome in refreshed.outcomes:
            for check in outcome.checks:
                if not check.passed:
                    kind = "[red]failed[/]" if check.severity == "error" else "[yellow]warning[/]"
                    rows = [f"{check.rows}"] if check.rows else []
                    what = "; ".join([*rows, *filter(None, [check.earlier])])
                    said_of = f"{kind} {outcome.table}: {check.name} ({what})"
                    self._console.print(said_of, soft_wrap=True)
        if refreshed.ignored_files:
            self._console.print(
                f"[yellow]warning[/] {counted(refreshed.ignored_files, 'file')} ignored: "
                "`mega-toys files --status ignored`"
            )
        if refreshed.unread:
            self._console.print(
                f"[red]not read[/] {counted(len(refreshed.unread), 'path')} of the landing zone "
                f"may not be read, such as {escape(refreshed.unread[0])}: what they gave stays",
                soft_wrap=True,
            )
        for told in refreshed.damaged:
            self._console.print(f"[red]damaged[/] {escape(told)}", soft_wrap=True)
        for name, blocking in refreshed.blocked.items():
            why = ", ".join(f"{source} {' '.join(checks)}" for source, checks in blocking.items())
            self._console.print(f"[red]not built[/] {name}, because of {why}")
        for name, error in refreshed.crashed.items():
            self._console.print(f"[bold red]error[/] {name}: {escape(error)}", highlight=False)


def _done(outcomes: list[Outcome]) -> Iterator[Column]:
    """What a refresh did to each table."""
    yield Column("table", [outcome.table for outcome in outcomes])
    spelled = [said(outcome.days) for outcome in outcomes]
    yield Column("days", [str(len(outcome.days) or "") for outcome in outcomes], right=True)
    yield Column("which", spelled, spare=5)
    for name, spare in _ACCOUNT.items():
        cells = [str(outcome.accounts.get(name, "")) for outcome in outcomes]
        yield Column(name, cells, spare=spare, right=True)
    yield Column("seconds", [f"{outcome.seconds:.1f}" for outcome in outcomes], right=True)


def rebuilt(console: Console, found: list[Difference], *, swapped: bool) -> None:
    """How the live tables differed from those made anew."""
    *_, became = in_words(found, swapped=swapped)
    if not found:
        console.print(became)
        return
    numbers = ("rows", "rows_anew", "only_live", "only_anew")
    put(
        console,
        [
            Column("table", [one.table for one in found]),
            Column("day", [str(one.day or "") for one in found]),
            *(
                Column(
                    name.replace("_", " "), [str(getattr(one, name)) for one in found], right=True
                )
                for name in numbers
            ),
        ],
    )
    console.print(became)
