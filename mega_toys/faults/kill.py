"""The killing: real processes die at every step and at random instants, and the next mends it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import MegaToysError
from mega_toys.faults.bucket_home import home_at
from mega_toys.faults.home import REFRESH, Home
from mega_toys.faults.seen import Seen, differing, seen, unreadable_warehouse, wrong_between
from mega_toys.faults.stages import STAGES, Stage, simulated
from mega_toys.lake.run.progress import Pace

ANY_INSTANT = "(any instant)"
_SHARE_OF_INSTANTS = 0.3
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Kill:
    """One process that was killed, and what came of it."""

    stage: str
    step: str  # where it was to die
    died_after: str | None  # the last step it passed; none where it ended before it was killed
    between: list[str]  # what a reader saw that nobody must see
    error: str | None  # why the next refresh did not end well
    different: list[str]  # what differs from an undisturbed run afterwards


@dataclass(frozen=True)
class Undisturbed:
    """A stage as it goes when nobody dies: the lake before and after, and its steps."""

    stage: Stage
    before: Home
    after: Home
    was: Seen
    becomes: Seen
    passed: Counter[str]
    seconds: float  # from its first step to its end


@dataclass
class Report:
    """What came of all kills, and the steps that were passed when nobody died."""

    kills: list[Kill] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)


def killed(
    folder: Path, catalog: Catalog, many: int, seed: int, say: Progress, below: str | None = None
) -> Report:
    """Kill so often, on a lake below a folder: steps not died at yet first, and random instants.

    Where an address of a bucket is given, the lake lies below that.
    """
    rng = random.Random(seed)  # noqa: S311, no secret
    source = simulated(folder / "simulated", seed)
    home = home_at(folder / "start", folder / "landing", below)
    home.folder.mkdir(parents=True)
    home.landing.mkdir()
    tried: Counter[str] = Counter()
    report, pace = Report(), Pace(many, "kill")

    def tell(text: str) -> None:
        say(f"{text}; {pace.told(len(report.kills))}")

    for at, stage in enumerate(STAGES):
        tell(f"{stage.name}: undisturbed")
        stage.arrives(source, home.landing)
        home.deliver()
        whole = _undisturbed(stage, home, folder / f"stage{at}", catalog)
        report.passed |= set(whole.passed)
        for _ in range(many * (at + 1) // len(STAGES) - many * at // len(STAGES)):
            report.kills.append(_kill(whole, folder / "killed", catalog, rng, tried, tell))
        home.remove()
        home = whole.after
    return report


def _undisturbed(stage: Stage, before: Home, folder: Path, catalog: Catalog) -> Undisturbed:
    after = before.copied(folder)
    seconds = after.run(*stage.words)
    passed = Counter(after.passed())
    if not passed:
        raise MegaToysError(f"Nothing was done in the stage `{stage.name}`.")
    if stage.words != REFRESH:
        after.run(*REFRESH)
    was, becomes = seen(before, catalog), seen(after, catalog)
    return Undisturbed(stage, before, after, was, becomes, passed, seconds)


def _kill(
    whole: Undisturbed,
    folder: Path,
    catalog: Catalog,
    rng: random.Random,
    tried: Counter[str],
    say: Progress,
) -> Kill:
    """Kill a process of a stage, look at the lake, refresh it, and compare."""
    home, words = whole.before.copied(folder), whole.stage.words
    if rng.random() < _SHARE_OF_INSTANTS:
        step, after_s = ANY_INSTANT, rng.uniform(0, whole.seconds)
        say(f"{whole.stage.name}: killed {after_s:.2f} s after its first step")
        died = home.killed(*words, after_s=after_s)
    else:
        step = min(sorted(whole.passed), key=lambda name: (tried[name], rng.random()))
        nth = rng.randint(1, whole.passed[step])
        say(f"{whole.stage.name}: killed at {step}:{nth}")
        died = home.killed(*words, at=f"{step}:{nth}")
    tried[step] += 1
    between = wrong_between(whole.was, seen(home, catalog), whole.becomes, catalog)
    between += unreadable_warehouse(home)
    error = None
    try:
        if whole.stage.asked_again:
            home.run(*words)
        home.run(*REFRESH)
    except MegaToysError as failed:
        error = str(failed)
    different = differing(whole.becomes, seen(home, catalog))
    return Kill(whole.stage.name, step, died, between, error, different)
