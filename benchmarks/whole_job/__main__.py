"""`python -m benchmarks.whole_job`: the product and its peers in turns on the same deliveries."""

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import MEGA_TOYS, Cost, cost_of, megabytes, roots
from benchmarks.whole_job.deliveries import deliver
from benchmarks.whole_job.results import differences

PEERS = ("duckdb", "polars")
RUNNERS = ("mega_toys", *PEERS)
Figures = dict[str, dict[str, float]]


def main() -> None:
    """Measure, print medians and ratios, and write them down where asked for."""
    asked = _parser().parse_args()
    figures = measured(asked.days, asked.scale, asked.rounds, asked.seed)
    if asked.output:
        asked.output.write_text(json.dumps(figures, indent=1) + "\n")


def measured(days: int, scale: float, rounds: int, seed: int = 1) -> dict[str, Any]:
    """What each took, in the median; SystemExit where they did not come to the same."""
    with tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as temporary:
        landing = Path(temporary) / "landing"
        size_mb = deliver(landing, days=days, scale=scale, seed=seed) / 1e6
        print(f"{days} days at scale {scale:g}: {size_mb:,.0f} MB in the landing zone")
        figures = _medians(_rounds(Path(temporary), landing, rounds))
    _print(figures)
    told = {"days": days, "scale": scale, "rounds": rounds, "landing_mb": size_mb}
    return told | {"medians": figures}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_job", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="landing days (30)")
    parser.add_argument(
        "--scale", type=float, default=0.033, help="1 is a million readings a day (0.033)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that each is run (3)")
    parser.add_argument("--seed", type=int, default=1, help="the same makes the same files (1)")
    parser.add_argument("--output", type=Path, help="write the medians into this JSON file")
    return parser


def _rounds(folder: Path, landing: Path, rounds: int) -> Iterator[tuple[str, Cost, float]]:
    """Each runner in turn, in each round another one first; then whether all came to the same."""
    for number in range(rounds):
        first = number % len(RUNNERS)
        here = folder / str(number)
        for runner in (*RUNNERS[first:], *RUNNERS[:first]):
            cost = _run(runner, landing, here)
            written_mb = megabytes(here / ("lake" if runner == "mega_toys" else runner))
            print(f"round {number + 1}, {runner}: {cost.cpu_s:.1f} CPU s", flush=True)
            yield runner, cost, written_mb
        for peer in PEERS:
            if found := differences(here / "lake", here / peer, delta=peer == "polars"):
                sys.exit(f"mega_toys and {peer} differ:\n" + "\n".join(found))


def _run(runner: str, landing: Path, here: Path) -> Cost:
    if runner == "mega_toys":
        settings = roots(here) | {"MEGA_TOYS_LANDING_ROOT": str(landing)}
        return cost_of((*MEGA_TOYS, "refresh"), settings)
    peer = f"benchmarks.whole_job.{runner}_peer"
    return cost_of((sys.executable, "-m", peer, str(landing), str(here / runner)))


def _medians(measured: Iterator[tuple[str, Cost, float]]) -> Figures:
    by_runner = defaultdict(list)
    for runner, cost, written_mb in measured:
        by_runner[runner].append(asdict(cost) | {"written_mb": written_mb})
    return {
        runner: {name: statistics.median(each[name] for each in costs) for name in costs[0]}
        for runner, costs in by_runner.items()
    }


def _print(figures: Figures) -> None:
    print(f"\n{'medians':12}{'CPU s':>10}{'wall s':>10}{'peak MB':>10}{'written MB':>12}")
    for runner in RUNNERS:
        cpu_s, wall_s, peak_mb, written_mb = figures[runner].values()
        print(f"{runner:12}{cpu_s:10.1f}{wall_s:10.1f}{peak_mb:10,.0f}{written_mb:12,.0f}")
    for peer in PEERS:
        ratios = [ours / theirs for ours, theirs in _pairs(figures, peer)]
        cpu, wall, peak, written = ratios
        print(f"{'÷ ' + peer:12}{cpu:10.2f}{wall:10.2f}{peak:10.2f}{written:12.2f}")


def _pairs(figures: Figures, peer: str) -> Iterator[tuple[float, float]]:
    return zip(figures["mega_toys"].values(), figures[peer].values(), strict=True)


if __name__ == "__main__":
    main()
