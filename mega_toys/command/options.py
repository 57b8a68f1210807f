"""What several commands have: exit codes, and the values of options."""

import datetime as dt
from typing import Annotated

import typer

from mega_toys.declared.days import day_of
from mega_toys.declared.errors import LakeError
from mega_toys.declared.words import DAY_OF_THE_ACCOUNTS

CHECK_FAILED, COULD_NOT_RUN = 1, 2  # exit codes


def day(text: str) -> dt.date:
    """A day as YYYY-MM-DD."""
    try:
        return day_of(text)
    except LakeError as error:
        raise typer.BadParameter(str(error)) from None


OneTable = Annotated[str, typer.Argument(help="The silver table: commerce.silver.orders")]
AnyTable = Annotated[str | None, typer.Argument(help="The silver table; all, where none is named.")]
Day = Annotated[
    dt.date | None,
    typer.Option(
        parser=day, help=f"Only of this day of the accounts, YYYY-MM-DD. {DAY_OF_THE_ACCOUNTS}"
    ),
]
LandingDay = Annotated[
    dt.date | None,
    typer.Option(parser=day, help="Only what landed on this day, YYYY-MM-DD."),
]


def none_is_so(day: dt.date | None) -> str:
    """That no quarantined record is as asked for; where a day was, what such a day is."""
    return "Nothing in quarantine is so." + (f" {DAY_OF_THE_ACCOUNTS}" if day else "")


Rule = Annotated[str | None, typer.Option(help="Only what breaks this rule.")]
File = Annotated[
    str | None, typer.Option(help="Only of this file, its path below the landing root; * is any.")
]
Row = Annotated[int | None, typer.Option(help="Only the record at this place of its file.")]
Who = Annotated[str | None, typer.Option(help="Who decides; you, by your user name, by default.")]
