"""What several commands have: exit codes, and the values of options."""

import datetime as dt
from typing import Annotated

import typer

from mega_toys.declared.days import day_of
from mega_toys.declared.errors import LakeError

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
    typer.Option(parser=day, help="Only of this day of the accounts, YYYY-MM-DD."),
]
Rule = Annotated[str | None, typer.Option(help="Only what breaks this rule.")]
File = Annotated[
    str | None, typer.Option(help="Only of this file, its path below the landing root; * is any.")
]
Row = Annotated[int | None, typer.Option(help="Only the record at this place of its file.")]
Who = Annotated[str | None, typer.Option(help="Who decides; you, by your user name, by default.")]
