"""Which lots came of which: the closure over the transformations."""

from functools import partial

import polars as pl

from mega_toys.declared.opaque import columns_from

ANCESTOR, DESCENDANT = "ancestor_lot_id", "descendant_lot_id"
PAIR = (ANCESTOR, DESCENDANT)
INPUTS, OUTPUTS = "input_quantity_list", "output_quantity_list"
TRACED = {ANCESTOR: pl.String(), DESCENDANT: pl.String(), "steps": pl.Int64()}


def lots_of(events: pl.LazyFrame, side: str) -> pl.LazyFrame:
    """`transformation_id`, `lot_id` and `quantity` of each lot on one side of the events."""
    lots = events.select("transformation_id", pl.col(side).alias("lot"))
    return lots.explode("lot", empty_as_null=False, keep_nulls=False).unnest("lot")


def steps_of(events: pl.LazyFrame) -> pl.LazyFrame:
    """Every input with every output of all events of a transformation, once; maybe with itself."""
    inputs, outputs = (
        lots_of(events, side).drop("quantity").unique() for side in (INPUTS, OUTPUTS)
    )
    both = inputs.join(outputs, on="transformation_id", suffix="_out")
    pairs = {ANCESTOR: "lot_id", DESCENDANT: "lot_id_out"}
    return both.select(**pairs).unique()


def traced(steps: pl.LazyFrame, begins: pl.LazyFrame, most_steps: int) -> pl.LazyFrame:
    """The lots of `begins` with every other that came of them, by the fewest steps.

    Both have the column `ancestor_lot_id`; ways of more than so many steps are not followed.
    """
    told = begins.select(ANCESTOR, begins=True)
    marked = steps.join(told.unique(), on=ANCESTOR, how="left")
    return marked.map_batches(partial(_closure, most_steps=most_steps), schema=TRACED)


@columns_from(
    {ANCESTOR: (ANCESTOR,), DESCENDANT: (DESCENDANT,), "steps": ()}, join=PAIR, filter=("begins",)
)
def _closure(steps: pl.DataFrame, most_steps: int) -> pl.DataFrame:
    """Each round goes on from the pairs that the round before found: a circle finds no new pair.

    Lots are numbered meanwhile; numbers are joined faster than texts, in less memory.
    """
    lots = pl.concat([steps[name] for name in PAIR]).unique().sort()
    numbered = steps.with_columns(pl.col(PAIR).cast(pl.Enum(lots)).to_physical())
    onward = numbered.filter(pl.col(ANCESTOR) != pl.col(DESCENDANT))
    found = [onward.filter(pl.col("begins").is_not_null()).select(PAIR)]
    while len(found) < most_steps and found[-1].height:
        found.append(_one_further(found, onward))
    pairs = [pairs.with_columns(steps=pl.lit(n, pl.Int64)) for n, pairs in enumerate(found, 1)]
    return pl.concat(pairs).with_columns(
        pl.col(name).map_batches(lots.gather, return_dtype=pl.String()) for name in PAIR
    )


def _one_further(found: list[pl.DataFrame], onward: pl.DataFrame) -> pl.DataFrame:
    """The pairs that are one step longer than the last found, and were not found before."""
    next_lot = onward.select(pl.col(ANCESTOR).alias(DESCENDANT), pl.col(DESCENDANT).alias("next"))
    longer = (
        found[-1].join(next_lot, on=DESCENDANT).select(ANCESTOR, pl.col("next").alias(DESCENDANT))
    )
    others = longer.filter(pl.col(ANCESTOR) != pl.col(DESCENDANT)).unique()
    return others.join(pl.concat(found), on=PAIR, how="anti")
