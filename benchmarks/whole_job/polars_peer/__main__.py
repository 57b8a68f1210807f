"""`python -m benchmarks.whole_job.polars_peer LANDING OUT` takes the steps one after the other."""

import sys
from pathlib import Path

from benchmarks.whole_job.polars_peer import gold, silver
from benchmarks.whole_job.polars_peer.stage import NESTED, ORDER, READING, Stage


def main(landing: str, out: str) -> None:
    """All steps, in the order of their lineage."""
    stage = Stage(Path(landing), Path(out))
    stage.out.mkdir(parents=True)
    stage.bronze("manufacturing/machine_telemetry", READING)
    stage.bronze("commerce/orders", ORDER, nested=NESTED)
    silver.readings(stage)
    silver.orders(stage)
    gold.machine_hourly(stage)
    gold.oee_daily(stage)
    gold.daily_sales(stage)


if __name__ == "__main__":
    main(*sys.argv[1:])
