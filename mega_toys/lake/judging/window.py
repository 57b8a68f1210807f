"""When an event must have landed to belong to its business day."""

import polars as pl

from mega_toys.declared.window import Window

OUT_OF_WINDOW = "landed_within_window"  # the rule that an event outside of it breaks


def within(window: Window) -> pl.Expr:
    """Whether a record landed within the window of its `_business_day`; null where it has none."""
    landed = pl.col("_landed_on")
    later = (landed - pl.col("_business_day")).dt.total_days()
    is_soon = later >= -window.before
    if window.after is None:
        return is_soon
    in_time = later <= window.after
    if window.first_load:
        in_time |= landed <= window.first_load
    return is_soon & in_time


def told(window: Window) -> str:
    """The window in words, as what a landing day must be."""
    first = f"from {window.before} day{'' if window.before == 1 else 's'} before"
    if window.after is None:
        return f"{first} its business day on"
    days = f"{first} to {window.after} day{'' if window.after == 1 else 's'} after its business day"
    return f"{days}, or not after {window.first_load}" if window.first_load else days
