"""The values of options that several commands take."""

import datetime as dt
import re

import typer

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def day(text: str) -> dt.date:
    """A day as YYYY-MM-DD."""
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"`{text}` is no day: YYYY-MM-DD is wanted.")
