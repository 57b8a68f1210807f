"""Memory against the size of a day: `python -m benchmarks.day_sizes`.

A lake's first landing day at several scales, 1 being a million readings, taken in and built.
"""

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import MEGA_TOYS, cost_of, roots
from benchmarks.whole_job.deliveries import deliver

SCALES = (0.01, 0.1, 1.0)


def main() -> None:
    """Measure each and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.day_sizes", description=__doc__)
    parser.add_argument("scales", type=float, nargs="*", default=list(SCALES))
    measured(parser.parse_args().scales)


def measured(scales: Iterable[float]) -> dict[str, Any]:
    """What one day took, by its scale."""
    found = {}
    print(f"{'scale':>8}{'CPU s':>10}{'peak MB':>10}")
    for scale in scales:
        with tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as folder:
            deliver(Path(folder, "landing"), days=1, scale=scale)
            cost = cost_of((*MEGA_TOYS, "refresh"), roots(Path(folder)))
        found[f"{scale:g}"] = asdict(cost)
        print(f"{scale:8g}{cost.cpu_s:10.1f}{cost.peak_mb:10,.0f}", flush=True)
    return {"scales": found}


if __name__ == "__main__":
    main()
