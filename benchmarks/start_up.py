"""What it takes to be asked at all: `python -m benchmarks.start_up`, of the own lake.

The CPU of commands that do next to nothing, in the median of so many times: mostly imports.
"""

import argparse
import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.measure import MEGA_TOYS, cost_of

COMMANDS = (("--help",), ("query", "select 1"), ("status",), ("refresh",))


def main() -> None:
    """Run each so many times and print the median."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=__doc__)
    parser.add_argument("--times", type=int, default=9, help="that each is run (9)")
    measured({}, parser.parse_args().times)


def measured(settings: Mapping[str, str], times: int) -> dict[str, Any]:
    """The median and the least of each, in CPU seconds; the first run of each is left out."""
    found = {}
    for words in COMMANDS:
        every = [cost_of((*MEGA_TOYS, *words), settings, most=1) for _ in range(times + 1)]
        took = sorted(cost.cpu_s for cost in every[1:])
        told = {"median": statistics.median(took), "least": took[0]}
        found[" ".join(words)] = told
        print(f"{told['median']:8.2f} CPU s, {told['least']:.2f} at least: {' '.join(words)}")
    return {"times": times, "cpu_s": found}


if __name__ == "__main__":
    main()
