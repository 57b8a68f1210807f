"""The files of the landing zone: which are there, what became of each, the records received."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from mega_toys_tests.oracle import formats
from mega_toys_tests.oracle.datasets import BY_FOLDER
from mega_toys_tests.oracle.formats import Raw, UnreadableError
from mega_toys_tests.oracle.values import MisfitError, fit_date

Status = Literal["loaded", "empty", "unreadable", "ignored"]
TEMPORARY = (".tmp", ".part", ".crc")


@dataclass(frozen=True)
class Record:
    """One record received; `raw` is None where it cannot be read."""

    file: str
    row: int
    landed_on: date
    raw: Raw

    @property
    def arrival(self) -> tuple[date, bytes, int]:
        """Its place in the order in which records were received."""
        return self.landed_on, os.fsencode(self.file), self.row


@dataclass(frozen=True)
class FileSeen:
    """One file of the landing zone and what became of it."""

    path: str
    landing_day: date | None
    status: Status
    records: tuple[Record, ...] = ()
    error: str | None = None

    @property
    def folder(self) -> str:
        """The dataset it belongs to, as `<domain>/<dataset>`."""
        return "/".join(self.path.split("/")[:2])


def landing_day(parts: list[str]) -> date | None:
    """The calendar day in a file's path, if it has one."""
    try:
        day = fit_date(parts[2]) if len(parts) > 3 else None
    except MisfitError:
        return None
    return day if isinstance(day, date) else None


def is_there(parts: list[str]) -> bool:
    """Whether a file is complete: nothing hidden below its day, no temporary name."""
    hidden = any(part.startswith((".", "_")) for part in parts[3:])
    return not hidden and not parts[-1].endswith(TEMPORARY)


def suffixes(name: str) -> tuple[str, str] | None:
    """The format and the compression (or an empty text) by a file's name; None if no such."""
    name = name.lower()
    packing = next((end for end in (".gz", ".zst") if name.endswith(end)), "")
    plain = name.removesuffix(packing)
    allowed = formats.TEXT_FORMATS + (() if packing else (".kafka.parquet", ".parquet", ".avro"))
    return next(((form, packing) for form in allowed if plain.endswith(form)), None)


def raw_records(body: bytes, form: str, packing: str, names: frozenset[str]) -> list[Raw]:
    """Every record of a file, or UnreadableError."""
    if form in formats.TEXT_FORMATS:
        return formats.read_text(
            formats.decompressed(body, packing) if packing else body, form, names
        )
    if form == ".avro":
        return formats.read_avro(body)
    return formats.read_kafka(body) if form == ".kafka.parquet" else formats.read_parquet(body)


def read(root: Path, path: str) -> FileSeen:
    """One file with its records."""
    parts = path.split("/")
    day, dataset, kind = landing_day(parts), BY_FOLDER.get("/".join(parts[:2])), suffixes(parts[-1])
    if day is None or dataset is None or kind is None:
        return FileSeen(path, day, "ignored")
    if not (root / path).resolve().is_relative_to(root.resolve()):
        return FileSeen(path, day, "unreadable", error="a link that leaves the landing root")
    body = (root / path).read_bytes()
    try:
        names = frozenset(field.name for field in dataset.fields)
        raws = raw_records(body, *kind, names) if body else []
    except UnreadableError as error:
        return FileSeen(path, day, "unreadable", error=str(error))
    records = tuple(Record(path, row, day, raw) for row, raw in enumerate(raws))
    return FileSeen(path, day, "loaded" if records else "empty", records)


def files_of(root: Path) -> list[FileSeen]:
    """Every file of a landing zone that is there, in the order of their paths."""
    found = (
        path.relative_to(root) for path in root.rglob("*") if path.is_symlink() or path.is_file()
    )
    paths = sorted((str(path) for path in found if is_there(list(path.parts))), key=os.fsencode)
    return [read(root, path) for path in paths]
