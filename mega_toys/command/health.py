"""What the command prints of how tables and the set-up stand."""

import datetime as dt
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from mega_toys.command.grids import Column, put
from mega_toys.command.planned import plan_of
from mega_toys.declared.errors import LakeError
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.store.lock import holder
from mega_toys.operations.problems import findings_that_stop_nothing
from mega_toys.operations.retired import retired, retired_told
from mega_toys.operations.status import Status, stand
from mega_toys.settings import Settings

_COLOURS = {"well": "", "odd": "yellow", "wrong": "red"}


def status(console: Console, lake: Reader) -> bool:
    """How every table stands; whether all are up to date."""
    if not any(lake.store.exists(name) for name in lake.names):
        raise LakeError(f"The lake {lake.store.place} is empty. Run `mega-toys refresh` first.")
    plan = plan_of(lake)
    wrong, found = stand(plan)
    standing = list(findings_that_stop_nothing(plan.work))
    put(console, list(_how_it_stands(found, dt.datetime.now(dt.UTC))))
    for one in (*wrong, *standing):
        colour = "yellow" if one.kind == "warning" else "red"
        console.print(Text(one.kind, colour).append(f" {one.told}", ""), soft_wrap=True)
    for old in retired(plan.work):
        console.print(Text("retired", "yellow").append(f" {retired_told(old)}", ""), soft_wrap=True)
    if who := holder(lake.store.root):
        console.print(f"A refresh is under way: {who}.", soft_wrap=True)
    return not wrong and all(one.up_to_date for one in found)


def _how_it_stands(found: list[Status], now: dt.datetime) -> Iterator[Column]:
    yield Column("table", [one.table for one in found])
    yield Column("is", [_standing(one, now) for one in found], wraps=True)
    yield Column("days to", [_days(one) for one in found], spare=1)
    yield Column("open", [str(one.open or "") for one in found], right=True)
    yield Column("quarantined", [str(one.quarantined or "") for one in found], spare=3, right=True)
    at = [f"{one.taken_in_at:%Y-%m-%d %H:%M}" if one.taken_in_at else "" for one in found]
    yield Column("taken in", at, spare=2)


def _days(one: Status) -> str:
    """Its newest day that is closed … and its newest provisional one."""
    closed, provisional = one.newest_closed, one.newest_provisional
    if closed and provisional and closed.year == provisional.year:
        return f"{closed}…{provisional:%m-%d}"
    return f"{closed or ''}…{provisional or ''}" if closed or provisional else ""


def _standing(one: Status, now: dt.datetime) -> Text:
    return Text("; ").join(Text(told, _COLOURS[weight]) for told, weight in one.told(now))


def doctor(console: Console, lake: Reader) -> bool:
    """What is well and what is not; whether all is."""
    from mega_toys.command.doctor import findings  # which knows the UI's processes, too

    found = list(findings(Settings.load(), lake.catalog))
    for one in found:
        mark = "[green]ok[/]" if one.well else "[red]wrong[/]"
        console.print(f"{mark} {one.what}: {escape(one.said)}", soft_wrap=True)
    return all(one.well for one in found)
