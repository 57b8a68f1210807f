"""The commands of the toy company."""

import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mega_toys.command.lake_commands import exit_as, refreshed_by
from mega_toys.command.options import day as as_day
from mega_toys.command.terminal import console
from mega_toys.declared.errors import SettingsError
from mega_toys.declared.words import counted
from mega_toys.lake.run.progress import Pace

if TYPE_CHECKING:
    from mega_toys.lake.store.place import Place
    from mega_toys.settings import Settings
    from mega_toys.toy_systems.filling import Told

commands = typer.Typer()


def _folder_of(settings: "Settings") -> Path:
    """The folder into which the toy company delivers beside the UI."""
    folder = settings.landing_root.folder
    if folder is None:
        raise SettingsError(
            f"Beside the UI the toy company delivers into folders, and not into "
            f"{settings.landing_root}: start `mega-toys dev`, and `mega-toys simulate --live`."
        )
    return folder


@contextmanager
def _filled(zone: "Place") -> Iterator[tuple[Path, Callable[[], None]]]:
    """The folder that the toy company fills, and what brings its news to the landing zone."""
    if zone.folder is not None:
        yield zone.folder, lambda: None
        return
    from mega_toys.lake.store.place import place_of
    from mega_toys.lake.store.scratch import temporary
    from mega_toys.settings import Settings

    above, _, name = zone.root.rpartition("/")
    if above.endswith("/"):
        raise SettingsError(f"{zone} is a whole bucket: say a folder of it, as {zone}/landing.")
    beside, note = place_of(above), f"{name}.simulator.json"
    beside_lake = temporary(Settings.load().lake_root)
    with tempfile.TemporaryDirectory(prefix="simulated-", dir=beside_lake) as home:
        root = Path(home, name)
        if told := beside.read(note):
            Path(home, note).write_bytes(told)
        there = dict(_placeholders(root, [entry.path for entry in zone.below("")]))

        def bring() -> None:
            if not beside.look(note):
                beside.put_new({note: Path(home, note).read_bytes()})
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                if there.get(path) != path.stat().st_ino:
                    zone.put(path.relative_to(root).as_posix(), path)
                    path.touch()
                    there[path] = path.stat().st_ino

        try:
            yield root, bring
        except FileExistsError as error:  # it was filled by others, or otherwise
            raise FileExistsError(f"{error}".replace(f"{root}", f"{zone}")) from error


def _placeholders(root: Path, paths: Iterable[str]) -> Iterator[tuple[Path, int]]:
    """Empty files, with their inodes, for objects: the simulator asks only whether they are there.

    A key that is no path below a folder has none.
    """
    for path in paths:
        place = root / path
        if ".." not in place.parts:
            with suppress(FileExistsError, NotADirectoryError):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
                yield place, place.stat().st_ino


def _more_than_nothing(scale: float) -> float:
    if scale <= 0:
        raise typer.BadParameter(f"{scale:g} is no company: say more than 0, such as 0.01.")
    return scale


@commands.command()
def simulate(
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 14,
    until: Annotated[
        dt.date | None,
        typer.Option(parser=as_day, help="The last day, YYYY-MM-DD; yesterday by default."),
    ] = None,
    scale: Annotated[
        float, typer.Option(callback=_more_than_nothing, help="1 is the whole company.")
    ] = 0.01,
    seed: Annotated[int, typer.Option(help="The same seed makes the same deliveries.")] = 1,
    faults: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of faults.")] = 0.01,
    live: Annotated[bool, typer.Option(help="Go on in real time until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between live deliveries.")] = 60,
    into: Annotated[
        str,
        typer.Option(
            help="Systems, or kinds as mongodb,postgres,mysql,kafka, that are filled instead of "
            "files being sent; their addresses are settings."
        ),
    ] = "",
) -> None:
    """Let the toy company deliver files into the landing zone, and records into its systems."""
    if "polars" not in sys.modules:  # of its many small frames, threads are a fifth of the cost
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from mega_toys.command.watching import Step
    from mega_toys.settings import Settings
    from mega_toys.simulator import live as deliver_live
    from mega_toys.simulator import simulate as deliver

    settings = Settings.load()
    zone = settings.landing_root
    where = str(zone.folder or zone)
    story = f"--seed {seed} --scale {scale:g}"
    with _into(settings, into, story) as filled, _filled(zone) as (root, bring):
        if live:
            console.print(f"Delivering into {escape(where)} every {every:g} s, until Ctrl-C.")

            def delivered(text: str) -> None:
                bring()
                console.print(text)

            deliver_live(
                root,
                seed=seed,
                scale=scale,
                faults=faults,
                every_s=every,
                systems=filled,
                stop=lambda: False,
                progress=delivered,
            )
        pace, done = Pace(days, "day"), count(1)
        with Step(console, f"simulating {counted(days, 'day')}") as step:
            deliver(
                root,
                days=days,
                until=until,
                scale=scale,
                seed=seed,
                faults=faults,
                systems=filled,
                progress=lambda day: step.say(f"simulating {day}: {pace.told(next(done))}"),
            )
            bring()
    console.print(f"{counted(days, 'day')} delivered into {escape(where)}.")
    for one in filled.values():
        console.print(escape(f"{one}"), highlight=False)


@contextmanager
def _into(settings: "Settings", names: str, story: str) -> "Iterator[Mapping[str, Told]]":
    """What each dataset is told to, of the systems that are named."""
    if not names:
        yield {}
        return
    import mega_toys.domains
    from mega_toys.declared.catalog import tables_in
    from mega_toys.toy_systems.filling import chosen, filling

    every = tables_in(mega_toys.domains).bronze
    systems = chosen([one.strip() for one in names.split(",")], settings.sources, every)
    with filling(systems, settings.sources, every, story) as filled:
        yield filled


@commands.command()
def demo() -> None:
    """Simulate two weeks, refresh, and show what came out."""
    import mega_toys.command.demo

    simulate(days=14, until=None, scale=0.01, seed=1, faults=0.01, live=False, every=60)
    began = time.monotonic()
    watching, refreshed = refreshed_by()
    mega_toys.command.demo.say_refreshed(console, refreshed, time.monotonic() - began)
    if refreshed.could_not or refreshed.failed_checks or refreshed.blocked:
        watching.summary(refreshed)
    mega_toys.command.demo.show(console, mega_toys.open())
    exit_as(refreshed)


@commands.command()
def live(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port, on loopback.")] = 3000,
) -> None:
    """Start the Dagster UI, and let the toy company deliver every minute, until Ctrl-C."""
    from mega_toys.command.dev import serve
    from mega_toys.simulator import start_beside

    serve(console, port, beside=lambda settings: start_beside(_folder_of(settings)))
