"""The delivery of corrections: mended records become new files beside those that they correct.

A correction lands on the landing day of what it corrects, so that it is judged as that would
have been, under that file's name with an ending, so that it was received later.
"""

import codecs
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.declared.errors import CorrectionError
from mega_toys.declared.table import FromBronze
from mega_toys.ingestion.formats.json_file import NoRecordError
from mega_toys.ingestion.formats.json_records import decoded
from mega_toys.lake.quarantined.corrections import CORRECTS, MARKS, REASONS, Claim
from mega_toys.lake.quarantined.decisions import CORRECTED, content_hash, decide
from mega_toys.lake.quarantined.standing import quarantined_tables, standing
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.place import Place
from mega_toys.operations.put_back import forget_what_is_gone

_LONGEST_NAME = 200  # bytes of a file's name to which the ending of a correction is put
_FIRST_LETTER_BEYOND_ASCII = 0xC0
_ENDING = re.compile(r"\.correction-([0-9]{4,})\.ndjson")
Row = tuple[str, int]  # file and position


@dataclass
class Delivery:
    """What is to be delivered: by the file that is corrected, the mended records."""

    work: Work
    root: Place
    records: dict[str, dict[Claim, dict[str, Any]]] = field(default_factory=dict)
    known: dict[Row, Mapping[str, Any]] = field(default_factory=dict)  # the quarantine has
    tables: dict[str, FromBronze] = field(default_factory=dict)  # by the corrected file
    again: list[Claim] = field(default_factory=list)  # lay in the landing zone already
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Delivered:
    """What became of a delivery."""

    files: list[str]
    records: int
    unchanged: int  # left out
    again: int  # delivered before


def deliver(file: Path, root: Place, work: Work, who: str, why: str | None = None) -> Delivered:
    """Bring the mended records of an export into the landing zone, or refuse all of them.

    What a killed delivery left undone, the next of the same file does. Raises CorrectionError.
    """
    delivery = Delivery(work, root)
    with only_writer(work.store.root):
        forget_what_is_gone(work)
        for line, record in _lines(file, delivery):
            _add(line, record, delivery)
        _look_up(delivery)
        _check(delivery)
        if delivery.problems:
            raise CorrectionError(file, delivery.problems)
        files = _land(delivery, file)
        decided = _decide(delivery, files, who, why)
    written = list(files.values())
    if not decided and not written:
        told = f"{len(delivery.again)} were delivered before, {delivery.unchanged} are unchanged"
        raise CorrectionError(file, [f"There is nothing new in it: {told}."])
    records = sum(map(len, delivery.records.values()))
    return Delivered(written, records, delivery.unchanged, len(delivery.again))


def _lines(file: Path, delivery: Delivery) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = file.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                yield number, decoded(line)
        except NoRecordError as error:
            delivery.problems.append(f"line {number} is no JSON object: {error}")


def _add(line: int, record: dict[str, Any], delivery: Delivery) -> None:
    claim = Claim.of(record.get(CORRECTS))
    if claim is None:
        wanted = f"`{CORRECTS}` with {', '.join(f'`{name}`' for name in Claim._fields[:3])}"
        delivery.problems.append(f"line {line} lacks {wanted}, as the export wrote it")
    elif claim in delivery.records.setdefault(claim.file, {}):
        told = f"{claim.file} row {claim.row}"
        delivery.problems.append(f"line {line} corrects {told}, as a line before it does")
    else:
        mended = {name: value for name, value in record.items() if name != REASONS}
        delivery.records[claim.file][claim] = mended


def _look_up(delivery: Delivery) -> None:
    """What the quarantine knows of the records to correct."""
    work = delivery.work
    received = {str(t.bronze): t for t in quarantined_tables(work)}
    for path in delivery.records:
        domain, dataset, *_ = *path.split("/"), "", ""
        if table := received.get(f"{domain}.bronze.{dataset}"):
            delivery.tables[path] = table
        else:
            delivery.problems.append(f"{path} is of `{domain}.{dataset}`, which is no dataset")
    for table in {table.name: table for table in delivery.tables.values()}.values():
        mine = [path for path, one in delivery.tables.items() if one.name == table.name]
        rows = standing(table, work).filter(pl.col("_file").is_in(mine)).collect()
        for row in rows.iter_rows(named=True):
            delivery.known[row["_file"], row["_row"]] = row


def _check(delivery: Delivery) -> None:
    """Leave out what is unchanged or lies there already; say what must not be."""
    for path, table in delivery.tables.items():
        before = dict(_landed(path, delivery.root))
        fields = delivery.work.catalog.bronze_of(table).fields
        for claim, record in list(delivery.records[path].items()):
            if before.get(claim) == record:
                delivery.again.append(claim)
                del delivery.records[path][claim]
            elif problem := _problem(claim, record, frozenset(fields), delivery, claim in before):
                delivery.problems.append(f"{claim.file} row {claim.row} {problem}")
            elif _content(record) == _content(json.loads(delivery.known[claim[:2]]["record"])):
                delivery.unchanged += 1
                del delivery.records[path][claim]


def _content(record: Any) -> str:
    """What a record says of itself, as JSON text; nothing of one that could not be read."""
    fields = record if isinstance(record, dict) else {}
    return json.dumps({n: v for n, v in fields.items() if n not in MARKS}, sort_keys=True)


def _problem(
    claim: Claim,
    record: dict[str, Any],
    fields: frozenset[str],
    delivery: Delivery,
    landed: bool,
) -> str | None:
    table, known = delivery.tables[claim.file], delivery.known.get((claim.file, claim.row))
    if known is None:
        return f"is not in the quarantine of {table.name}: it never was, or left it since"
    same_file = claim.file_hash is not None and claim.file_hash == known["file_hash"]
    if content_hash(known["record"]) != claim.content_hash and not same_file:
        return "has other content than when it was exported: export it again"
    if known["status"] == CORRECTED:
        return f"was corrected before, by {known['by']}"
    if landed:
        return "was corrected before, by a file that awaits `mega-toys refresh`"
    if record.keys() - MARKS and not fields & record.keys():
        dataset = table.bronze
        return f"is mended with a record of another dataset: no field of {dataset} is in it"
    return None


def _landed(path: str, root: Place) -> Iterator[tuple[Claim, dict[str, Any]]]:
    """The corrections of a file that lie in the landing zone, taken in or not."""
    for _, found in _corrections(path, root):
        for text in (root.read(found) or b"").splitlines():
            try:
                record = decoded(text)
            except NoRecordError:  # put there by hand
                continue
            if claim := Claim.of(record.get(CORRECTS)):
                yield claim, record


def _corrections(path: str, root: Place) -> list[tuple[int, str]]:
    """The corrections of a file in the landing zone, by their numbers."""
    listed = (entry.path for entry in root.below(path.rpartition("/")[0]))
    return sorted((number, found) for found in listed if (number := _number(found, path)))


def _number(found: str, path: str) -> int:
    """Which correction of a file the found one is; 0 where it is none of that file itself."""
    ending = _ENDING.fullmatch(found.removeprefix(_named(path)))
    return int(ending[1]) if ending else 0


def _land(delivery: Delivery, file: Path) -> dict[str, str]:
    """The new file for each corrected one: all are made, or none."""
    names = {path: _name(path, delivery.root) for path, new in delivery.records.items() if new}
    contents = {name: _text(delivery.records[path].values()) for path, name in names.items()}
    try:
        delivery.root.put_new(contents)
    except OSError as error:
        raise CorrectionError(
            file, [f"{error.filename} cannot be made: {error.strerror}"]
        ) from error
    return names


def _name(path: str, root: Place) -> str:
    """The path of the next correction of a file, never that of another."""
    last = max((number for number, _ in _corrections(path, root)), default=0)
    return f"{_named(path)}.correction-{last + 1:04}.ndjson"


def _named(path: str) -> str:
    """How the corrections of a file begin; a name too long for more is cut, with its hash.

    What follows the cut comes after the character in its place, so that they are received later.
    """
    folder, _, name = path.rpartition("/")
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return path
    cut = os.fsencode(name)[: _LONGEST_NAME // 2].decode(errors="ignore")
    place = name[len(cut)]
    after = "~" if place < "~" else chr(max(ord(place) + 1, _FIRST_LETTER_BEYOND_ASCII))
    return f"{folder}/{cut}{after}{blake2b(os.fsencode(path), digest_size=8).hexdigest()}"


def _text(records: Iterable[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def _decide(delivery: Delivery, files: Mapping[str, str], who: str, why: str | None) -> int:
    """Write down who corrected what; also what an earlier, killed delivery did not come to."""
    claims = [*delivery.again, *(claim for found in delivery.records.values() for claim in found)]
    rows = [
        {
            "table": str(delivery.tables[claim.file].name),
            "day": known["day"],
            "_file": claim.file,
            "_row": claim.row,
            "content_hash": claim.content_hash,
            "file_hash": claim.file_hash,
            "decision": CORRECTED,
            "who": who,
            "why": why or f"corrected by {files.get(claim.file, 'a file delivered before')}",
        }
        for claim in claims
        if (known := delivery.known.get(claim[:2]))
    ]
    return decide(pl.DataFrame(rows), delivery.work) if rows else 0
