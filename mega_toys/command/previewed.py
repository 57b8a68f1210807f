"""What a refresh would cost, as the command prints it."""

from collections.abc import Sequence

from rich.console import Console

from mega_toys.command.grids import Column, put
from mega_toys.declared.words import counted
from mega_toys.operations.preview import Cost

NOT_KNOWN = "not known"


def put_costs(console: Console, found: Sequence[Cost]) -> None:
    """Table by table days, files, rows, bytes, minutes and memory; then all of them."""
    put(
        console,
        [
            Column("table", [one.table for one in found]),
            Column("days", [str(one.days or "") for one in found], right=True),
            Column("files", [str(one.files or "") for one in found], right=True),
            Column("rows", [_number(one.rows) for one in found], right=True),
            Column("bytes", [_number(one.bytes) for one in found], right=True),
            Column("minutes", [_minutes(one.seconds) for one in found], right=True),
            Column("peak MB", [_number(one.peak_mb) for one in found], right=True),
        ],
    )
    known = [one for one in found if one.seconds is not None]
    if known:
        minutes = _minutes(sum(one.seconds or 0 for one in known))
        most = max(one.peak_mb or 0 for one in known)
        told = f"Expected by the last builds: {minutes} minutes, {most:,.0f} MB at most."
        console.print(told, soft_wrap=True)
    if unknown := len(found) - len(known):
        told = "none of the last builds tells what it takes"
        console.print(f"{counted(unknown, 'table')} {NOT_KNOWN}: {told}.", soft_wrap=True)


def _number(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:,.0f}"


def _minutes(seconds: float | None) -> str:
    return NOT_KNOWN if seconds is None else f"{seconds / 60:.2f}"
