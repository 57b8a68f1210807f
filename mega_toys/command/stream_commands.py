"""The command that pulls and takes in without end."""

import datetime as dt
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mega_toys.command.ending import AT_SIGNAL
from mega_toys.command.pull_commands import asked_for
from mega_toys.command.terminal import console, errors
from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.words import counted

if TYPE_CHECKING:
    from mega_toys.orchestration.runs.streaming import Batch, Streaming

commands = typer.Typer()
_ENDS_WITHIN_S = 8
_LOOKED_EVERY_S = 1.0  # at what waits, which may be enough for a batch


@commands.command()
def stream(
    tables: Annotated[
        list[str] | None,
        typer.Argument(help="Bronze tables, as crm.bronze.events; all, where none is named."),
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from a batch to the next.")] = 5,
    most: Annotated[
        int, typer.Option(min=1, help="Records of a table that make a batch, however soon.")
    ] = 100_000,
    within: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds, within which all tables are to be built."),
    ] = None,
) -> None:
    """Pull what is new and take it in, up to gold, in small batches until Ctrl-C or SIGTERM.

    A table whose contract says how fresh it is to be is built no more often than in half that
    time, or in half of --within. Dagster is told once a minute, and the file for SQL is published
    then.
    """
    asked = asked_for(tables or [])
    from mega_toys.definitions import LAKEHOUSE, defs
    from mega_toys.operations.promised import may_wait
    from mega_toys.orchestration.runs.streaming import Streaming

    longest = None if within is None else dt.timedelta(seconds=within)
    LAKEHOUSE.may_wait = partial(may_wait, within=longest)
    _Stream(Streaming(LAKEHOUSE, defs, asked, most), every).run()


class _Stream:
    """The batches, and what is said of them: a line a minute, and what goes wrong at once."""

    def __init__(self, streaming: "Streaming", every_s: float) -> None:
        self._streaming, self._every_s = streaming, every_s
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._pulls, self._builds = _Errors(), _Errors()
        self._since, self._rows, self._batches = time.monotonic(), 0, 0
        self._latency_s = 0.0
        self._waiting: list[str] = []

    def run(self) -> None:
        """Go on until a signal comes; then end the batch, and tell Dagster."""
        AT_SIGNAL.append(self._stop)
        names = ", ".join(str(one.table.name) for one in self._streaming.asked)
        console.print(f"Streaming {escape(names)} every {self._every_s:g} s, until Ctrl-C.")
        try:
            while not self._stopping.is_set():
                self._batch()
        finally:
            self._say_how_it_went()
            self._streaming.tell_at_last()
            self._stopped.set()
        self._stopping.wait()

    def _stop(self) -> None:
        """Wait for the batch under way; what takes longer is killed, which nothing is lost by."""
        self._stopping.set()
        self._stopped.wait(_ENDS_WITHIN_S)

    def _batch(self) -> None:
        began = time.monotonic()
        batch = self._streaming.batch()
        self._say_errors(batch)
        self._rows, self._batches = self._rows + batch.rows, self._batches + bool(batch.rows)
        self._latency_s = max(self._latency_s, batch.latency_s or 0.0)
        self._waiting = batch.refreshed.waiting if batch.refreshed else self._waiting
        if self._streaming.is_to_be_told:
            self._say_how_it_went(batch.left)
            self._tell()
        self._wait(began + self._every_s, batch.left)

    def _wait(self, until: float, left: int) -> None:
        """Wait for the next batch: not where as many records wait as make one."""
        while not left and (rest := until - time.monotonic()) > 0:
            if self._stopping.wait(min(rest, _LOOKED_EVERY_S)):
                return
            if until - time.monotonic() > _LOOKED_EVERY_S and self._streaming.is_full():
                return

    def _say_errors(self, batch: "Batch") -> None:
        """Each error when it begins, and when it is over."""
        self._pulls.hear({one.table: one.error for one in batch.pulled})
        if batch.refreshed:
            checks = {f"{name}, {one}": "fails" for name, one in batch.refreshed.failed_checks}
            found = {"the lake": "", **batch.refreshed.crashed, **checks}
            self._builds.hear(dict.fromkeys(self._builds.told, "") | found)
        elif batch.error:
            self._builds.hear({"the lake": batch.error})

    def _say_how_it_went(self, left: int = 0) -> None:
        seconds = max(time.monotonic() - self._since, 0.001)
        told = [f"{counted(self._rows, 'record')}, {self._rows / seconds:,.0f} a second"]
        if self._latency_s:
            told[0] += f" in {self._batches:,} batches"
            told.append(f"at most {self._latency_s:.1f} s from produce to gold")
        if self._waiting:
            told.append(f"built as their contracts ask: {', '.join(self._waiting)}")
        told.append(f"{left:,} wait")
        if self._pulls.told:
            told.append(f"not known of {', '.join(sorted(self._pulls.told))}")
        console.print(f"{_now()}: {'; '.join(told)}", highlight=False, soft_wrap=True)
        self._since, self._rows, self._batches = time.monotonic(), 0, 0
        self._latency_s = 0.0

    def _tell(self) -> None:
        """Tell Dagster; what keeps a batch from being taken in is said there."""
        with suppress(MegaToysError):
            self._streaming.tell()


class _Errors:
    """What is in the way, told when it begins and when it is over."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def hear(self, found: Mapping[str, str]) -> None:
        """Tell of what was looked at what is another than before; empty where nothing is wrong."""
        for subject, why in sorted(found.items()):
            if why and self.told.get(subject) != why:
                line = f"[bold red]error[/] {_now()}: {escape(f'{subject}: {why}')}"
                errors.print(line, highlight=False, soft_wrap=True)
            elif not why and subject in self.told:
                console.print(f"{_now()}: {subject} goes on", highlight=False, soft_wrap=True)
        self.told = {subject: why for subject, why in {**self.told, **found}.items() if why}


def _now() -> str:
    return f"{dt.datetime.now(dt.UTC):%H:%M:%S} UTC"
