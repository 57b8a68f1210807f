import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = ("--days", "3", "--scale", "0.002", "--rounds", "1")


@pytest.mark.slow
def test_plain_duckdb_and_plain_polars_come_to_the_same_tables_and_accounts() -> None:
    command = (sys.executable, "-m", "benchmarks.whole_job", *SMALL)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "÷ polars" in run.stdout
