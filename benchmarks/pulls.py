"""What a pull costs beside the driver alone: `python -m benchmarks.pulls`, from an own PostgreSQL.

A million rows of seven columns, pulled into landing files by `mega-toys`' own code, and written by
ADBC and Arrow into one Parquet file; then a pull without news. Each is a process of its own. Needs
PostgreSQL's programs (`apt-get install postgresql`).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, cost_of
from mega_toys_tests.sources.servers import CANARY, Server, postgres

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
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table (1,000,000)")
    rows = parser.parse_args().rows
    with postgres() as server, tempfile.TemporaryDirectory() as made:
        _fill(server, rows)
        folder, url = Path(made), server.url.replace("reader@", f"reader:{_quoted()}@")
        idle = cost_of((sys.executable, "-c", _PULLED.rpartition("\n\n")[0], "0", made))
        _print("ADBC alone, into one Parquet file", cost_of(_python(_ALONE, url, f"{made}/one")))
        for what in ("pull", "pull without news"):
            cost = cost_of(_python(_PULLED, str(server.port), str(folder / "crm")))
            _print(what, cost)
        _print("of a pull, the imports", idle)


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


def _print(what: str, cost: Cost) -> None:
    told = f"{cost.cpu_s:8.1f} CPU s {cost.wall_s:8.1f} s {cost.peak_mb:8.0f} MB  {what}"
    print(told, flush=True)


if __name__ == "__main__":
    main()
