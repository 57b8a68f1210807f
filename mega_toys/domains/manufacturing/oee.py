"""Overall equipment effectiveness by ISO 22400-2: its elements, and the ratios made of them."""

import dataframely as dy
import polars as pl

from mega_toys.domains.figures import ratio
from mega_toys.domains.manufacturing.columns import pieces

TIMES = ("pbt_s", "apt_s", "asut_s", "adet_s", "planned_run_time_s")
QUANTITIES = ("produced_quantity", "good_quantity", "scrap_quantity", "rework_quantity")


class Oee(dy.Schema):
    """The elements of a day, and the ratios made of them; never average a ratio."""

    pbt_s = dy.Float64(description="Planned busy time (PBT), s.")
    apt_s = dy.Float64(description="Actual production time (APT), s.")
    asut_s = dy.Float64(description="Actual unit setup time (ASUT), s.")
    adet_s = dy.Float64(description="Actual unit delay time (ADET), s.")
    produced_quantity = pieces("Produced (PQ), in orders ended that day")
    good_quantity = pieces("Good (GQ)")
    scrap_quantity = pieces("Scrap (SQ)")
    rework_quantity = pieces("To be reworked (RQ)")
    planned_run_time_s = dy.Float64(description="Planned run time of the pieces: Σ PRI × PQ, s.")
    availability = dy.Float64(nullable=True, description="APT / PBT.")
    effectiveness = dy.Float64(nullable=True, description="Σ PRI × PQ / APT; may exceed 1.")
    quality_ratio = dy.Float64(nullable=True, description="GQ / PQ.")
    oee = dy.Float64(nullable=True, description="Availability × effectiveness × quality ratio.")
    scrap_ratio = dy.Float64(nullable=True, description="SQ / PQ.")
    utilization_efficiency = dy.Float64(nullable=True, description="APT / (APT + ASUT + ADET).")
    technical_efficiency = dy.Float64(nullable=True, description="APT / (APT + ADET).")


def with_ratios(elements: pl.LazyFrame) -> pl.LazyFrame:
    """The elements with their ratios; null where there is nothing to divide by."""
    apt, asut, adet = pl.col("apt_s"), pl.col("asut_s"), pl.col("adet_s")
    produced = pl.col("produced_quantity")
    return elements.with_columns(
        availability=ratio(apt, pl.col("pbt_s")),
        effectiveness=ratio(pl.col("planned_run_time_s"), apt),
        quality_ratio=ratio(pl.col("good_quantity"), produced),
        scrap_ratio=ratio(pl.col("scrap_quantity"), produced),
        utilization_efficiency=ratio(apt, apt + asut + adet),
        technical_efficiency=ratio(apt, apt + adet),
    ).with_columns(oee=Oee.availability.col * Oee.effectiveness.col * Oee.quality_ratio.col)
