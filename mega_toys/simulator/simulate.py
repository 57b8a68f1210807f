"""Simulating: the deliveries of whole days, as many as wanted."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from mega_toys.simulator.company import Company
from mega_toys.simulator.machine_shifts import breakdowns, machine_shifts
from mega_toys.simulator.sending import NO_SYSTEMS, Sender, Systems
from mega_toys.simulator.state import claim
from mega_toys.simulator.truth import Breakdown, Truth
from mega_toys.simulator.world import MINUTE_S, World

ONE_DAY = dt.timedelta(days=1)
HELD_AT_MOST = dt.timedelta(days=8 + 3)  # a late record, in a file that is sent again
Progress = Callable[[str], None]


def simulate(
    landing_root: Path,
    *,
    days: int,
    until: dt.date | None = None,
    scale: float = 0.01,
    seed: int = 1,
    faults: float = 0.01,
    systems: Systems = NO_SYSTEMS,
    progress: Progress = lambda text: None,
) -> Truth:
    """Write the deliveries of so many days, and say what was planted in them.

    A landing zone that has days already goes on where it is: with the same seed, scale and share
    of faults its files are those that one simulation of all days would have written; with others
    it is refused (LandingZoneError), and so is one with files that the simulator did not write.
    What `systems` have is told to them, from the first day on, and not sent as files.
    """
    last = until or dt.datetime.now(dt.UTC).date() - ONE_DAY
    first = last - (days - 1) * ONE_DAY
    company = opened(landing_root, World(seed, scale), first, faults)
    sender = ready(landing_root, company, first, faults, systems)
    with ThreadPoolExecutor(1) as writing:  # a day is written while the next one comes about
        written = []
        for day in days_of(first, last):
            written.append(writing.submit(sender.send, day, company.arriving(day)))
            if len(written) > 1:
                written.pop(0).result()
            progress(f"{day}")
        written.pop().result()
    sender.truth.breakdowns = _broken(company, first, last)
    return sender.truth


def days_of(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every day from the first to the last."""
    for number in range((last - first).days + 1):
        yield first + number * ONE_DAY


def landing_days(folder: Path) -> list[dt.date]:
    """The days of a dataset on which something landed."""
    found = []
    for path in folder.glob("????-??-??"):
        with suppress(ValueError):  # no day of the calendar: not of ours
            found.append(dt.date.fromisoformat(path.name))
    return found


def opened(landing_root: Path, world: World, first: dt.date, faults: float) -> Company:
    """The company, which opens on the first day of its landing zone."""
    claim(landing_root, world, faults)
    found = landing_days(landing_root / "manufacturing" / "factories")
    return Company(world, min([*found, first]), surprises=faults > 0)


def ready(
    landing_root: Path,
    company: Company,
    first: dt.date,
    faults: float,
    systems: Systems = NO_SYSTEMS,
) -> Sender:
    """A sender that knows what the days before have held back, and has told them to systems."""
    sender = Sender(landing_root, company, faults, systems)
    since = company.opening if systems else max(company.opening, first - HELD_AT_MOST)
    for day in days_of(since, first - ONE_DAY):
        sender.rehearse(day, company.arriving(day))
    return sender


def _broken(company: Company, first: dt.date, last: dt.date) -> list[Breakdown]:
    """The breakdowns of these days of the factories."""
    found = []
    for day in days_of(first, last):
        shifts, broken = machine_shifts(company.world, day), breakdowns(company.world, day)
        starts = shifts.starts_s[broken.row] + broken.minute * MINUTE_S
        for row, start, minutes in zip(broken.row, starts, broken.lasts, strict=True):
            begun = dt.datetime.fromtimestamp(int(start), dt.UTC)
            over = begun + dt.timedelta(minutes=int(minutes))
            found.append(Breakdown(shifts.machine_ids[row], begun, over))
    return found
