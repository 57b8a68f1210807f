"""What went into each transformation, and what came of it."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Whole
from mega_toys.declared.table import WholeTable
from mega_toys.domains.agreement import disagreements
from mega_toys.domains.figures import added, ratio
from mega_toys.domains.safety.silver.lot_events import LotEvents
from mega_toys.domains.safety.tracing import INPUTS, OUTPUTS, lots_of

AllEvents = Annotated[dy.LazyFrame[LotEvents], Whole()]
GAIN = 0.02  # of the input: scales and rounding


class MassBalance(dy.Schema):
    """One transformation, told in one event or in several."""

    transformation_id = dy.String(primary_key=True, description="The transformation.")
    input_quantity = dy.Float64(description="All that went in, in the unit of its factory.")
    output_quantity = dy.Float64(description="All that came out, in the same unit.")
    balance = dy.Float64(
        nullable=True, description="Output / input; null while nothing is known to have gone in."
    )


def mass_balance(events: AllEvents) -> pl.LazyFrame:
    """The events of a transformation count together, whichever side each of them tells."""
    key = "transformation_id"
    sides = {"input_quantity": INPUTS, "output_quantity": OUTPUTS}
    balanced = events.select(key).unique()
    for name, side in sides.items():
        sums = lots_of(events, side).group_by(key).agg(added(pl.col("quantity")).alias(name))
        balanced = balanced.join(sums, on=key, how="left")
    return balanced.with_columns(pl.col(*sides).fill_null(0.0)).with_columns(
        balance=ratio(pl.col("output_quantity"), pl.col("input_quantity"))
    )


def more_came_out_than_went_in(balances: dy.LazyFrame[MassBalance]) -> pl.LazyFrame:
    """Nothing comes of nothing: an input is missing, or a quantity is wrong."""
    most = pl.col("input_quantity") * (1 + GAIN)
    return balances.filter(pl.col("output_quantity") > most)


def quantities_that_differ_from_the_events(
    balances: Annotated[dy.LazyFrame[MassBalance], Whole()], events: AllEvents
) -> pl.LazyFrame:
    """Every quantity of every event is in the balance once."""
    return disagreements(
        balances,
        events,
        by=["transformation_id"],
        figures={"input_quantity": _all_of(INPUTS), "output_quantity": _all_of(OUTPUTS)},
    )


def _all_of(side: str) -> pl.Expr:
    quantities = pl.col(side).list.eval(pl.element().struct.field("quantity"))
    return quantities.list.sum().sum()


TABLE = WholeTable(
    rows=MassBalance,
    build=mass_balance,
    checks=(
        Check(finds=more_came_out_than_went_in),
        Check(finds=quantities_that_differ_from_the_events, blocks=True),
    ),
    contract=Contract(
        owner="product-safety",
        published=True,
        purpose="To find transformations of which more came out than went in.",
        limitations="Quantities of one factory are in its own unit and are not to be added to "
        "those of another.",
    ),
)
