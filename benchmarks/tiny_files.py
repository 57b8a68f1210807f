"""What many small files cost: `python -m benchmarks.tiny_files`.

Readings of 30 days in one file a day, and the same readings in files of ten (some 10,000 files at
the smallest scale); a refresh of each into a new lake.
"""

import argparse
import itertools
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import MEGA_TOYS, Cost, cost_of, roots
from benchmarks.whole_job.deliveries import deliver

DAYS, ROWS_A_FILE = 30, 10
SPLIT = Path("manufacturing", "machine_telemetry")


def main() -> None:
    """Measure both for each number of files, and print the ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny_files", description=__doc__)
    parser.add_argument("scales", type=float, nargs="*", default=[0.001], help="1 is the company")
    measured(parser.parse_args().scales)


def measured(scales: Iterable[float]) -> dict[str, Any]:
    """CPU seconds and memory of both, by the number of files of ten."""
    found = {}
    print(f"{'files':>8}{'CPU s':>10}{'in 30 files':>14}{'ratio':>8}{'peak MB':>10}")
    for scale in scales:
        with tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as temporary:
            whole, apart = Path(temporary, "whole"), Path(temporary, "apart")
            deliver(whole / "landing", days=DAYS, scale=scale)
            split = _split(whole / "landing", apart / "landing")
            few, many = _refreshed(whole), _refreshed(apart)
        ratio = many.cpu_s / few.cpu_s
        print(f"{split:8,}{many.cpu_s:10.1f}{few.cpu_s:14.1f}{ratio:8.2f}{many.peak_mb:10,.0f}")
        found[str(split)] = {"apart": asdict(many), "whole": asdict(few)}
    return {"files": found}


def _split(whole: Path, apart: Path) -> int:
    """The same landing zone with its readings ten a file; how many files."""
    shutil.copytree(whole, apart)
    number = 0
    for path in sorted((apart / SPLIT).rglob("*.ndjson")):
        lines = iter(path.read_bytes().splitlines(keepends=True))
        path.unlink()
        while ten := b"".join(itertools.islice(lines, ROWS_A_FILE)):
            path.with_name(f"part-{number:06}.ndjson").write_bytes(ten)
            number += 1
    return number


def _refreshed(folder: Path) -> Cost:
    return cost_of((*MEGA_TOYS, "refresh"), roots(folder))


if __name__ == "__main__":
    main()
