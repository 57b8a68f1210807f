"""Going on in real time: every minute the files of the minute that has passed."""

import datetime as dt
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.simulator.company import Company, Frames
from mega_toys.simulator.sending import NO_SYSTEMS, Sender, Systems
from mega_toys.simulator.simulate import (
    ONE_DAY,
    Progress,
    days_of,
    landing_days,
    opened,
    ready,
)
from mega_toys.simulator.sources import SOURCES
from mega_toys.simulator.state import claim, noted
from mega_toys.simulator.truth import Truth
from mega_toys.simulator.world import World

LIVE = re.compile(r"-live-([0-9]{6})\.")
LOOKS_UP_S = 1.0


def live(
    landing_root: Path,
    *,
    seed: int = 1,
    scale: float = 0.01,
    faults: float = 0.01,
    every_s: float = 60,
    systems: Systems = NO_SYSTEMS,
    stop: Callable[[], bool],
    progress: Progress = lambda text: None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> Truth:
    """Deliver what has happened since the last delivery, then go on until stopped."""
    delivered = last_delivery(landing_root) or midnight(now().date())
    first = delivered.date()
    company = opened(landing_root, World(seed, scale), first, faults)
    sender = ready(landing_root, company, first, faults, systems)
    if delivered > midnight(first):
        sender.rehearse(first, {})  # what was held back until this day has been sent
    stream = _Stream(company, sender, delivered)
    while not stop():
        at = now()
        progress(f"{at:%Y-%m-%d %H:%M:%S} UTC: {stream.deliver(at):,} records")
        _wait(every_s, stop)
    return sender.truth


def start_beside(landing_root: Path) -> int:
    """Deliver in a process of its own, as the landing zone began, until this process ends.

    Returns its process id. This process may become another program meanwhile. Raises
    LandingZoneError where the landing zone holds what the simulator did not write.
    """
    how = {"seed": 1, "scale": 0.01, "faults": 0.01} | noted(landing_root)
    claim(landing_root, World(how["seed"], how["scale"]), how["faults"])
    process = get_context("spawn").Process(target=_beside, args=(landing_root, how, os.getpid()))
    process.start()
    return int(process.pid or 0)


def _beside(landing_root: Path, how: dict[str, Any], parent: int) -> None:
    with suppress(KeyboardInterrupt):
        live(landing_root, **how, stop=lambda: os.getppid() != parent)


def last_delivery(landing_root: Path) -> dt.datetime | None:
    """Until when the company has delivered to a landing zone; none where it has not.

    What was pulled from systems lies in the same folders, and is none of its files.
    """
    days = {day for dataset in SOURCES for day in landing_days(landing_root / dataset)}
    for day in sorted(days, reverse=True):
        if names := [name for dataset in SOURCES for name in _sent(landing_root, dataset, day)]:
            stamps = [stamp[1] for name in names if (stamp := LIVE.search(name))]
            if not stamps:
                return midnight(day + ONE_DAY)
            return dt.datetime.combine(day, dt.time.fromisoformat(max(stamps)), dt.UTC)
    return None


def _sent(landing_root: Path, dataset: str, day: dt.date) -> list[str]:
    folder, name = landing_root / dataset / str(day), dataset.split("/")[1]
    return [path.name for path in folder.rglob(f"{name}-*")]


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of the UTC day."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


class _Stream:
    """What was delivered until when, and the day that is going on."""

    def __init__(self, company: Company, sender: Sender, delivered: dt.datetime) -> None:
        self._company, self._sender, self._delivered = company, sender, delivered
        self._day: dt.date | None = None
        self._frames: Frames = {}

    def deliver(self, now: dt.datetime) -> int:
        """Everything since the last time; a day that ended meanwhile is completed first."""
        now = now.replace(microsecond=0)
        records = 0
        for day in days_of(self._delivered.date(), now.date()):
            if day != self._day:
                self._day, self._frames = day, self._company.arriving(day)
            begin, end = self._delivered, min(now, midnight(day + ONE_DAY))
            if begin < end:
                since = midnight(day)  # a system may be new
                records += self._sender.tell(_within(self._frames, since, end))
                frames = _within(self._frames, begin, end)
                last = min(end, midnight(day + ONE_DAY) - dt.timedelta(seconds=1))
                records += self._sender.send(day, frames, live=f"live-{last:%H%M%S}")
                self._delivered = end
        return records


def _within(frames: Frames, begin: dt.datetime, end: dt.datetime) -> Frames:
    at = pl.col("_at")
    return {name: rows.filter((at >= begin) & (at < end)) for name, rows in frames.items()}


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stop() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, LOOKS_UP_S))
