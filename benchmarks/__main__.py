"""All benchmarks, their figures and what is told of them: `python -m benchmarks`, or `make bench`.

Each part notes its figures with machine and day in `benchmarks/figures.json`, where those of the
others stay; then docs/performance.md and its plots are made of that file.
"""

import argparse
import datetime as dt
import json
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mega_toys
from benchmarks import ages, day_sizes, pulls, questions, report, start_up, tiny_files
from benchmarks.measure import MEGA_TOYS, ROOT, cost_of, roots
from benchmarks.whole_job import __main__ as whole_job
from benchmarks.whole_job.deliveries import deliver

FIGURES = ROOT / "benchmarks" / "figures.json"
SMALL, TIMES = 0.002, 9  # the scale of small days; how often a short command is run
Figures = dict[str, Any]


def main() -> None:
    """Run the parts that are asked for, all of them by default, and tell what came out."""
    if find_spec("matplotlib") is None:
        sys.exit(
            "The plots need matplotlib, which the extra `bench` brings: "
            "`.venv/bin/python -m pip install -c constraints.txt --editable '.[bench]'`."
        )
    asked = _parser().parse_args()
    parts = _parts(asked)
    if unknown := {*asked.parts} - parts.keys():
        sys.exit(f"No part {', '.join(sorted(unknown))}. There are: {', '.join(parts)}.")
    for name in asked.parts or parts:
        print(f"\n{name.replace('_', ' ')}", flush=True)
        machine = _machine()
        if figures := parts[name]():
            _note(name, machine | figures)
    report.write(json.loads(FIGURES.read_text()), ROOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help="as in the file of figures; all by default")
    parser.add_argument(
        "--scale", type=float, default=0.033, help="1 is a million readings a day (0.033)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of the whole job (3)")
    parser.add_argument("--ages", type=int, nargs="+", default=[10, 100, 365], help="days")
    return parser


def _parts(asked: argparse.Namespace) -> Mapping[str, Callable[[], Figures]]:
    of_days = [asked.scale * part for part in (0.1, 1, 10)]
    return {
        "whole_job": lambda: whole_job.measured(30, asked.scale, asked.rounds),
        "stages": lambda: _in_a_lake(asked.scale, _stages, built=False),
        "start_up": lambda: _in_a_lake(SMALL, lambda told: start_up.measured(told, TIMES)),
        "questions": lambda: _in_a_lake(asked.scale, _questions),
        "ages": lambda: ages.measured(asked.ages, SMALL),
        "day_sizes": lambda: day_sizes.measured(of_days),
        "tiny_files": lambda: tiny_files.measured([SMALL / 2]),
        "pulls": pulls.measured,
    }


def _in_a_lake(
    scale: float, measured: Callable[[dict[str, str]], Figures], *, built: bool = True
) -> Figures:
    """What is measured in a lake of 30 days, or beside their landing zone before it is built."""
    with tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as folder:
        settings = roots(Path(folder))
        deliver(Path(folder, "landing"), days=30, scale=scale)
        if built:
            cost_of((*MEGA_TOYS, "refresh"), settings)
        return {"scale": scale} | measured(settings)


def _stages(settings: dict[str, str]) -> Figures:
    told = Path(settings["MEGA_TOYS_LAKE_ROOT"]).with_name("stages.json")
    command = (sys.executable, "-m", "benchmarks.stages", "--output", str(told), "refresh")
    cost_of(command, settings)
    return dict(json.loads(told.read_text()))


def _questions(settings: dict[str, str]) -> Figures:
    return questions.measured(mega_toys.open(settings["MEGA_TOYS_LAKE_ROOT"]), TIMES)


def _machine() -> Figures:
    """The day and the machine, and how many others it worked for when a part began."""
    cpu = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", cpu.read_text()) if cpu.exists() else None
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    of = model[1] if model else platform.machine()
    return {
        "day": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores of {of}, {memory_gb:.0f} GB",
        "load_before": round(os.getloadavg()[0], 1),
    }


def _note(name: str, figures: Figures) -> None:
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.write_text(json.dumps(known | {name: figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
