"""`python -m benchmarks.whole_job.duckdb_peer LANDING OUT` runs the scripts beside this file."""

import sys
from pathlib import Path

import duckdb

LAYERS = ("bronze", "silver", "quarantine", "gold")


def main(landing: str, out: str) -> None:
    """Run the scripts in the order of their names, on all cores."""
    for layer in LAYERS:
        (Path(out) / layer).mkdir(parents=True)
    with duckdb.connect(config={"temp_directory": f"{out}/spill"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for script in sorted(Path(__file__).parent.glob("*.sql")):
            text = script.read_text().replace("$landing", landing).replace("$out", out)
            connection.execute(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
