"""The web shop's customers in all their versions."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import History
from mega_toys.domains.commerce.bronze.customers import ReceivedCustomers
from mega_toys.domains.commerce.columns import country, customer_id


class Customers(columns.Versioned):
    """One version of a customer's record."""

    customer_id = customer_id(primary_key=True)
    email = dy.String(metadata=columns.private("personal"), description="E-mail address.")
    full_name = dy.String(metadata=columns.private("personal"), description="First and last name.")
    phone = dy.String(
        nullable=True, metadata=columns.private("personal"), description="Telephone number."
    )
    birth_date = dy.Date(
        nullable=True, metadata=columns.private("personal"), description="Date of birth."
    )
    country = country()
    signed_up_at = columns.instant(description="When the customer signed up.")
    marketing_consent = dy.Bool(description="Whether the customer may be sent advertising.")
    updated_at = columns.instant(description="When the customer's record changed.")


def customers(received: dy.LazyFrame[ReceivedCustomers]) -> pl.LazyFrame:
    """A customer is kept as received."""
    return received


TABLE = History(
    rows=Customers,
    received_from=ReceivedCustomers,
    build=customers,
    contract=Contract(owner="commerce-data", published=True, privacy="personal"),
)
