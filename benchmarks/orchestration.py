"""What Dagster adds to a refresh: CPU seconds of `mega-toys refresh` and of the same builds.

Run it with `python -m benchmarks.orchestration`. The builds without Dagster are done by the same
functions in a process of its own. Deliveries: five simulated days, then one more.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import MEGA_TOYS, cost_of, roots

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


def main() -> None:
    """Print both and their difference, for a first refresh, one day for all tables, and no news."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = roots(folder) | {"MEGA_TOYS_LAKE_ROOT": str(folder / "dagster_lake")}
        print(f"{'':24}{'with Dagster':>14}{'builds alone':>14}{'difference':>14}")
        for what in ("first refresh", "a day for all tables", "no news"):
            if what in DELIVERED:
                cost_of((*MEGA_TOYS, "simulate", "--scale", "0.002", *DELIVERED[what]), settings)
            both = cost_of((*MEGA_TOYS, "refresh"), settings).cpu_s
            alone = cost_of((sys.executable, "-c", BUILDS, str(folder)), settings).cpu_s
            print(f"{what:24}{both:14.1f}{alone:14.1f}{both - alone:14.2f}", flush=True)


if __name__ == "__main__":
    main()
