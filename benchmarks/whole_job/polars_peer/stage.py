"""A stage: where files are read and tables are written, and bronze."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

READING = ("event_id", "factory_id", "machine_id", "ts", "temperature_c", "vibration_mm_s",
           "power_kw", "cycle_count", "status")  # fmt: skip
ORDER = ("order_id", "customer_id", "placed_at", "updated_at", "status", "currency", "country",
         "channel", "items", "shipping", "payment")  # fmt: skip
SENT = "%Y-%m-%dT%H:%M:%S%.fZ"
NESTED = ("items", "shipping", "payment")  # of an order, kept as JSON text


@dataclass(frozen=True)
class Stage:
    """The landing zone, and the folder of the tables."""

    landing: Path
    out: Path

    def bronze(self, dataset: str, names: Sequence[str], nested: Sequence[str] = ()) -> None:
        """Each record as sent and the texts of its fields; a torn line has no closing brace."""
        fields = pl.Struct({name: pl.String for name in names if name not in nested})
        for path in sorted((self.landing / dataset).glob("*/*.ndjson")):
            line = pl.col("line")
            lines = pl.scan_lines(path, name="line", row_index_name="_row").with_columns(
                pl.col("_row").cast(pl.Int64),
                is_readable=line.str.starts_with("{") & line.str.ends_with("}"),
                _file=pl.lit(str(path.relative_to(self.landing))),
                _landed_on=pl.lit(path.parent.name).str.to_date(),
            )
            readable = pl.when("is_readable").then(line).otherwise(pl.lit("{}"))
            inner = {name: readable.str.json_path_match(f"$.{name}") for name in nested}
            decoded = readable.str.json_decode(fields).alias("fields")
            texts = lines.with_columns(decoded, **inner).unnest("fields")
            table = str(self.out / "bronze" / dataset.split("/")[1])
            by_day = {"partition_by": ["_landed_on"]}
            texts.sink_delta(table, mode="append", delta_write_options=by_day)

    def register(self, dataset: str, *key: str) -> pl.DataFrame:
        """The newest version of each key; a register is small and without faults."""
        files = self.landing / dataset / "*" / "*.csv"
        rows = pl.scan_csv(files, infer_schema=False).with_columns(
            pl.col("^.*_at$").str.to_datetime(SENT, time_unit="us", time_zone="UTC"),
            pl.col("^day|.*_on$").str.to_date(),
            pl.col("^.*_quantity$").cast(pl.Int64),
            pl.col("^units_per_eur|planned_run_time_per_item_s$").cast(pl.Float64),
        )
        return rows.sort("updated_at").unique(key, keep="last").collect()

    def scan(self, table: str) -> pl.LazyFrame:
        """A table that was written."""
        return pl.scan_delta(str(self.out / table))

    def write(self, rows: pl.DataFrame, table: str) -> None:
        """A table, a partition a day."""
        rows.write_delta(str(self.out / table), delta_write_options={"partition_by": ["day"]})
