"""The size of the toy company and its chance, which depends on seed and day alone."""

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

DAY_S = 86_400
MINUTE_S = 60
HOUR_S = 3600
US = 1_000_000
EPOCH = dt.date(1970, 1, 1).toordinal()
UTC_US = pl.Datetime("us", "UTC")
Generator = np.random.Generator
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class World:
    """One toy company: at scale 1 about 1,000,000 readings and 100,000 orders a day."""

    seed: int
    scale: float

    def rng(self, stream: str, day: dt.date | None = None, *more: int) -> Generator:
        """The chance of one matter on one day, whatever was asked before."""
        number = day.toordinal() if day else 0
        return np.random.default_rng([self.seed, zlib.crc32(stream.encode()), number, *more])

    def shares(self, stream: str, ids: Ints) -> Floats:
        """A number from 0 to 1 for each id, always the same (SplitMix64)."""
        salt = np.uint64(zlib.crc32(f"{self.seed}/{stream}".encode()))
        with np.errstate(over="ignore"):
            mixed = (ids.astype(np.uint64) + salt) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray((mixed ^ (mixed >> np.uint64(31))) / 2.0**64)

    @property
    def orders_a_day(self) -> float:
        """Web orders on an average day."""
        return 100_000 * self.scale

    @property
    def factories(self) -> int:
        """How many factories there are."""
        return int(np.clip(round(20 * self.scale ** (1 / 3)), 2, 20))

    @property
    def machines(self) -> int:
        """How many machines there are, at least two a factory."""
        return max(2 * self.factories, round(1000 * self.scale))

    @property
    def skus(self) -> int:
        """How many toys have ever been in the catalogue."""
        return int(np.clip(round(240 * self.scale**0.3), 20, 240))


def epoch_day(day: dt.date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH


def midnight_s(day: dt.date) -> int:
    """The beginning of the UTC day, in seconds since 1970."""
    return epoch_day(day) * DAY_S


def instants(seconds: Ints | Floats, name: str = "_at") -> pl.Series:
    """Seconds since 1970 as instants."""
    return pl.Series(name, np.round(seconds * US).astype(np.int64)).cast(UTC_US)


def local_texts(seconds: Ints | Floats, offsets_s: Ints, name: str) -> pl.Series:
    """Seconds since 1970 as a sender in a time zone writes them, with the offset."""
    clock = pl.Series(np.asarray(seconds + offsets_s).astype(np.int64) * US)
    texts = clock.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S")
    known, rows = np.unique(offsets_s, return_inverse=True)
    suffixes = pl.Series([_offset(int(offset)) for offset in known], dtype=pl.String)
    return (texts + suffixes[rows]).alias(name)


def _offset(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // MINUTE_S
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def one_of(names: list[str], rows: Ints, name: str = "") -> pl.Series:
    """The name at each of the rows."""
    return pl.Series(name, names, dtype=pl.String)[rows]


def drawn(weights: Floats, chances: Floats) -> Ints:
    """Which of the weighted things each chance from 0 to 1 falls on."""
    ends = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(ends, chances, side="right"), len(weights) - 1)
