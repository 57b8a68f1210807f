"""Silver: typed and judged, quarantine with reasons, of each key one record."""

import datetime as dt

import polars as pl

from benchmarks.whole_job.polars_peer.stage import ORDER, READING, Stage
from benchmarks.whole_job.polars_peer.typed import (
    at_least,
    instant,
    items_fit,
    letters,
    number,
    one_of,
    rules_of_fields,
)

MONEY = pl.Decimal(18, 4)
ITEM = pl.Struct({"line_no": pl.Int64, "sku": pl.String, "quantity": pl.Int64,
                  "unit_price": pl.String, "discount": pl.String})  # fmt: skip
RECEIVED = ("_landed_on", "_file", "_row")
STATUSES = ("producing", "setup", "idle", "down", "off")


def readings(stage: Stage) -> None:
    """Silver and quarantine of the machines' readings."""
    zones = stage.register("manufacturing/factories", "factory_id").select(
        "factory_id", "time_zone"
    )
    machines = stage.register("manufacturing/machines", "machine_id").select(
        "machine_id", is_machine=True
    )
    sent = stage.scan("bronze/machine_telemetry")
    typed = sent.with_columns(
        **{f"{name}_text": pl.col(name) for name in READING},
        ts=instant("ts"),
        temperature_c=number("temperature_c", -40, 250),
        vibration_mm_s=number("vibration_mm_s", 0, 200),
        power_kw=number("power_kw", 0, 1000),
        cycle_count=at_least("cycle_count", 0),
        status=one_of("status", STATUSES),
    )
    known = typed.join(zones.lazy(), on="factory_id", how="left").join(
        machines.lazy(), on="machine_id", how="left"
    )
    as_written = (
        pl.col("ts_text").str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    )
    local = pl.coalesce(
        *[
            pl.when(pl.col("time_zone") == zone).then(
                pl.col("ts").dt.convert_time_zone(zone).dt.replace_time_zone(None)
            )
            for zone in zones["time_zone"].unique().drop_nulls()
        ],
        as_written,
    )
    business = pl.col("local").dt.date()
    early, late = business.dt.offset_by("-1d"), business.dt.offset_by("3d")
    dated = known.with_columns(local=local).with_columns(
        business=business, in_time=pl.col("_landed_on").is_between(early, late)
    )
    rules = rules_of_fields((*READING[:4], "status"), READING[3:]) | {
        "factory_id_is_known": pl.col("factory_id").is_not_null() & pl.col("time_zone").is_null(),
        "machine_id_is_known": pl.col("machine_id").is_not_null() & pl.col("is_machine").is_null(),
        "landed_within_window": ~pl.col("in_time"),
    }
    judged = _judged(stage, dated, "machine_readings", rules)
    columns = ("day", *READING[:4], "hour", *READING[4:], "_landed_on")
    newest = judged.sort(RECEIVED).unique(["day", "event_id"], keep="last")
    readings = newest.with_columns(hour=pl.col("local").dt.hour().cast(pl.Int64))
    stage.write(readings.select(columns), "silver/machine_readings")
    _count(stage, judged, newest, "machine_readings")


def orders(stage: Stage) -> None:
    """Silver and quarantine of the web orders, and their lines."""
    is_list = pl.col("items").str.starts_with("[")
    items = pl.when(is_list).then("items").str.json_decode(pl.List(ITEM))
    shipping = pl.Struct({"city": pl.String, "country": pl.String})
    money = [
        pl.element().struct.field(name).str.to_decimal(scale=4).cast(MONEY)
        for name in ("unit_price", "discount")
    ]
    typed = (
        stage.scan("bronze/orders")
        .with_columns(
            **{f"{name}_text": pl.col(name) for name in ORDER},
            placed_at=instant("placed_at"),
            updated_at=instant("updated_at"),
            status=one_of(
                "status", ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
            ),
            currency=letters("currency", 3),
            country=letters("country", 2),
            channel=one_of("channel", ("web", "app", "marketplace")),
            items=items.list.eval(pl.element().struct.with_fields(*money)),
            shipping=pl.col("shipping").str.json_decode(shipping),
            payment_method=pl.col("payment")
            .str.json_decode(pl.Struct({"method": pl.String}))
            .struct.field("method"),
        )
        .with_columns(items=pl.when(items_fit()).then("items"))
    )
    written = pl.col("placed_at_text").str.slice(0, 10).str.to_date(strict=False)
    business = pl.when(pl.col("placed_at").is_not_null()).then(written)
    latest = pl.col("_landed_on").dt.offset_by("1d")
    right_clock = (
        pl.col("_landed_on").dt.offset_by("2d").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    )
    dated = (
        typed.with_columns(business=business)
        .with_columns(in_time=pl.col("business").is_between(dt.date(2000, 1, 1), latest))
        .with_columns(
            placed_at=pl.when("in_time").then("placed_at"),
            updated_at=pl.when(pl.col("updated_at") <= right_clock).then("updated_at"),
        )
    )
    judged = _judged(stage, dated, "orders", rules_of_fields(ORDER[:9], ORDER[2:9]))
    newest = judged.sort("updated_at", *RECEIVED).unique("order_id", keep="last")
    header = (
        "day",
        *ORDER[:8],
        "shipping_city",
        "shipping_country",
        "payment_method",
        "_file",
        "_row",
    )
    orders = newest.with_columns(
        shipping_city=pl.col("shipping").struct.field("city"),
        shipping_country=pl.col("shipping").struct.field("country"),
    )
    stage.write(orders.select(header), "silver/orders")
    _count(stage, judged, newest, "orders")
    lines = orders.select("day", "order_id", "items", "currency", "status", "country", "channel")
    exploded = lines.explode("items").unnest("items")
    stage.write(exploded.with_columns(pl.col("discount").fill_null(0)), "silver/order_lines")


def _judged(stage: Stage, rows: pl.LazyFrame, name: str, rules: dict[str, pl.Expr]) -> pl.DataFrame:
    """The valid rows; the others go to the quarantine with the rules that they break."""
    named = [pl.when(broken).then(pl.lit(rule)) for rule, broken in sorted(rules.items())]
    unreadable = pl.lit(["record_is_readable"])
    broken = pl.concat_list(named).list.drop_nulls()
    day = pl.when("in_time").then("business").otherwise("_landed_on")
    judged = rows.with_columns(
        rules=pl.when("is_readable").then(broken).otherwise(unreadable), day=day
    ).collect(engine="streaming")
    rejected = judged.filter(pl.col("rules").list.len() > 0)
    stage.write(
        rejected.select("day", "rules", pl.col("line").alias("record"), *RECEIVED),
        f"quarantine/{name}",
    )
    return judged.filter(pl.col("rules").list.len() == 0)


def _count(stage: Stage, valid: pl.DataFrame, accepted: pl.DataFrame, name: str) -> None:
    """received = accepted + duplicates + quarantined, of each day."""
    rejected = stage.scan(f"quarantine/{name}").collect()
    counts = [("valid", valid), ("accepted", accepted), ("quarantined", rejected)]
    days = pl.concat(
        [rows.group_by("day").agg(pl.len().cast(pl.Int64).alias(count)) for count, rows in counts],
        how="diagonal",
    )
    summed = days.group_by("day").agg(pl.col("valid", "accepted", "quarantined").sum())
    accounts = summed.with_columns(
        received=pl.col("valid") + pl.col("quarantined"),
        duplicates=pl.col("valid") - pl.col("accepted"),
    )
    accounts.drop("valid").write_parquet(stage.out / f"accounts_{name}.parquet")
