"""Seconds and memory of a trace: `python benchmarks/lot_trace.py [edges] [steps of a chain]`."""

import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import polars as pl

from mega_toys.domains.safety.gold.lot_trace import lot_trace, retraced
from mega_toys.domains.safety.silver.lot_events import LotEvents

TOLD = ("transformation_id", "input_quantity_list", "output_quantity_list")


def chains(edges: int, steps: int) -> Iterator[tuple[Any, ...]]:
    """Chains in which each transformation makes of the last lot and a fresh one the next lot."""
    for at in range(edges // 2):
        chain, step = divmod(at, steps)
        inputs = [_lot(f"C{chain}-{step}"), _lot(f"R{chain}-{step}")]
        yield f"T{chain}-{step}", inputs, [_lot(f"C{chain}-{step + 1}")]


def _lot(lot_id: str) -> dict[str, Any]:
    return {"lot_id": lot_id, "quantity": 1.0}


def measured(what: str, rows: pl.LazyFrame) -> pl.DataFrame:
    """Collect as a refresh does, and tell what it took."""
    started = time.perf_counter()
    found = rows.collect(engine="streaming")
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what}: {found.height:,} pairs in {seconds:.1f} s, {peak_mb:,} MB at most so far")
    return found


def main(edges: int = 300_000, steps: int = 12) -> None:
    """Trace all, then one more event, then without it again."""
    schema = {name: LotEvents.columns()[name].dtype for name in TOLD}
    events = pl.DataFrame(list(chains(edges, steps)), schema=schema, orient="row")
    print(f"{edges:,} edges in chains of {steps} steps, {events.height:,} events")
    last, others = events.tail(1).lazy(), events.head(-1).lazy()
    without = measured("built", lot_trace(others))
    trace = measured("updated by an event", retraced(without.lazy(), last, events.lazy()))
    measured("updated by its end", retraced(trace.lazy(), last, others))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
