"""Gold: hours of the machines, how well they were used, what was sold."""

import polars as pl

from benchmarks.whole_job.polars_peer.planned import busy_time, local_days, with_local
from benchmarks.whole_job.polars_peer.stage import Stage

MONEY = pl.Decimal(18, 4)
STATUSES = ("producing", "setup", "idle", "down", "off")


def machine_hourly(stage: Stage) -> None:
    """What each machine did hour by hour."""
    machine_day = ["machine_id", "day"]
    counted = pl.col("cycle_count")
    before = counted.shift(1).forward_fill().over(machine_day)
    held = (pl.col("ts").shift(-1).over(machine_day) - pl.col("ts")).dt.total_microseconds()
    steps = (
        stage.scan("silver/machine_readings")
        .sort(*machine_day, "ts", "event_id")
        .with_columns(
            held_s=held.fill_null(0).clip(upper_bound=60_000_000) / 1e6,
            cycles=pl.when(counted < before).then(counted).otherwise(counted - before),
        )
    )
    hours = steps.group_by(*machine_day, "hour").agg(
        pl.len().cast(pl.Int64).alias("readings"),
        *_spread("temperature_c"),
        *_spread("vibration_mm_s"),
        (pl.col("power_kw").fill_null(0) * pl.col("held_s"))
        .sum()
        .truediv(3600)
        .alias("energy_kwh"),
        *(
            pl.col("held_s").filter(pl.col("status") == name).sum().alias(f"{name}_s")
            for name in STATUSES
        ),
        pl.col("cycles").sum(),
    )
    stage.write(hours.collect(engine="streaming"), "gold/machine_hourly")


def oee_daily(stage: Stage) -> None:
    """How well each machine was used, on the days that a shift of its factory reaches."""
    factories = stage.register("manufacturing/factories", "factory_id")
    machines = stage.register("manufacturing/machines", "machine_id")
    shifts = stage.register("manufacturing/shifts", "factory_id", "day", "shift").drop("day")
    stops = stage.register("manufacturing/downtimes", "downtime_id").filter(kind="planned")
    zones = factories.select("factory_id", "time_zone")
    reached = local_days(shifts.join(zones, on="factory_id"))
    days = reached.join(
        machines.select("factory_id", "machine_id", "commissioned_on"), on="factory_id"
    )
    planned = days.filter(pl.col("day") >= pl.col("commissioned_on"))
    bounds = planned.select("factory_id", "machine_id", "day", "begins", "ends").unique()
    stopped = bounds.join(stops.select("machine_id", "started_at", "ended_at"), on="machine_id")
    stopped = stopped.with_columns(pl.col("ended_at").fill_null(pl.col("ends"))).filter(
        pl.col("started_at") < pl.col("ends"), pl.col("ended_at") > pl.col("begins")
    )
    key = ["machine_id", "day"]
    busy = busy_time(planned, stopped, key)
    hours = stage.scan("gold/machine_hourly").collect()
    spent = hours.group_by(key).agg(
        apt_s=pl.col("producing_s").sum(),
        asut_s=pl.col("setup_s").sum(),
        adet_s=pl.col("down_s").sum(),
    )
    made = (
        _made(stage, zones)
        .group_by(key)
        .agg(
            pl.col("^.*_quantity$").sum(),
            planned_run_time_s=(
                pl.col("planned_run_time_per_item_s") * pl.col("produced_quantity")
            ).sum(),
        )
    )
    elements = bounds.drop("begins", "ends").join(busy, on=key).join(spent, on=key, how="left")
    filled = elements.join(made, on=key, how="left").fill_null(0)
    stage.write(_with_ratios(filled), "gold/oee_daily")


def daily_sales(stage: Stage) -> None:
    """What the web shop sells, by the latest rate on or before the day."""
    rates = stage.register("finance/exchange_rates", "day", "currency").select(
        "day", "currency", "units_per_eur"
    )
    lines = stage.scan("silver/order_lines").filter(pl.col("status") != "cancelled").collect()
    rated = lines.sort("day").join_asof(
        rates.sort("day"), on="day", by="currency", check_sortedness=False
    )
    rate = pl.when(pl.col("currency") == "EUR").then(1.0).otherwise("units_per_eur")
    gross, off = pl.col("quantity") * pl.col("unit_price"), pl.col("discount")
    euros = rated.with_columns(
        rate=rate,
        gross=gross.cast(pl.Float64) / rate,
        off=off.cast(pl.Float64) / rate,
        net=(gross - off).cast(pl.Float64) / rate,
    )
    sums = euros.group_by("day", "sku", "country", "channel").agg(
        pl.col("order_id").n_unique().cast(pl.Int64).alias("orders"),
        pl.col("quantity").sum().alias("units"),
        *(
            pl.when(pl.col("rate").is_not_null().all()).then(total.sum()).alias(name)
            for name, total in {
                "gross_sales_eur": pl.col("gross"),
                "discounts_eur": pl.col("off"),
                "returns_eur": pl.col("net").filter(pl.col("status") == "returned"),
            }.items()
        ),
    )
    net = pl.col("gross_sales_eur") - pl.col("discounts_eur") - pl.col("returns_eur")
    rounded = pl.col("^.*_eur$").round(4).cast(MONEY)
    stage.write(sums.with_columns(net_sales_eur=net).with_columns(rounded), "gold/daily_sales")


def _made(stage: Stage, zones: pl.DataFrame) -> pl.DataFrame:
    orders = stage.register("manufacturing/production_orders", "order_id").drop_nulls("ended_at")
    return with_local(orders.join(zones, on="factory_id"), "ended_at").with_columns(
        day=pl.col("ended_at_local").dt.date()
    )


def _spread(name: str) -> list[pl.Expr]:
    column = pl.col(name)
    return [
        column.mean().alias(f"{name}_mean"),
        column.min().alias(f"{name}_min"),
        column.max().alias(f"{name}_max"),
        column.quantile(0.95, interpolation="linear").alias(f"{name}_p95"),
    ]


def _with_ratios(rows: pl.DataFrame) -> pl.DataFrame:
    def ratio(one: pl.Expr, other: pl.Expr) -> pl.Expr:
        return pl.when(other != 0).then(one / other)

    apt, adet, produced = pl.col("apt_s"), pl.col("adet_s"), pl.col("produced_quantity")
    return rows.with_columns(
        availability=ratio(apt, pl.col("pbt_s")),
        effectiveness=ratio(pl.col("planned_run_time_s"), apt),
        quality_ratio=ratio(pl.col("good_quantity"), produced),
        scrap_ratio=ratio(pl.col("scrap_quantity"), produced),
        utilization_efficiency=ratio(apt, apt + pl.col("asut_s") + adet),
        technical_efficiency=ratio(apt, apt + adet),
    ).with_columns(oee=pl.col("availability") * pl.col("effectiveness") * pl.col("quality_ratio"))
