"""Columns that several tables of commerce have."""

import dataframely as dy

from mega_toys.declared.columns import choice, private


def business_day(*, primary_key: bool = False) -> dy.Date:
    """The day on which it happened, by the clock of whoever sent it."""
    return dy.Date(
        primary_key=primary_key, description="Business day: the local date that the sender wrote."
    )


def customer_id(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """The customer's number: it names a person to whoever may see the customers."""
    return dy.String(
        primary_key=primary_key,
        nullable=nullable,
        metadata=private("confidential"),
        description="Number of the customer.",
    )


def client_id(*, primary_key: bool = False) -> dy.String:
    """The browser or app of a visitor, as Google Analytics 4 knows it."""
    return dy.String(
        primary_key=primary_key,
        metadata=private("confidential"),
        description="Browser or app of the visitor.",
    )


def channel(*, primary_key: bool = False) -> dy.String:
    """Where the order was placed."""
    return choice(
        "web", "app", "marketplace", primary_key=primary_key, description="web, app or marketplace."
    )


def country(*, primary_key: bool = False) -> dy.String:
    """The country of an order or customer."""
    return dy.String(primary_key=primary_key, description="Country, ISO 3166-1 alpha-2.")


def currency(*, nullable: bool = False) -> dy.String:
    """The currency of the amounts beside it."""
    return dy.String(nullable=nullable, description="Currency of the amounts, ISO 4217.")
