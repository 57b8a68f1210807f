"""What a command costs: it runs as a process of its own, and the kernel says what it took."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEGA_TOYS = (str(Path(sys.executable).with_name("mega-toys")),)
KB_A_MB = 1024
_KEEPS_NOTHING = "PYTHONDONTWRITEBYTECODE"  # as images of containers set it: all is compiled anew


@dataclass(frozen=True)
class Cost:
    """Of a command and of the processes that it started: the memory is of the largest of them."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def cost_of(
    command: tuple[str, ...], environment: Mapping[str, str] | None = None, most: int = 0
) -> Cost:
    """Run a command to its end; what it prints is shown only where it fails (SystemExit).

    It may end with a code of `most` at most, as `status` does with 1 where something is wrong.
    """
    kept = {name: value for name, value in os.environ.items() if name != _KEEPS_NOTHING}
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        env=kept | dict(environment or {}),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        printed = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if not 0 <= process.returncode <= most:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{printed.decode()}")
    wall_s = time.perf_counter() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / KB_A_MB)


def roots(folder: Path) -> dict[str, str]:
    """Settings of a company that lies below a folder."""
    return {
        "MEGA_TOYS_LANDING_ROOT": str(folder / "landing"),
        "MEGA_TOYS_LAKE_ROOT": str(folder / "lake"),
        "MEGA_TOYS_DAGSTER_HOME": str(folder / "home"),
    }


def megabytes(folder: Path) -> float:
    """What the files below a folder hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
