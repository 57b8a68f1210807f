"""The example that was worked out, and what a result differs in from what is expected."""

import subprocess
import sys
from pathlib import Path

import polars as pl

EXAMPLE = Path(__file__).parent / "example"
DOMAINS = ("manufacturing", "commerce", "finance", "supply", "safety")


def of_domains(expected: Path, out: Path) -> Path:
    """What is expected of the domains that are built, of all that is expected."""
    out.mkdir(parents=True, exist_ok=True)
    for path in expected.glob("*.parquet"):
        if path.name.split(".")[0] in (*DOMAINS, "lake"):
            rows = pl.read_parquet(path)
            if path.name.startswith("lake.") and "table" in rows.columns:
                rows = rows.filter(pl.col("table").str.split(".").list.first().is_in(DOMAINS))
            rows.write_parquet(out / path.name)
    return out


def differences(expected: Path, result: Path) -> list[str]:
    """What `compare.py` finds to differ between two folders of tables."""
    only = ["--only", *(f"{domain}.*" for domain in (*DOMAINS, "lake"))]
    command = [sys.executable, str(EXAMPLE / "compare.py"), str(expected), str(result), *only]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.stdout.strip(), told.stderr
    lines = [line for line in told.stdout.splitlines() if not line.startswith("ok ")]
    return [] if told.returncode == 0 and lines == ["equal"] else lines
