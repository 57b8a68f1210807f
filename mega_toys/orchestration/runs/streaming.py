"""Micro-batches: what is new is pulled and taken in at once; Dagster is told of it once a minute.

A batch is a refresh like any other, but for what only people look at: what it did is kept, the last
of each kind for each table and day, until a run of Dagster's tells it.
"""

import datetime as dt
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dagster as dg

from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.source import Topic
from mega_toys.declared.table import Table
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.operations.crash import CrashError
from mega_toys.operations.pulling import Asked, Pulled, pull, waiting
from mega_toys.operations.refreshed import Refreshed
from mega_toys.orchestration.assets.sources import pulled_outside
from mega_toys.orchestration.reporting.run_log import Event, RunLog
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.local import run_refresh, tell_without_run
from mega_toys.orchestration.runs.refresh_run import refresh

TOLD_EVERY_S = 60
_LONGEST_WAIT_S = 60


@dataclass(frozen=True)
class _Kept(RunLog):
    """What batches did, until it is told: the last event of each kind, table and day."""

    events: dict[tuple[Any, ...], Event] = field(default_factory=dict)

    def shows_otherwise(self, lakehouse: Lakehouse, work: Work) -> list[Table]:
        """Nothing is shown before it is told."""
        return []

    def begin(self, key: dg.AssetKey) -> None:
        """A step is nothing to tell."""

    def say(self, key: dg.AssetKey, text: str) -> None:
        """Nor is a line of it."""

    def tell(self, events: Iterable[Event]) -> None:
        """Keep events, each in the place of one that it makes old."""
        for event in events:
            check = getattr(event, "check_name", None)
            what = type(event), event.asset_key, getattr(event, "partition", None), check
            self.events[what] = event

    def done(self, key: dg.AssetKey, events: Iterable[Event], outcome: Outcome) -> None:
        """A step is done."""
        self.tell(events)

    def failed(self, key: dg.AssetKey, crash: CrashError, days: Collection[dt.date]) -> None:
        """A step that failed is tried again by the run that tells all, and told there."""

    def skipped(self, key: dg.AssetKey, why: str, days: Collection[dt.date]) -> None:
        """So is one that was kept from beginning."""

    def taken(self) -> list[Event]:
        """All events, which are kept no longer."""
        events = list(self.events.values())
        self.events.clear()
        return events


@dataclass
class Batch:
    """What a micro-batch did; times are the broker's."""

    pulled: list[Pulled]
    refreshed: Refreshed | None
    seconds: float
    ended: dt.datetime
    error: str = ""  # why it could not be taken in

    @property
    def rows(self) -> int:
        """Records that landed."""
        return sum(one.rows for one in self.pulled)

    @property
    def left(self) -> int:
        """Records that are known to wait still."""
        return sum(one.left for one in self.pulled)

    @property
    def latency_s(self) -> float | None:
        """From the time of the first record until it was in gold; none where nothing came."""
        firsts = [one.first for one in self.pulled if one.first]
        return (self.ended - min(firsts)).total_seconds() if firsts else None


@dataclass
class Streaming:
    """Batch after batch, of at most about so many records a table."""

    lakehouse: Lakehouse
    defs: dg.Definitions
    asked: Sequence[Asked]
    most: int
    failures: dict[str, tuple[int, float]] = field(default_factory=dict)  # until when, by table
    landed: dict[str, tuple[Asked, Pulled]] = field(default_factory=dict)  # and not told yet
    told_at: float = field(default_factory=time.monotonic)
    is_behind: bool = True  # something may have landed that is not taken in

    def __post_init__(self) -> None:
        self.asked = [
            replace(one, known=one.landed()) if isinstance(one.source.new, Topic) else one
            for one in self.asked
        ]
        self.log = _Kept(dg.DagsterInstance.ephemeral(), "", "")

    def batch(self) -> Batch:
        """Pull what is new, and take it in."""
        began = time.monotonic()
        due = self._due(began)
        pulled = pull(due, most=self.most)
        self._note_failures(pulled)
        self._note_landed(due, pulled)
        self.is_behind |= any(one.rows for one in pulled)
        refreshed, error = None, ""
        try:
            refreshed = self._refreshed() if self.is_behind else None
            self.is_behind = False
        except MegaToysError as failed:  # a lake that is busy, or cannot be reached, is tried again
            error = f"{failed}"
        return Batch(pulled, refreshed, time.monotonic() - began, dt.datetime.now(dt.UTC), error)

    def _due(self, now: float) -> list[Asked]:
        """The tables but for those that failed a moment ago."""
        waits = self.failures
        return [one for one in self.asked if waits.get(str(one.table.name), (0, 0.0))[1] <= now]

    def _note_failures(self, pulled: Sequence[Pulled]) -> None:
        """Note which tables failed; what of a topic has landed is looked at again then."""
        asked_by = {str(one.table.name): one for one in self.asked}
        for one in pulled:
            asked = asked_by[one.table]
            many = self.failures.pop(one.table, (0, 0.0))[0] + 1
            if one.error:
                wait = min(2.0**many, _LONGEST_WAIT_S)
                self.failures[one.table] = many, time.monotonic() + wait
                if asked.known:
                    asked.known.look_again()

    def _note_landed(self, due: Sequence[Asked], pulled: Sequence[Pulled]) -> None:
        """Keep what landed of each table, all together, until it is told."""
        for one, told in zip(due, pulled, strict=True):
            if told.rows:
                _, before = self.landed.get(told.table, (one, Pulled(told.table)))
                rows, files = before.rows + told.rows, [*before.files, *told.files]
                seconds = before.seconds + told.seconds
                self.landed[told.table] = (
                    one,
                    replace(told, rows=rows, files=files, seconds=seconds),
                )

    def _taken(self) -> list[Event]:
        """The events of what batches pulled and built, which are kept no longer."""
        landed = list(self.landed.values())
        self.landed.clear()
        pulls = pulled_outside([one for one, _ in landed], [told for _, told in landed])
        return [*self.log.taken(), *pulls]

    def _refreshed(self) -> Refreshed:
        house = self.lakehouse
        with only_writer(house.settings.lake_root, house.watcher.say), house.listed_once():
            return refresh(house, self.log, house.watcher.say, is_shown=False)

    def is_full(self) -> bool:
        """Whether topics have as many records for a table as a batch is to have."""
        topics = [one for one in self._due(time.monotonic()) if one.known is not None]
        return any(one.waits and one.waits.rows >= self.most for one in waiting(topics))

    @property
    def is_to_be_told(self) -> bool:
        """Whether something is kept for so long that Dagster is to be told."""
        return bool(self.log.events) and time.monotonic() - self.told_at >= TOLD_EVERY_S

    def tell(self) -> Refreshed | None:
        """Tell Dagster what batches did, and publish, as one run; none where there is nothing."""
        self.told_at = time.monotonic()
        self.lakehouse.untold += self._taken()
        return run_refresh(self.lakehouse, self.defs) if self.lakehouse.untold else None

    def tell_at_last(self) -> None:
        """Tell Dagster, as quick as may be; a next refresh publishes."""
        if events := [*self.lakehouse.untold, *self._taken()]:
            tell_without_run(self.lakehouse.settings.dagster_home, events)
