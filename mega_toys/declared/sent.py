"""How a field is sent, and what is valid in it: the vocabulary of the bronze declarations.

Each function gives a column of a bronze schema. What the spec says of the field travels in the
column's metadata as one `Sent`, from which reading, rescue and the fixed rules are made.
"""

from collections.abc import Mapping
from typing import Any

from mega_toys.declared.field import Sent
from mega_toys.declared.schemas import dy


def of(column: dy.Column) -> Sent | None:
    """What the column says of its field; none where the column is not a source's."""
    return (column.metadata or {}).get("sent")


def fields_of(rows: type[dy.Schema]) -> dict[str, Sent]:
    """The source's fields of a bronze schema, in order."""
    found = {name: of(column) for name, column in rows.columns().items()}
    return {name: sent for name, sent in found.items() if sent is not None}


def _kept(sent: Sent, personal: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {"nullable": True, "metadata": {"sent": sent}}
    if personal:
        kept["metadata"]["privacy"] = "personal"
    return kept


def text(
    *choices: str,
    optional: bool = False,
    longest: int | None = None,
    letters: int | None = None,
    is_time_zone: bool = False,
    personal: bool = False,
) -> dy.String:
    """A string or an integer, trimmed; of the choices, where there are any."""
    sent = Sent(
        type="text",
        required=not optional,
        choices=choices,
        longest=longest,
        letters=letters,
        is_time_zone=is_time_zone,
    )
    return dy.String(**_kept(sent, personal))


def whole(
    at_least: int | None = None, at_most: int | None = None, *, optional: bool = False
) -> dy.Int64:
    """A number without fraction, within 64 bits; the range is inclusive."""
    sent = Sent(type="int", required=not optional, at_least=at_least, at_most=at_most)
    return dy.Int64(**_kept(sent, False))


def number(
    at_least: float | None = None,
    at_most: float | None = None,
    *,
    more_than: float | None = None,
    optional: bool = False,
) -> dy.Float64:
    """A finite number; the range is inclusive, `more_than` is strict."""
    sent = Sent(
        type="number",
        required=not optional,
        at_least=at_least,
        at_most=at_most,
        more_than=more_than,
    )
    return dy.Float64(**_kept(sent, False))


def money(at_least: int | None = None, *, optional: bool = False) -> dy.Decimal:
    """An exact amount of at most four decimals and 18 digits."""
    return dy.Decimal(
        18, 4, **_kept(Sent(type="money", required=not optional, at_least=at_least), False)
    )


def flag(*, optional: bool = False) -> dy.Bool:
    """True or false."""
    return dy.Bool(**_kept(Sent(type="bool", required=not optional), False))


def date(*, optional: bool = False, personal: bool = False) -> dy.Date:
    """A calendar day."""
    return dy.Date(**_kept(Sent(type="date", required=not optional), personal))


def time(*, optional: bool = False) -> dy.String:
    """An instant with its offset, kept as the text that was sent."""
    return dy.String(**_kept(Sent(type="time", required=not optional), False))


def items(*, may_be_empty: bool = False, **fields: dy.Column) -> dy.String:
    """A list of objects, kept as JSON text."""
    sent = Sent(type="list", fields=_sent(fields), may_be_empty=may_be_empty)
    return dy.String(**_kept(sent, False))


def values(item: dy.Column, *, may_be_empty: bool = False, optional: bool = False) -> dy.String:
    """A list of plain values, as `values(text())`, kept as JSON text."""
    kept = Sent(type="list", required=not optional, item=of(item), may_be_empty=may_be_empty)
    return dy.String(**_kept(kept, False))


def record(*, optional: bool = False, personal: bool = False, **fields: dy.Column) -> dy.String:
    """An object, kept as JSON text."""
    return dy.String(
        **_kept(Sent(type="object", required=not optional, fields=_sent(fields)), personal)
    )


def _sent(fields: Mapping[str, dy.Column]) -> dict[str, Sent]:
    found = {name: of(column) for name, column in fields.items()}
    return {name: sent for name, sent in found.items() if sent is not None}


class Received(dy.Schema):
    """What every bronze table adds to the fields of its source."""

    _rescued = dy.String(
        nullable=True,
        description="JSON text of all that did not fit: an object of fields, "
        "or the text of an unreadable record.",
    )
    _unfit = dy.List(
        dy.String(), nullable=True, description="Declared fields whose value did not fit its type."
    )
    _file = dy.String(description="The file's path below the landing root.")
    _row = dy.Int64(description="Position of the record in its file, from 0.")
    _landed_on = dy.Date(description="UTC day on which the file arrived.")
    _ingested_at = dy.Datetime(time_zone="UTC", description="Instant of ingestion.")
