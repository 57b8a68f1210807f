"""Senders: the season that the source systems report on, and when each record lands."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.datasets import BY_FOLDER

Row = dict[str, Any]
SOON = (0,) * 16 + (1, 1, 2, 3)
LATE = (0,) * 40 + (1, 1, 1, 1, 2, 2, 3, 3, 4, 6)
"""Days of delay. More than three are outside the window of an event."""


@dataclass(frozen=True)
class Sent:
    """One record on its way: typed values, not yet written in any format."""

    folder: str
    record: Row
    lands: date


@dataclass
class Season:
    """The days reported on, and everything that was sent."""

    rng: Random
    first_day: date
    length: int
    scale: float
    sent: list[Sent] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        """Every day of the season."""
        return [self.day(number) for number in range(self.length)]

    def day(self, number: int) -> date:
        """The day with this number, from 0; those outside the season too."""
        return self.first_day + timedelta(days=number)

    def many(self, count: float) -> range:
        """So many at scale 1, at least one."""
        return range(max(1, math.ceil(count * self.scale)))

    def chance(self, share: float) -> bool:
        """True in so many cases."""
        return self.rng.random() < share

    def send(self, folder: str, record: Row, at: datetime, delays: Sequence[int] = LATE) -> None:
        """Let a record land, now and then again: exact, or with other content under its key."""
        lands = at.astimezone(UTC).date() + timedelta(days=self.rng.choice(delays))
        self.sent.append(Sent(folder, record, lands))
        while self.chance(0.06):
            again = self.twisted(folder, record) if self.chance(0.5) else record
            self.sent.append(
                Sent(folder, again, lands + timedelta(days=self.rng.choice((0, 0, 0, 1, 2, 3))))
            )

    def twisted(self, folder: str, record: Row) -> Row:
        """The same key and sequence with other content."""
        dataset = BY_FOLDER[folder]
        names = [
            declared.name
            for declared in dataset.fields
            if declared.type in ("text", "number", "money")
            and declared.name not in dataset.key
            and declared.known_in is None
            and record.get(declared.name) is not None
        ]
        return record | (
            {name: other(record[name]) for name in [self.rng.choice(names)]} if names else {}
        )

    def moment(self, day: date, zone: str) -> datetime:
        """A local moment of a day, often near midnight or where the clocks change."""
        around = self.rng.choice((None, None, None, None, 0, 86400, 7200))
        seconds = (
            self.rng.uniform(21600, 72000)
            if around is None
            else around + self.rng.uniform(-400, 400)
        )
        midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        moment = midnight + timedelta(milliseconds=int(seconds * 1000))
        return moment.astimezone(ZoneInfo(zone))

    def versions(self, first: datetime, most: int) -> Iterator[datetime]:
        """Growing sequences from a first one on; some of them equal."""
        sequence = first.astimezone(UTC)
        for _ in range(self.rng.randint(1, most)):
            yield sequence
            if not self.chance(0.1):
                sequence += timedelta(seconds=self.rng.choice((1, 60, 3600, 43200, 86400)))


def other(value: Any) -> Any:
    """A valid value that differs."""
    if isinstance(value, str):
        return value + "~"
    return value + Decimal("0.01") if isinstance(value, Decimal) else value * 1.01


def cents(amount: float) -> Decimal:
    """Money with two decimals."""
    return Decimal(f"{amount:.2f}")
