"""What Dagster adds to a refresh: CPU seconds of `mega-toys refresh` and of the same builds.

Run it with `python benchmarks/orchestration.py`. The builds without Dagster are done by the same
functions in a process of its own. Deliveries: five simulated days, then one more.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DELIVERED = {
    "first refresh": ("--days", "5", "--until", "2026-03-19"),
    "a day for all tables": ("--days", "1", "--until", "2026-03-20"),
}
BUILDS = """
from mega_toys_tests.lakes import Lake
import mega_toys.domains, sys
from mega_toys.declared.catalog import tables_in
from pathlib import Path
Lake(Path(sys.argv[1]), tables_in(mega_toys.domains)).refresh()
"""


def cpu_seconds(*command: str, **environment: str) -> float:
    """User and system seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = {"env": os.environ | environment, "cwd": ROOT, "stdout": subprocess.DEVNULL}
    subprocess.run(command, check=False, **run)  # type: ignore[call-overload]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    """Print both and their difference, for a first refresh, one day for all tables, and no news."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        roots = {
            "MEGA_TOYS_LANDING_ROOT": str(folder / "landing"),
            "MEGA_TOYS_LAKE_ROOT": str(folder / "dagster_lake"),
            "MEGA_TOYS_DAGSTER_HOME": str(folder / "home"),
        }
        command = (sys.executable, "-m", "mega_toys.command.cli")
        print(f"{'':24}{'with Dagster':>14}{'builds alone':>14}{'difference':>14}")
        for what in ("first refresh", "a day for all tables", "no news"):
            if what in DELIVERED:
                cpu_seconds(*command, "simulate", "--scale", "0.002", *DELIVERED[what], **roots)
            both = cpu_seconds(*command, "refresh", **roots)
            alone = cpu_seconds(sys.executable, "-c", BUILDS, str(folder), **roots)
            print(f"{what:24}{both:14.1f}{alone:14.1f}{both - alone:14.2f}", flush=True)


if __name__ == "__main__":
    main()
