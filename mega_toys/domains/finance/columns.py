"""Columns that several tables of finance have."""

import dataframely as dy

from mega_toys.declared.columns import private


def business_day(*, primary_key: bool = False) -> dy.Date:
    """The day on which it was posted, by the clock of whoever sent it."""
    return dy.Date(
        primary_key=primary_key, description="Business day: the local date that the sender wrote."
    )


def confidential_money(description: str, *, nullable: bool = False) -> dy.Decimal:
    """An exact amount that outsiders must not see: Decimal(18, 4)."""
    return dy.Decimal(
        18, 4, nullable=nullable, metadata=private("confidential"), description=description
    )
