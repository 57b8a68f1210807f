"""Columns that several tables of supply have."""

import dataframely as dy


def business_day(*, primary_key: bool = False) -> dy.Date:
    """The day on which it moved, by the clock of whoever sent it."""
    return dy.Date(
        primary_key=primary_key, description="Business day: the local date that the sender wrote."
    )


def pieces(what: str) -> dy.Int64:
    """A count of toys; negative where more left than there was."""
    return dy.Int64(description=f"{what}, pieces.")
