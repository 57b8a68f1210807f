"""What went into what: raw material becomes parts, parts and a box become a toy (EPCIS)."""

import datetime as dt

import polars as pl

from mega_toys.simulator.production import ended_orders
from mega_toys.simulator.world import World

WASTE = 0.985  # of the raw material that becomes parts
BOX = 0.08  # kg of packaging a kg of parts
APART = 0.1  # share of transformations that are told in two events


def lot_events(world: World, day: dt.date) -> pl.DataFrame | None:
    """Two transformations an order; raw material and packaging come in weekly lots."""
    orders = ended_orders(world, day)
    if orders.is_empty():
        return None
    year, week, _ = day.isocalendar()
    kilos = pl.col("produced_quantity") * pl.col("_weight_kg")
    good = pl.col("good_quantity") * pl.col("_weight_kg") * (1 + BOX)
    delivery = pl.col("factory_id").str.slice(2) + f"-{year}W{week:02d}"
    parts = "P-" + pl.col("lot_id").str.slice(2)
    moulded = orders.select(
        "factory_id",
        event_time=pl.col("started_at") + pl.duration(minutes=40),
        transformation_id="T-" + pl.col("lot_id").str.slice(2) + "-A",
        input_quantity_list=pl.concat_list(
            _lot("R-RESIN-" + delivery, 0.97 * kilos / WASTE),
            _lot("R-DYE-" + delivery, 0.03 * kilos / WASTE),
        ),
        output_quantity_list=pl.concat_list(_lot(parts, kilos)),
    )
    packed = orders.select(
        "factory_id",
        event_time=pl.col("ended_at") + pl.duration(minutes=5),
        transformation_id="T-" + pl.col("lot_id").str.slice(2) + "-B",
        input_quantity_list=pl.concat_list(
            _lot(parts, kilos), _lot("R-BOX-" + delivery, BOX * kilos)
        ),
        output_quantity_list=pl.concat_list(_lot(pl.col("lot_id"), good)),
    )
    return _told(world, day, pl.concat([moulded, packed]))


def _lot(lot_id: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    return pl.struct(lot_id=lot_id, quantity=quantity.round(3))


def _told(world: World, day: dt.date, events: pl.DataFrame) -> pl.DataFrame:
    """Some plants tell first what goes in and later what came out."""
    nothing = pl.col("input_quantity_list").list.head(0)
    apart = pl.Series(world.rng("apart", day).random(events.height) < APART)
    two = events.filter(apart)
    told = pl.concat(
        [
            events.filter(~apart).with_columns(_part=pl.lit("")),
            two.with_columns(output_quantity_list=nothing, _part=pl.lit("-IN")),
            two.with_columns(
                input_quantity_list=nothing,
                event_time=pl.col("event_time") + pl.duration(minutes=3),
                _part=pl.lit("-OUT"),
            ),
        ]
    )
    names = ["event_time", "factory_id", "transformation_id"]
    lists = ["input_quantity_list", "output_quantity_list"]
    return told.select(
        pl.concat_str(pl.lit("E"), pl.col("transformation_id").str.slice(1), "_part").alias(
            "event_id"
        ),
        *names,
        *lists,
        _at=pl.col("event_time") + pl.duration(seconds=30),
    )
