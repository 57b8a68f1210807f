"""Transforms that leave out records, or make some."""

from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.table import FromBronze
from mega_toys.declared.words import counted


def refuse_uncounted(table: FromBronze, valid: int, mapped: int) -> None:
    """Raise DeclarationError where a transform maps so many valid records to other than as many."""
    if mapped != valid:
        raise DeclarationError(_uncounted(table, valid, mapped))


def _uncounted(table: FromBronze, valid: int, mapped: int) -> str:
    """Why a transform may leave out no record, and make none, and what to declare instead."""
    way = (
        "Declare what is not wanted as a rule of the table: then it goes to the quarantine under "
        "that name; or leave it out in a table that reads this one."
        if mapped < valid
        else "Make the further rows in a table that reads this one."
    )
    return (
        f"{table.name} makes {counted(mapped, 'row')} of {counted(valid, 'valid record')}: its "
        f"accounts would not add up, since each record is one row. {way}"
    )
