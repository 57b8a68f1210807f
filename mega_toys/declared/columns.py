"""Columns that the lake gives every table of a kind, with the types in which they are stored."""

import re
from collections.abc import Mapping
from typing import Any

from mega_toys.declared.contract import Privacy
from mega_toys.declared.schemas import dy


def instant(
    *, nullable: bool = False, primary_key: bool = False, description: str | None = None
) -> dy.Datetime:
    """An instant, stored as UTC microseconds."""
    return dy.Datetime(
        nullable=nullable,
        primary_key=primary_key,
        time_zone="UTC",
        time_unit="us",
        description=description,
    )


def money(
    *,
    nullable: bool = False,
    primary_key: bool = False,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> dy.Decimal:
    """An exact amount: Decimal(18, 4)."""
    return dy.Decimal(
        18,
        4,
        nullable=nullable,
        primary_key=primary_key,
        metadata=dict(metadata or {}),
        description=description,
    )


def private(privacy: Privacy) -> dict[str, Any]:
    """Metadata that classifies a column: `dy.String(metadata=private("personal"))`."""
    return {"privacy": privacy}


def weakened(privacy: Privacy, because: str) -> dict[str, Any]:
    """Metadata of a column that is of a weaker class than what its values come from, and why.

    As `dy.Int64(metadata=weakened("internal", because="a count"))`: a function that masks or
    aggregates, so that nobody learns from it what is kept back there.
    """
    return {"privacy": privacy, "because": because}


def choice(
    *values: str,
    nullable: bool = False,
    primary_key: bool = False,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> dy.String:
    """A text that is one of these values."""
    return dy.String(
        nullable=nullable,
        primary_key=primary_key,
        regex=f"^({'|'.join(map(re.escape, values))})$",
        metadata={**(metadata or {}), "choices": values},
        description=description,
    )


class Accepted(dy.Schema):
    """Where the accepted record of a row came from."""

    _file = dy.String(description="File of the accepted record, below the landing root.")
    _row = dy.Int64(description="Position of the accepted record in its file.")
    _landed_on = dy.Date(description="Landing day of the accepted record.")
    _ingested_at = instant(description="When the accepted record's file was ingested.")


class Versioned(Accepted):
    """A `History` table: one row per version of a key."""

    valid_from = instant(
        primary_key=True, description="Sequence of the record that begins this version."
    )
    valid_to = instant(
        nullable=True, description="Begin of the next version; null for the current one."
    )
    is_current = dy.Bool(description="Whether this is the key's newest version.")
