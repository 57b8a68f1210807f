"""`mega-toys quarantine`: the records that tables rejected, and what can be done with them."""

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mega_toys.command.options import (
    AnyTable,
    Day,
    File,
    LandingDay,
    OneTable,
    Row,
    Rule,
    Who,
    none_is_so,
)
from mega_toys.command.terminal import console, errors
from mega_toys.declared.words import counted

if TYPE_CHECKING:
    from mega_toys.lake.quarantined.standing import Choice
    from mega_toys.lake.run.work import Work
    from mega_toys.operations.quarantine import Decide

commands = typer.Typer(
    no_args_is_help=True, help="See the records that tables rejected, and mend or dismiss them."
)


class Status(StrEnum):
    """How a quarantined record stands."""

    OPEN = "open"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    ANY = "any"


class By(StrEnum):
    """What quarantined records are counted by."""

    TABLE = "table"
    DAY = "day"
    RULE = "rule"
    FILE = "file"


def _choice(
    day: dt.date | None,
    rule: str | None,
    file: str | None,
    row: int | None = None,
    status: Status = Status.OPEN,
) -> "Choice":
    from mega_toys.lake.quarantined.standing import Choice

    wanted = None if status is Status.ANY else status.value
    return Choice(day=day, rule=rule, file=file, row=row, status=wanted)


def _work() -> "Work":
    import mega_toys
    from mega_toys.lake.run.work import Work

    lake = mega_toys.open()
    return Work(lake.store, lake.catalog)


@commands.command("list")
def list_(
    table: AnyTable = None,
    by: Annotated[By, typer.Option(help="What to count by, beside the table.")] = By.RULE,
    day: Day = None,
    rule: Rule = None,
    file: File = None,
    status: Annotated[Status, typer.Option(help="Only those that stand so.")] = Status.ANY,
) -> None:
    """Count the records in quarantine: open, corrected, dismissed."""
    from mega_toys.command.showing import quarantined
    from mega_toys.operations.quarantine import counted as records_counted

    rows = records_counted(_work(), _choice(day, rule, file, None, status), by.value, table)
    if rows.is_empty() and console.is_terminal:
        console.print(none_is_so(day))
    else:
        quarantined(console, rows)


@commands.command()
def show(
    table: OneTable,
    day: Day = None,
    rule: Rule = None,
    file: File = None,
    row: Row = None,
    status: Annotated[Status, typer.Option(help="Only those that stand so.")] = Status.OPEN,
    limit: Annotated[int, typer.Option(min=1, help="How many records.")] = 20,
) -> None:
    """Show records as they were received, with the reasons in words."""
    from mega_toys.command.rejected import print_records
    from mega_toys.command.showing import left_off
    from mega_toys.operations.quarantine import explained, how_many
    from mega_toys.settings import Settings

    choice, work = _choice(day, rule, file, row, status), _work()
    rows = explained(work, choice, table, Settings.load().landing_root, limit)
    print_records(rows, day)
    if rows.height == limit:
        left_off(console, how_many(work, choice, table) - limit, "record")


@commands.command()
def export(
    table: OneTable,
    day: Day = None,
    rule: Rule = None,
    file: File = None,
    row: Row = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; else they go to standard output.")
    ] = None,
) -> None:
    """Write open records as lines of JSON, to be mended and delivered."""
    from mega_toys.command.watching import Step
    from mega_toys.operations.quarantine import exported
    from mega_toys.settings import Settings

    root = Settings.load().landing_root
    with Step(errors, f"exporting from {table}"):
        lines = list(exported(_work(), _choice(day, rule, file, row), table, root))
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        console.file.write(text)
        return
    output.write_text(text, encoding="utf-8")
    told = f"{counted(len(lines), 'record')} written to {output}"
    console.print(f"{told}. Mend them there, then deliver it.")


@commands.command()
def deliver(
    file: Annotated[Path, typer.Argument(help="An export with its records mended.")],
    who: Who = None,
    why: Annotated[str | None, typer.Option(help="What was mended, for the record.")] = None,
) -> None:
    """Deliver mended records: they land as new files, which the next refresh takes in."""
    from mega_toys.operations.quarantine import somebody
    from mega_toys.operations.replay import deliver as bring
    from mega_toys.settings import Settings

    done = bring(file, Settings.load().landing_root, _work(), who or somebody(), why)
    for path in done.files:
        console.print(path, highlight=False, soft_wrap=True)
    left = f", {done.unchanged} unchanged ones left out" if done.unchanged else ""
    again = f", {done.again} were delivered before" if done.again else ""
    console.print(
        f"{counted(done.records, 'record')} delivered{left}{again}. Next: `mega-toys refresh`."
    )


@commands.command()
def replay(
    table: AnyTable = None,
    day: Day = None,
    rule: Rule = None,
    file: File = None,
) -> None:
    """Have the days of open records judged again, after a rule or what it rests on was mended."""
    from mega_toys.operations.quarantine import replay as ask

    asked = ask(_work(), _choice(day, rule, file), table)
    for name, days in asked.items():
        console.print(
            f"{name}: {counted(days, 'day')} to be judged again. Next: `mega-toys refresh`."
        )
    if not asked:
        console.print("No open record is so: there is nothing to judge again.")


@commands.command()
def dismiss(
    table: OneTable,
    why: Annotated[str, typer.Option(help="Why they are to stay as they are.")],
    day: Day = None,
    rule: Rule = None,
    file: File = None,
    row: Row = None,
    who: Who = None,
) -> None:
    """Decide that open records are to stay as they are. They stay in the quarantine."""
    from mega_toys.operations.quarantine import dismiss as decide

    _decide(decide, "dismissed", _choice(day, rule, file, row), table, who, why)


@commands.command()
def admit(
    table: OneTable,
    why: Annotated[str, typer.Option(help="Why they count although they landed so late.")],
    day: LandingDay = None,
    file: File = None,
    row: Row = None,
    who: Who = None,
) -> None:
    """Let open events in that landed outside their window, as after a week without a connection.

    They are judged as if the window were wide enough, and lie on their business days then.
    """
    from mega_toys.operations.quarantine import admit as decide

    choice = _choice(day, None, file, row)
    _decide(decide, "admitted", choice, table, who, why, " Next: `mega-toys refresh`.")


@commands.command()
def undo(
    table: OneTable,
    why: Annotated[str, typer.Option(help="Why that is not to hold any longer.")],
    day: Day = None,
    rule: Rule = None,
    file: File = None,
    row: Row = None,
    who: Who = None,
) -> None:
    """Take back that records were dismissed or admitted: they are open again."""
    from mega_toys.operations.quarantine import undo as take_back

    choice = _choice(day, rule, file, row)
    _decide(take_back, "open again", choice, table, who, why, " Next: `mega-toys refresh`.")


def _decide(
    decide: "Decide",
    become: str,
    choice: "Choice",
    table: str,
    who: str | None,
    why: str,
    then: str = "",
) -> None:
    from mega_toys.operations.quarantine import somebody

    if not why.strip():
        raise typer.BadParameter("Say why.", param_hint="--why")
    done = decide(_work(), choice, table, who or somebody(), why)
    console.print(f"{counted(done, 'record')} {become}.{then if done else ''}")
