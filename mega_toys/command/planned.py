"""What a refresh would do, as the command prints it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from mega_toys.command.grids import Column, put
from mega_toys.command.previewed import put_costs
from mega_toys.command.terminal import of_older_code
from mega_toys.declared.days import said
from mega_toys.declared.words import counted
from mega_toys.ingestion.landing import refuse_missing
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.ignored import ignored_files
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.run.work import Work
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.plan import Expected, Plan, Reason
from mega_toys.operations.preview import costs_of, remember
from mega_toys.operations.problems import Problem, damaged
from mega_toys.operations.rebuild import built_by_other_code, to_make_anew
from mega_toys.operations.refresh import why_blocked
from mega_toys.operations.set_aside import SetAside, blocked_by
from mega_toys.settings import Settings

ANEW = Reason("--changed-code", "other code built it")


def plan_of(lake: Reader) -> Plan:
    """What is to do, as the lake and the landing zone stand."""
    settings = Settings.load()
    work = Work(lake.store, lake.catalog, memory_mb=settings.memory_mb)
    return Plan(work, Listing(settings.landing_root))


def planned(console: Console, lake: Reader, *, why: bool, costs: bool, changed_code: bool) -> bool:
    """Table by table what a refresh would do and why, what that would cost, or both.

    With `changed_code` what it would make anew, too.

    Whether it could do all: damaged tables, and what rests on them, are told apart.
    """
    whole = plan_of(lake)
    refuse_missing(whole.listing.root)
    catalog = SetAside.of(whole.work).others(lake.catalog)
    plan = replace(whole, work=replace(whole.work, catalog=catalog))
    with naming_damage(plan.work):
        made_anew = to_make_anew(plan.work, plan.listing) if changed_code else []
        anew = frozenset(str(table.name) for table in made_anew)
        expected = list(plan.expected(anew))
        ignored = ignored_files(lake.catalog.bronze, plan.work, plan.listing)
        older = [one for one in built_by_other_code(plan.work) if str(one.name) not in anew]
    damage = list(damaged(whole.work))
    if expected and why:
        _put(console, expected, anew)
    if expected and costs:
        found = costs_of(expected, anew)
        put_costs(console, found)
        remember(found, plan.work)
    if not (expected or damage or older):
        console.print("Nothing to do: every table is up to date.")
    if older:
        console.print(of_older_code(len(older)), soft_wrap=True)
    if ignored:
        told = f"{counted(len(ignored), 'file')} of no table would be noted as ignored."
        console.print(told, soft_wrap=True)
    _put_damage(console, damage, whole.work)
    return not damage


def _put_damage(console: Console, damage: Sequence[Problem], work: Work) -> None:
    """The tables that are damaged, and those that rest on them."""
    for one in damage:
        console.print(Text("damaged", "red").append(f" {one.told}", ""), soft_wrap=True)
    for name, of in blocked_by([one.table for one in damage], work).items():
        told = f" {name}, which rests on {', '.join(sorted(of))}"
        console.print(Text("blocked", "red").append(told, ""), soft_wrap=True)


def _put(console: Console, expected: Sequence[Expected], anew: frozenset[str]) -> None:
    put(
        console,
        [
            Column("table", [str(one.todo.table.name) for one in expected]),
            Column("what", [_what(one, anew) for one in expected], wraps=True),
            Column("why", ["; ".join(_why(one, anew)) for one in expected], wraps=True),
        ],
    )
    blocked = sum(bool(one.blocking) for one in expected)
    console.print(
        f"A refresh would look at {counted(len(expected), 'table')}"
        + (f", {blocked} of them blocked." if blocked else "."),
        soft_wrap=True,
    )


def _what(one: Expected, anew: frozenset[str]) -> Text:
    """How much is to be done, as far as it shows before it is done."""
    table = one.todo.table
    if one.blocking:
        return Text(why_blocked(str(table.name), one.blocking), "red")
    if str(table.name) in anew or one.todo.has_other_columns:
        return Text("make anew")
    if not one.todo.has_news:
        return Text("follow" if one.after else "check")
    days = one.todo.days_if_known()
    of_days = f"{counted(len(days), 'day')}: {said(days)}" if days else ""
    files = len(one.todo.arrivals.files) if one.todo.arrivals else 0
    parts = [counted(files, "file")] * bool(files) + [of_days] * bool(of_days)
    return Text(", ".join(parts) or "build")


def _why(one: Expected, anew: frozenset[str]) -> Iterator[str]:
    """Who asked for it, and for what."""
    reasons = [ANEW] * (str(one.todo.table.name) in anew) + list(one.todo.reasons())
    yield from (f"{reason.asked_by}: {reason.told}" for reason in reasons)
    if one.after:
        more = f" and {len(one.after) - 1} more" if len(one.after) > 1 else ""
        yield f"{one.after[0]}{more}: built before"
