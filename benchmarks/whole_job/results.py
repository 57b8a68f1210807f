"""Whether the three came to the same: each table sorted by its key and compared cell by cell."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

KEYS = {
    "silver/machine_readings": ("day", "event_id"),
    "silver/orders": ("order_id",),
    "silver/order_lines": ("order_id", "line_no"),
    "quarantine/machine_readings": ("_file", "_row"),
    "quarantine/orders": ("_file", "_row"),
    "gold/machine_hourly": ("machine_id", "day", "hour"),
    "gold/oee_daily": ("machine_id", "day"),
    "gold/daily_sales": ("day", "sku", "country", "channel"),
}
DOMAINS = {"machine_readings": "manufacturing", "machine_hourly": "manufacturing",
           "oee_daily": "manufacturing"}  # fmt: skip
OF_THE_PRODUCT_ALONE = ("record", "quarantined_at")  # its text of a record names every field


def differences(lake: Path, peer: Path, *, delta: bool) -> list[str]:
    """What the peer's tables and the lake's differ in, a line a table; empty if in nothing."""
    found = []
    for table, key in KEYS.items():
        layer, name = table.split("/")
        ours = pl.read_delta(str(lake / DOMAINS.get(name, "commerce") / layer / name))
        theirs = _of_peer(peer / table, delta=delta)
        same = [column for column in ours.columns if column in theirs.columns]
        shown = [column for column in same if column not in OF_THE_PRODUCT_ALONE]
        try:
            assert_frame_equal(
                ours.select(shown).sort(key),
                theirs.select(shown).cast(ours.select(shown).schema).sort(key),
                check_exact=False,
                rel_tol=1e-9,
                abs_tol=2e-4,  # the last place of an amount, when it is rounded to four
            )
        except AssertionError as error:
            found.append(f"{table}: {error}")
    return found + _accounts(lake, peer)


def _accounts(lake: Path, peer: Path) -> list[str]:
    counts = ("day", "received", "accepted", "duplicates", "quarantined")
    ours = pl.read_delta(str(lake / "lake" / "row_accounts"))
    found = []
    for table in ("manufacturing.silver.machine_readings", "commerce.silver.orders"):
        name = table.split(".")[2]
        theirs = pl.read_parquet(peer / f"accounts_{name}.parquet").select(counts).sort("day")
        accounts = ours.filter(table=table).select(counts).sort("day")
        if not accounts.equals(theirs.cast(accounts.schema)):
            found.append(f"accounts of {name}: {accounts} and {theirs}")
    return found


def _of_peer(table: Path, *, delta: bool) -> pl.DataFrame:
    if delta:
        return pl.read_delta(str(table))
    return pl.read_parquet(table / "**/*.parquet", hive_partitioning=True)
