"""Columns that several tables of manufacturing have."""

import dataframely as dy


def business_day(*, primary_key: bool = False) -> dy.Date:
    """The day on which it happened, by the calendar of the factory."""
    return dy.Date(
        primary_key=primary_key, description="Business day, in the time zone of the factory."
    )


def pieces(what: str) -> dy.Int64:
    """A count of toys, at least 0."""
    return dy.Int64(description=f"{what}, pieces.")
