"""What a pull costs beside the driver alone: `python -m benchmarks.pulls`, from an own PostgreSQL.

A million rows of seven columns, pulled into landing files by `mega-toys`' own code, and written by
ADBC and Arrow into one Parquet file; then a pull without news. Each is a process of its own. Needs
PostgreSQL's programs (`apt-get install postgresql`).
"""

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import cost_of
from mega_toys_tests.sources.servers import CANARY, Server, postgres

ROWS, ALONE = 1_000_000, "ADBC alone, into one Parquet file"
_TABLE = """
CREATE TABLE crm.clients AS SELECT n::bigint AS client_id, 'client-' || n % 50 AS name,
    (random() * 1000)::numeric(12, 2) AS credit, md5(n::text) AS note, n % 7 AS tier,
    timestamptz '2020-01-01' + n * interval '9 s' AS since,
    timestamptz '2026-01-01' + n * interval '1 s' AS updated_at
FROM generate_series(1, {rows}) n
"""
_ALONE = """
import sys
import pyarrow.parquet as parquet
from adbc_driver_postgresql import dbapi

with dbapi.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT * FROM crm.clients")
    batches = cursor.fetch_record_batch()
    with parquet.ParquetWriter(sys.argv[2], batches.schema, compression="zstd") as written:
        for batch in batches:
            written.write_batch(batch)
"""
_PULLED = """
import sys
from pathlib import Path
from mega_toys_tests.sources.clients import Crm
from mega_toys_tests.sources.servers import Server

print(Crm(Server(int(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[2])).pull().rows)
"""


def main() -> None:
    """Fill a server, pull from it, and print what each way costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pulls", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="of the table (1,000,000)")
    measured(parser.parse_args().rows)


def measured(rows: int = ROWS) -> dict[str, Any]:
    """What each way costs; nothing where PostgreSQL is not installed."""
    try:
        with postgres() as server, tempfile.TemporaryDirectory() as made:
            _fill(server, rows)
            url = server.url.replace("reader@", f"reader:{_quoted()}@")
            pulls = _python(_PULLED, str(server.port), str(Path(made) / "crm"))
            ways = {
                ALONE: _python(_ALONE, url, f"{made}/one"),
                "pull": pulls,
                "pull without news": pulls,
                "of a pull, the imports": _python(_PULLED.rpartition("\n\n")[0], "0", made),
            }
            return {"rows": rows, "ways": {what: _told(what, way) for what, way in ways.items()}}
    except FileNotFoundError as missing:
        print(f"{missing} is not installed, so no pulls are measured: apt-get install {missing}")
        return {}


def _fill(server: Server, rows: int) -> None:
    server.sql(
        "CREATE SCHEMA crm",
        _TABLE.format(rows=rows),
        "CREATE INDEX ON crm.clients (updated_at)",
        "ANALYZE crm.clients",
        "GRANT USAGE ON SCHEMA crm TO reader",
        "GRANT SELECT ON crm.clients TO reader",
    )


def _quoted() -> str:
    return CANARY.replace("+", "%2B").replace("/", "%2F")


def _python(code: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *words)


def _told(what: str, way: tuple[str, ...]) -> dict[str, float]:
    cost = cost_of(way)
    told = f"{cost.cpu_s:8.1f} CPU s {cost.wall_s:8.1f} s {cost.peak_mb:8.0f} MB  {what}"
    print(told, flush=True)
    return asdict(cost)


if __name__ == "__main__":
    main()
