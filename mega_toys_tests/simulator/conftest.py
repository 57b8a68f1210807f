import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from mega_toys.simulator import Truth, simulate
from mega_toys_tests.oracle.files import FileSeen, files_of
from mega_toys_tests.oracle.silver import Silver, silver_of

UNTIL = dt.date(2026, 3, 12)  # a Thursday


@dataclass(frozen=True)
class Delivered:
    """A landing zone, what the simulator says of it, and what the oracle finds in it."""

    truth: Truth
    files: list[FileSeen]
    silver: Silver


def delivered(root: Path, days: int, faults: float) -> Delivered:
    truth = simulate(root, days=days, until=UNTIL, scale=0.001, seed=7, faults=faults)
    files = files_of(root)
    return Delivered(truth, files, silver_of(files))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return delivered(tmp_path_factory.mktemp("clean"), 3, 0)


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return delivered(tmp_path_factory.mktemp("faulty"), 8, 0.05)
