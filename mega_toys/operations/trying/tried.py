"""One file read without taking it in, by a dataset or as none has had it before."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from mega_toys.declared.field import Sent, Type
from mega_toys.declared.sent_as import Declared, SentAs
from mega_toys.declared.table import Bronze
from mega_toys.ingestion.decoding.fitted import frames, read
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.formats.unread import Unread
from mega_toys.ingestion.landing_file import LandingFile, sent_as_of
from mega_toys.lake.fields.native import Columnar, plain
from mega_toys.lake.judging.judge import Judge
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.quarantined.reasons import Reasons
from mega_toys.lake.run.known import known_now
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place
from mega_toys.operations.trying.columns import (
    Column,
    Values,
    column_of,
    flattened,
    signs_of_numbers,
)
from mega_toys.operations.trying.declaring import declared_of
from mega_toys.operations.trying.form import form_of
from mega_toys.operations.trying.last_records import without_remarks, without_total
from mega_toys.operations.trying.naming import matched
from mega_toys.operations.trying.proposal import Proposal, proposal_of
from mega_toys.operations.trying.rejected import Fields, Rejected, rejected_as_new

MOST = 100_000  # records that are looked at


@dataclass
class Reading:
    """What a file gives by a declaration: its rows, or why there are none."""

    sent_as: SentAs
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    unreadable: str = ""
    rejected: list[Rejected] = field(default_factory=list)
    is_whole: bool = True  # else only the first records were looked at

    @property
    def faults(self) -> int:
        """Records that would be quarantined, each once; very many where the file is unreadable."""
        if self.unreadable:
            return MOST + 1
        return len({row for one in self.rejected for row in one.rows})


def reading(file: LandingFile, fields: Fields, declared: Declared) -> Reading:
    """The bronze rows of a file, the first of very many."""
    found, batches, height = Reading(sent_as_of(file.path, declared)), [], 0
    try:
        for batch in read(file, fields, declared):
            batches.append(batch)
            height += batch.records.height
            if height >= MOST:
                found.is_whole = False
                break
    except UnreadableFileError as error:
        found.unreadable = str(error)
    if batches and not found.unreadable:
        at = dt.datetime.now(dt.UTC)
        found.rows = pl.concat(list(frames(batches, fields, at))).sort("_row")
    return found


def by_dataset(file: LandingFile, table: Bronze, work: Work, root: Place) -> Reading:
    """What a file gives a dataset as it is declared now, and what would be quarantined of it."""
    return _judged(reading(file, table.fields, table.dataset.sent_as), table, work, root)


def better(
    file: LandingFile, table: Bronze, work: Work, root: Place, now: Reading
) -> Reading | None:
    """What it gives by the declaration that would fit it; none where that is no better."""
    try:
        form, raw = _raw(file)
    except UnreadableFileError:
        return None
    names = matched(list(raw), list(table.fields))
    signs = signs_of_numbers({source: raw[source] for source in names}, form.separator)
    form = replace(form, decimal=signs.decimal, thousands=signs.thousands)
    columns = [
        _of_type(column_of(source, raw[source], signs), table.fields[name].type)
        for source, name in names.items()
    ]
    declared = declared_of(columns, names, form)
    if not names or declared == now.sent_as:
        return None
    found = _judged(reading(file, table.fields, declared), table, work, root)
    return found if found.faults < now.faults else None


def _of_type(column: Column, kind: Type) -> Column:
    """A column with what must be declared for a field of a type, and nothing else."""
    numbers = ("int", "number", "money")
    if column.kind == kind or (kind in numbers and column.kind in numbers):
        return column
    return Column(source=column.source, kind="text", values=(), nullable=True)


def as_new(
    file: LandingFile, root: Place, sheet: str | int | None = None
) -> tuple[Proposal, Reading]:
    """The dataset that a file would make, and what the file gives it.

    Raises UnreadableFileError where it cannot be read at all.
    """
    form, every = _raw(file, sheet)
    raw, has_total = without_total(every)
    is_sheet = not has_total and file.format in ("csv", "xlsx")
    raw, remarks = without_remarks(raw) if is_sheet else (raw, 0)
    signs = signs_of_numbers(raw, form.separator)
    form = replace(form, decimal=signs.decimal, thousands=signs.thousands)
    columns = [column_of(*one, signs) for one in raw.items()]
    proposal = proposal_of(columns, form)
    proposal = replace(proposal, has_total=has_total, remarks=remarks)
    found = reading(file, proposal.types, proposal.sent_as)
    if found.unreadable:
        raise UnreadableFileError(found.unreadable)
    if found.rows.width:
        unread = Unread(root, proposal.sent_as)
        found.rejected += rejected_as_new(
            found.rows, proposal.types, proposal.business_time, unread
        )
    return proposal, found


def _raw(file: LandingFile, sheet: str | int | None = None) -> tuple[SentAs, dict[str, Values]]:
    """The form of a file, and the values of its columns as they are sent."""
    form, names = form_of(file, sheet)
    wanted = {name: Sent(type="text") for name in dict.fromkeys(names) if name}
    columns: dict[str, list[Any]] = {name: [] for name in wanted}
    height = 0
    for batch in read(file, wanted, form):
        readable = [at not in batch.records.unreadable for at in range(batch.records.height)]
        for name, values in columns.items():
            sent = batch.records.columns.get(name)
            listed = plain(sent) if isinstance(sent, Columnar) else sent or []
            values += [v for v, fine in zip(listed, readable, strict=False) if fine]
        height += batch.records.height
        if height >= MOST:
            break
    return form, flattened(columns)


def _judged(found: Reading, table: Bronze, work: Work, root: Place) -> Reading:
    """With what would be quarantined of the rows, by the table that takes them."""
    silver = next((one for one in work.catalog.from_bronze if one.bronze == table.name), None)
    if silver is None or not found.rows.width:
        return found
    judge = Judge(silver, table, known_now(silver, work))
    _, parts = judge.judged(judge.placed(found.rows.lazy()).collect())
    records = quarantine_tables.rejected(pl.concat(parts), table.fields, work.now())
    unread = Unread(root, found.sent_as)
    reasons = Reasons.of(silver, work, unread.why, unread.sent_as)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in records.iter_rows(named=True):
        groups.setdefault(tuple(row["rules"]), []).append(row)
    for rules, rows in sorted(groups.items(), key=lambda group: -len(group[1])):
        first = rows[0]
        told = reasons.told(rules, first["record"], first["_landed_on"], first["_file"])
        found.rejected.append(Rejected(rules, [row["_row"] for row in rows], told))
    return found
