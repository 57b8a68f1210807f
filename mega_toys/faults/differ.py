"""The differential tester: random sequences of what befalls a lake, compared with a fresh one."""

import shutil
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.faults.moves import Move
from mega_toys.faults.schedule import Sequence, sequence
from mega_toys.faults.subject import Subject
from mega_toys.lake.run.progress import Pace
from mega_toys.lake.store.place import place_of

SHRINKING_S = 120.0
_BY_PROCESSES = 20  # every so manieth seed is played by real processes
_TRACE_LINES = 6
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Played:
    """What came of a sequence: the moves until something was wrong, and what that was."""

    sequence: Sequence
    moves: tuple[Move, ...]
    wrong: list[str]
    kills: int
    compared: int


def of_seed(seed: int, catalog: Catalog) -> Sequence:
    """The sequence of a seed; few of them by real processes, since each costs ten in process."""
    return sequence(seed, catalog, processes=seed % _BY_PROCESSES == 0)


def played(one: Sequence, folder: Path, say: Progress, below: str | None = None) -> Played:
    """Play a sequence in a folder of its own, up to the first thing that is wrong.

    Where an address of a bucket is given, lake and landing zone lie below that.
    """
    subject, done = Subject(folder, one, below and f"{below}/{folder.name}"), list[Move]()
    try:
        for move in one.moves:
            say(f"seed {one.seed}: {move}")
            done.append(move)
            if wrong := _outcome(subject, move):
                return Played(one, tuple(done), wrong, subject.kills, subject.compared)
        return Played(one, one.moves, [], subject.kills, subject.compared)
    finally:
        shutil.rmtree(folder)
        if below:
            place_of(below).remove_below(folder.name)


def _outcome(subject: Subject, move: Move) -> list[str]:
    try:
        return subject.play(move)
    except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
        place = traceback.format_tb(error.__traceback__)[-_TRACE_LINES:]
        return [f"{type(error).__name__}: {error}", *(line.strip() for line in place)]


def shrunk(
    failed: Played,
    folder: Path,
    say: Progress,
    below: str | None = None,
    within_s: float = SHRINKING_S,
) -> Played:
    """The same with fewer moves, as few as are found within a time, each left out in its turn."""
    until, best, at = time.monotonic() + within_s, failed, len(failed.moves) - 2
    while at >= 0 and time.monotonic() < until:
        fewer = (*best.moves[:at], *best.moves[at + 1 :])
        again = played(replace(failed.sequence, moves=fewer), folder, say, below)
        if again.wrong and _what(again) & _what(failed):
            best = again
        at = min(at, len(best.moves) - 1) - 1
    return best


def _what(one: Played) -> set[str]:
    """What is wrong, without the rows: the tables, the checks."""
    return {line.split(":")[0] for line in one.wrong}


def differing(
    seeds: Collection[int], catalog: Catalog, folder: Path, say: Progress, below: str | None = None
) -> Iterable[Played]:
    """What came of each seed's sequence; of one with a difference the shortest found."""
    pace = Pace(len(seeds), "sequence")
    for done, seed in enumerate(seeds):

        def tell(text: str, so_far: str = pace.told(done)) -> None:
            say(f"{text}; {so_far}")

        one = played(of_seed(seed, catalog), folder / "lake", tell, below)
        yield shrunk(one, folder / "shrunk", tell, below) if one.wrong else one
