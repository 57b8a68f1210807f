"""What is done to the lake, in order, while processes are killed: a few small deliveries."""

import datetime as dt
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mega_toys.faults.home import REFRESH
from mega_toys.simulator import simulate

LAST_DAY = dt.date(2026, 3, 12)
DAYS, SCALE, SHARE_OF_FAULTS = 3, 0.0005, 0.05
_CLICKS = ("commerce/bronze/web_events", "commerce/silver/web_events", "commerce/silver/sessions")
_RANGE = f"{LAST_DAY - dt.timedelta(DAYS)}...{LAST_DAY + dt.timedelta(1)}"
_JOB = ("dagster", "job", "execute", "-m", "mega_toys.definitions", "-j")


@dataclass(frozen=True)
class Stage:
    """One thing that is done to the lake: what arrives, and the process that is killed."""

    name: str
    arrives: Callable[[Path, Path], None]  # from the simulated files into the landing zone
    words: tuple[str, ...] = REFRESH
    asked_again: bool = False  # what a refresh does not end by itself


def simulated(folder: Path, seed: int) -> Path:
    """The files of some days of the toy company."""
    simulate(folder, days=DAYS, until=LAST_DAY, scale=SCALE, seed=seed, faults=SHARE_OF_FAULTS)
    return folder


def _files(root: Path, datasets: Iterable[str], day: int | None) -> list[Path]:
    wanted = "*" if day is None else str(LAST_DAY - dt.timedelta(DAYS - 1 - day))
    return [
        path for d in datasets for path in sorted(root.glob(f"*/{d}/{wanted}/**/*"))
        if path.is_file()
    ]  # fmt: skip


def _delivery(*datasets: str, day: int | None = None) -> Callable[[Path, Path], None]:
    """Files arrive: those of one day, or of all days."""

    def arrives(source: Path, landing: Path) -> None:
        for path in _files(source, datasets, day):
            to = landing / path.relative_to(source)
            if not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, to)

    return arrives


def _sent_again(source: Path, landing: Path) -> None:
    """Every file of the shop that is there is sent again, torn in the middle; a new day comes."""
    for path in _files(landing, ("web_events", "orders"), None):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2])
    _delivery("web_events", "orders", day=1)(source, landing)


def _removed(source: Path, landing: Path) -> None:
    """A day of the shop's deliveries is removed: the lake keeps it until a rebuild."""
    for path in _files(landing, ("web_events", "orders"), 1):
        path.unlink()


def _nothing(source: Path, landing: Path) -> None:
    """Nothing arrives."""


STAGES = (
    Stage("first refresh", _delivery("web_events", "products", "exchange_rates", day=0)),
    Stage("orders", _delivery("orders", "customers", "standard_costs")),
    Stage("readings nobody knows", _delivery("machine_telemetry", "production_orders", day=0)),
    Stage("their machines", _delivery("factories", "machines", "shifts", "downtimes")),
    Stage("files sent again", _sent_again),
    Stage(
        "backfill",
        _delivery("web_events", day=2),
        ("dagster", "asset", "materialize", "-m", "mega_toys.definitions", "--select",
         ",".join(f'key:"{key}"' for key in _CLICKS), "--partition-range", _RANGE),
    ),
    Stage("maintenance", _nothing, (*_JOB, "maintain")),
    Stage(
        "rebuild",
        _removed,
        ("mega_toys.command.cli", "rebuild", "--all", "--swap"),
        asked_again=True,
    ),
)  # fmt: skip
