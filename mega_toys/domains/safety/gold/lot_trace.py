"""Which lots went into which, over any number of transformations."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Changed, Whole
from mega_toys.declared.table import WholeTable
from mega_toys.domains.agreement import disagreements
from mega_toys.domains.safety.settings import SafetySettings
from mega_toys.domains.safety.silver.lot_events import LotEvents
from mega_toys.domains.safety.tracing import (
    ANCESTOR,
    DESCENDANT,
    INPUTS,
    OUTPUTS,
    lots_of,
    steps_of,
    traced,
)

AllEvents = Annotated[dy.LazyFrame[LotEvents], Whole()]
ChangedEvents = Annotated[dy.LazyFrame[LotEvents], Changed()]


class LotTrace(dy.Schema):
    """One lot, and another that it went into, directly or through others."""

    ancestor_lot_id = dy.String(primary_key=True, description="The lot that went in.")
    descendant_lot_id = dy.String(primary_key=True, description="The lot that came of it.")
    steps = dy.Int64(min=1, description="Transformations between them, by the shortest way.")


TracedBefore = Annotated[dy.LazyFrame[LotTrace], Whole()]


def lot_trace(events: AllEvents) -> pl.LazyFrame:
    """From every lot, step by step, to all that came of it."""
    steps = steps_of(events)
    return traced(steps, steps, SafetySettings.load().trace_steps)


def retraced(before: TracedBefore, changed: ChangedEvents, events: AllEvents) -> pl.LazyFrame:
    """Trace anew only from the lots whose ways lead through a transformation that changed.

    The way to the first such transformation is as it was, so that `before` knows these lots.
    """
    now = events.join(changed, on="transformation_id", how="semi")
    went_in = (
        pl.concat([lots_of(told, INPUTS) for told in (now, changed)]).select("lot_id").unique()
    )
    earlier = before.join(went_in, left_on=DESCENDANT, right_on="lot_id", how="semi")
    begins = pl.concat([went_in.rename({"lot_id": ANCESTOR}), earlier.select(ANCESTOR)]).unique()
    anew = traced(steps_of(events), begins, SafetySettings.load().trace_steps)
    return pl.concat([before.join(begins, on=ANCESTOR, how="anti"), anew])


def ways_as_long_as_the_limit(trace: TracedBefore) -> pl.LazyFrame:
    """What lies beyond MEGA_TOYS_TRACE_STEPS is missing: raise it, or mend the events."""
    return trace.filter(pl.col("steps") >= SafetySettings.load().trace_steps)


def lots_that_came_of_themselves(trace: TracedBefore, events: AllEvents) -> pl.LazyFrame:
    """No lot goes into itself, be it by way of others: some event names a wrong lot."""
    back = {ANCESTOR: DESCENDANT, DESCENDANT: ANCESTOR}
    circles = trace.join(trace.rename(back), on=[ANCESTOR, DESCENDANT], how="semi")
    alone = steps_of(events).filter(pl.col(ANCESTOR) == pl.col(DESCENDANT))
    lots = pl.concat([circles.select(lot_id=ANCESTOR), alone.select(lot_id=ANCESTOR)])
    return lots.unique().sort("lot_id")


def lots_whose_next_differ_from_the_events(trace: TracedBefore, events: AllEvents) -> pl.LazyFrame:
    """Each lot leads in one step to as many others as came of its transformations."""
    outputs = lots_of(events, OUTPUTS).group_by("transformation_id").agg(out="lot_id")
    into = lots_of(events, INPUTS).join(outputs, on="transformation_id")
    others = into.explode("out").filter(pl.col("lot_id") != pl.col("out"))
    return disagreements(
        trace.filter(pl.col("steps") == 1),
        others.rename({"lot_id": ANCESTOR}),
        by=[ANCESTOR],
        figures={"steps": pl.col("out").n_unique()},
    )


TABLE = WholeTable(
    rows=LotTrace,
    build=lot_trace,
    update=retraced,
    checks=(
        Check(finds=ways_as_long_as_the_limit, blocks=True),
        Check(finds=lots_that_came_of_themselves),
        Check(finds=lots_whose_next_differ_from_the_events, blocks=True),
    ),
    contract=Contract(
        owner="product-safety",
        published=True,
        purpose="To find all lots that a faulty one went into, or that went into it.",
        limitations="Knows what was reported: a transformation without an event is no way between "
        "lots. Says nothing of where a lot was sold.",
    ),
)
