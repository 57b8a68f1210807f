"""What `try` prints: how a file was read, its fields and first rows, and what to declare."""

import datetime as dt
import tempfile
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.text import Text

from mega_toys.command.grids import Column, columns_of, fits, put, put_records
from mega_toys.command.terminal import errors
from mega_toys.command.watching import Step
from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.sent_as import BY_DEFAULT
from mega_toys.declared.table import FIRST_BUSINESS_DAY, Bronze
from mega_toys.declared.window import WINDOW
from mega_toys.declared.words import counted
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing_file import LandingFile, calendar_day, text_of
from mega_toys.lake.own.files import dataset_of
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.saved import of_texts
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place, place_of
from mega_toys.operations.trying.naming import identifier
from mega_toys.operations.trying.proposal import Proposal, written
from mega_toys.operations.trying.rejected import business_day
from mega_toys.operations.trying.tried import Reading, as_new, better, by_dataset

_NEW = "new"  # the domain where none is named
_SHOWN = 3  # rows
_REJECTED = 10


def try_file(
    console: Console, lake: Reader, path: Path, dataset: str | None, sheet: str | None
) -> bool:
    """Read a file and print what was found; whether all of its records would be accepted."""
    name, table = _dataset(path, dataset, lake)
    file = _file(path, name)
    with tempfile.TemporaryDirectory() as nowhere:
        root = place_of(nowhere)
        try:
            if table is None:
                with Step(errors, f"reading {path.name}"):
                    proposal, found = as_new(file, root, _sheet(sheet))
                _say_new(console, file, proposal, found, name)
            else:
                found = _say_known(console, file, table, Work(lake.store, lake.catalog), root)
        except UnreadableFileError as error:
            raise MegaToysError(f"{path.name}: {error}.") from error
    return not found.unreadable and not found.rejected


def _dataset(path: Path, named: str | None, lake: Reader) -> tuple[tuple[str, str], Bronze | None]:
    """The dataset that is named, or in whose folder the file lies; and its table, if it has one."""
    tables = {dataset_of(one): one for one in lake.catalog.bronze}
    if named is None:
        parts = path.resolve().parts
        days = [at for at, part in enumerate(parts) if at > 1 and calendar_day(part)]
        named_so = (_NEW, identifier(path.name.partition(".")[0]))
        domain, dataset = parts[days[-1] - 2 : days[-1]] if days else named_so
    else:
        asked = named.replace("/", ".").split(".")
        domain, dataset = asked[0], asked[-1]
        if len(asked) < 2 or not (domain.isidentifier() and dataset.isidentifier()):
            raise MegaToysError(f"`{named}` is no dataset: <domain>.<dataset> is wanted.")
    return (domain, dataset), tables.get(f"{domain}.{dataset}")


def _file(path: Path, name: tuple[str, str]) -> LandingFile:
    """A file anywhere, as if it landed today."""
    if not path.is_file():
        raise MegaToysError(f"There is no file {path}.")
    stat, parts = path.stat(), path.resolve().parts
    days = [at for at, part in enumerate(parts) if calendar_day(part)]
    day = parts[days[-1]] if days else str(dt.datetime.now(dt.UTC).date())
    below = parts[days[-1] + 1 :] if days else [path.name]
    return LandingFile(
        path=text_of("/".join([*name, day, *below])),
        location=path,
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        changed_ns=stat.st_ctime_ns,
        inode=stat.st_ino,
    )


def _sheet(told: str | None) -> str | int | None:
    return int(told) if told and told.isdecimal() else told


def _say_known(
    console: Console, file: LandingFile, table: Bronze, work: Work, root: Place
) -> Reading:
    """How a dataset takes the file, and the declaration by which it would take more of it."""
    with Step(errors, f"reading {file.path}"):
        found = by_dataset(file, table, work, root)
    _line(console, f"{file.path.rsplit('/', 1)[-1]} as {table.name} takes it: {_how(file, found)}")
    if found.unreadable:
        _line(console, f"unreadable: {found.unreadable}.", "red")
    else:
        _show(console, found, list(table.fields))
    with Step(errors, f"reading {file.path} otherwise"):
        fitting = better(file, table, work, root, found)
    if fitting is None:
        return found
    _line(console, "")
    _line(console, f"It fits better {_how(file, fitting)}.", "bold")
    _show(console, fitting, list(table.fields))
    _line(console, f"Put this into the `Dataset` of {table.name}:\n", "bold")
    _line(console, f"        sent_as={written(fitting.sent_as, 8)},")
    if fitting.sent_as.zone:
        _line(console, "\nNo file tells the zone of its local times: say the partner's for `UTC`.")
    _line(console, "\nWith it goes `from mega_toys.declared.sent_as import SentAs`.")
    return found


def _say_new(
    console: Console, file: LandingFile, proposal: Proposal, found: Reading, name: tuple[str, str]
) -> None:
    _line(console, f"{file.path.rsplit('/', 1)[-1]} as a new dataset: {_how(file, found)}")
    put(
        console,
        [
            Column("in the file", [one.source for one in proposal.fields.values()], wraps=True),
            Column("field", list(proposal.fields)),
            Column("type", [one.kind for one in proposal.fields.values()]),
            Column("null", ["yes" if one.nullable else "" for one in proposal.fields.values()]),
            Column("", [one.note for one in proposal.fields.values()], wraps=True, spare=1),
        ],
    )
    _show(console, found, list(proposal.fields))
    place = f"mega_toys/domains/{name[0]}/bronze/{name[1]}.py"
    _line(console, f"Put this into {place}; each folder has an `__init__.py`:\n", "bold")
    _line(console, proposal.source(*name, file.path.rsplit("/", 1)[-1]))
    if proposal.left_out:
        named = ", ".join(f"`{one.source}` ({one.note})" for one in proposal.left_out)
        _line(console, f"No field holds {named}: bronze keeps them in `_rescued`.")
    if proposal.remarks:
        many = counted(proposal.remarks, "last record")
        _line(
            console,
            f"Of the {many} nothing was guessed, for remarks stand there below the table: silver "
            "quarantines what they lack, or ask the partner to leave them out.",
        )
    if proposal.has_total:
        _line(
            console,
            "The last record sums up the others: nothing was guessed by it, and silver quarantines "
            "it for what it lacks. Where every delivery has one, let the table tolerate it "
            "(`tolerates=`), or ask the partner to leave it out.",
        )
    if proposal.alike:
        _line(
            console,
            f"No fields name a record for sure: {counted(proposal.alike, 'record')} of them have "
            "the key of another one, and would be taken for a repetition of it. Say the key that "
            "you know.",
        )
    _say_window(console, proposal, found, calendar_day(file.path.split("/")[2]))
    if proposal.sequence is None:
        _line(
            console,
            "No field tells the newest version of a record. Where what is received last is the "
            "newest, declare `sequence=LANDING`; `Events` need none.",
        )


def _say_window(
    console: Console, proposal: Proposal, found: Reading, landed: dt.date | None
) -> None:
    """What must be declared for records of long ago."""
    time = proposal.business_time
    if time is None or landed is None or not found.rows.width:
        return
    oldest = found.rows.select(business_day(time).min()).item()
    if oldest is None or (landed - oldest).days <= (WINDOW.after or 0):
        return
    day = f"dt.date({landed.year}, {landed.month}, {landed.day})"
    _line(
        console,
        f"Its oldest record is of {oldest}. `Events` take such a first load where they declare "
        f"`window=Window(first_load={day})`, and records however late with `Window(after=None)` "
        "(`from mega_toys.declared.window import Window`).",
    )
    if oldest < FIRST_BUSINESS_DAY:
        year = f"dt.date({oldest.year}, 1, 1)"
        _line(console, f"`Current` takes days before 2000 where it declares `first_day={year}`.")


def _how(file: LandingFile, found: Reading) -> str:
    declared = "" if found.sent_as == BY_DEFAULT else f", by {found.sent_as!r}"
    return f"read as {file.format}{declared}"


def _show(console: Console, found: Reading, fields: list[str]) -> None:
    """The first rows, and what would be quarantined."""
    rows = found.rows.select(fields).head(_SHOWN) if found.rows.width else pl.DataFrame()
    if rows.width:
        columns = columns_of(of_texts(rows))
        put(console, columns) if fits(console, columns) else put_records(console, columns)
    some = "" if found.is_whole else "the first "
    total = f"{some}{counted(found.rows.height, 'record')}"
    would = f"{found.faults:,} would be quarantined" if found.faults else "all would be accepted"
    _line(console, f"{total}: {would}." if found.rows.height else "It holds no records.", "bold")
    for one in found.rejected[:_REJECTED]:
        _line(console, f"  {one.records:,} by {', '.join(one.rules)}; row {one.row}:")
        for reason in one.reasons:
            _line(console, f"    {reason}")


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True, highlight=False)
