"""A lake of its own in a folder, and the real processes that write it and are killed."""

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mega_toys.declared.errors import MegaToysError

REFRESH = ("mega_toys.command.cli", "refresh")
_FIRST_DAY = dt.date(2026, 3, 1)  # no delivery of the faults is older
_LONGEST_S = 600


@dataclass(frozen=True)
class Home:
    """A landing zone, a lake and Dagster's home; the landing zone may be that of other homes."""

    folder: Path
    landing: Path
    ages: ClassVar[bool] = True  # whether its files can be made older

    @property
    def lake(self) -> Path:
        """The folder that is the lake's root."""
        return self.folder / "lake"

    @property
    def lake_root(self) -> str:
        """The lake's root, as settings name it."""
        return str(self.lake)

    @property
    def landing_root(self) -> str:
        """The landing zone, as settings name it."""
        return str(self.landing)

    def deliver(self) -> None:
        """Let the landing zone have what lies in the folder `landing`, which is the zone."""

    def collect(self) -> None:
        """Let the folder `landing` have what lies in the landing zone, which it is."""

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The lake as a folder; what changes there changes in the lake."""
        yield self.lake

    def keep(self) -> None:
        """Remember the lake as it is, by links to its files."""
        shutil.copytree(self.lake, self._image, copy_function=os.link)

    def put_back(self) -> None:
        """Let the lake be as it was remembered."""
        shutil.rmtree(self.lake)
        self._image.rename(self.lake)

    @property
    def _image(self) -> Path:
        return self.folder / "image"

    def copied(self, folder: Path) -> "Home":
        """The same lake and events once more, on the same landing zone."""
        home = Home(folder, self.landing)
        home.remove()
        shutil.copytree(self.folder, folder)
        return home

    def remove(self) -> None:
        """Remove the lake with its events."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *words: str, kill_at: str | None = None) -> subprocess.Popen[bytes]:
        """Start `python -m …` in a session of its own; the steps it passes are logged."""
        self.log.unlink(missing_ok=True)
        told = {
            "MEGA_TOYS_LANDING_ROOT": self.landing_root,
            "MEGA_TOYS_LAKE_ROOT": self.lake_root,
            "MEGA_TOYS_DAGSTER_HOME": str(self.folder / "dagster"),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "MEGA_TOYS_FIRST_DAY": f"{_first_day(words)}",
            "MEGA_TOYS_STEP_LOG": str(self.log),
            "TMPDIR": str(self.folder),
            **({"MEGA_TOYS_KILL_AT": kill_at} if kill_at else {}),
        }
        kept = {name: text for name, text in os.environ.items() if not name.startswith("MEGA_TOYS")}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "said.txt").open("wb") as said:
            return subprocess.Popen(  # noqa: S603, our own program and arguments
                [sys.executable, "-m", *words],
                cwd=self.folder, env=kept | told, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def run(self, *words: str) -> float:
        """Run a process to its end, which must be good; for how many seconds it passed steps."""
        process = self.start(*words)
        begun = self._first_step(process)
        code = process.wait(_LONGEST_S)
        if code not in (0, 1):  # 1: a check says what is wrong with the delivery
            said = (self.folder / "said.txt").read_text(errors="replace")
            raise MegaToysError(f"`{' '.join(words)}` ended with {code}:\n{said[-3000:]}")
        return time.monotonic() - begun

    def killed(self, *words: str, at: str | None = None, after_s: float = _LONGEST_S) -> str | None:
        """Run a process that dies at a step, or so many seconds after its first one.

        Returns the last step that it passed, or none where it ended before.
        """
        process = self.start(*words, kill_at=at)
        self._first_step(process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        ended = process.poll() in (0, 1)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the process, and those that it started
        process.wait()
        return None if ended else (self.passed() or ["start"])[-1]

    def _first_step(self, process: subprocess.Popen[bytes]) -> float:
        """Wait for the first step; the instant of it."""
        while process.poll() is None and not self.log.exists():
            time.sleep(0.005)
        return time.monotonic()

    @property
    def log(self) -> Path:
        """Where the steps are logged."""
        return self.folder / "steps.txt"

    def passed(self) -> list[str]:
        """The steps that the last process passed."""
        return self.log.read_text().split() if self.log.exists() else []


def _first_day(words: tuple[str, ...]) -> dt.date:
    """The first day in Dagster: that of the deliveries where days are materialized.

    Else today, so that a refresh does not tell all the empty days since.
    """
    return _FIRST_DAY if "materialize" in words else dt.datetime.now(dt.UTC).date()


def copied_table(table: str, source: Path, target: Path) -> None:
    """The folder of a table in one lake becomes that of another; none, where it has none."""
    folder = Path(*table.split("."))
    shutil.rmtree(target / folder, ignore_errors=True)
    if (source / folder).exists():
        shutil.copytree(source / folder, target / folder)
