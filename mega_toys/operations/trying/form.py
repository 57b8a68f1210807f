"""How a file is made, by a look at its beginning: its encoding, its signs, where its header is."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import polars as pl

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.ingestion.formats import excel
from mega_toys.ingestion.formats.avro_schema import read_header
from mega_toys.ingestion.formats.csv_header import SEPARATORS
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.formats.text import decompressed
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

_LOOKED_AT = 1 << 20  # bytes of a text file
_MOST_OF_AN_OBJECT = 1 << 28  # bytes of a file that is one object
_LINES = 500
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")  # with its end, which a name may have
_OBJECTS = 1000
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_BEGINNING = 4096  # bytes that tell a format
_FORMATS = {b"PAR1": "parquet", b"Obj\x01": "avro"}
_PACKED = (b"PK", b"BZh", b"\xfd7zXZ", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
_NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_NUMBER_OR_DAY = re.compile(r"[+-]?[0-9][0-9.,:/ T+Z-]*")
_YEAR = re.compile(r"(?:18|19|20)[0-9]{2}")
_DAY = re.compile(r"[0-9]{1,4}([-./])[0-9]{1,2}\1[0-9]{1,4}")
_FEWEST_STEPS = 4  # in a header; a record has fewer moments, or the same
_NULL = r"\N"  # in exports of databases, whose escapes it is one of
_LISTS_WITHIN = 3  # levels of objects in which a list of records is looked for


def form_of(file: LandingFile, sheet: str | int | None = None) -> tuple[SentAs, list[str]]:
    """How a file must be read, as far as its form goes, and the names in it.

    Raises UnreadableFileError where it is none of the formats, or broken.
    """
    if file.format == "csv":
        return _csv(file)
    if file.format in ("json", "ndjson"):
        return _json(file)
    if file.format == "xlsx":
        return _excel(file, 1 if sheet is None else sheet)
    if file.format == "avro":
        with file.location.open("rb") as opened:
            told = read_header(opened).schema.get("fields", [])
        return BY_DEFAULT, [str(one["name"]) for one in told]
    if file.format == "parquet":
        try:
            return BY_DEFAULT, list(pl.read_parquet_schema(file.location))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise UnreadableFileError(f"cannot be read as Parquet: {error}") from error
    if file.format == "kafka":
        raise UnreadableFileError("is a stream's delivery, which only a dataset can tell")
    name, other = file.path.rpartition("/")[2].partition(".")[0], _looks_like(file)
    way_out = f"; its content looks like {other}: name it {name}.{other}" if other else ""
    raise UnreadableFileError(f"has an extension of no format{way_out}")


def _looks_like(file: LandingFile) -> str | None:
    """The format of a file whose name does not tell it, by its beginning; none where packed."""
    with file.location.open("rb") as opened:
        beginning = opened.read(_BEGINNING)
    for mark, name in _FORMATS.items():
        if beginning.startswith(mark):
            return name
    if b"\x00" in beginning.removeprefix(b"\xff\xfe")[::2] or beginning.startswith(_PACKED):
        return "xlsx" if beginning.startswith(b"PK") and b"xl/" in beginning else None
    text = beginning.decode(_encoding(beginning), "ignore").strip(BLANKS)
    if not text.startswith(("{", "[")):
        return "csv"
    lines = [line for line in text.split("\n") if line.strip(BLANKS)]
    is_lines = len(lines) > 1 and all(line.startswith("{") for line in lines)
    return "ndjson" if is_lines else "json"


def _text(file: LandingFile, most: int = _LOOKED_AT) -> tuple[str, str]:
    """The beginning of a text file, and its encoding."""
    blocks, size = [], 0
    for block in decompressed(file):
        blocks.append(block)
        size += len(block)
        if size >= most:
            break
    held = b"".join(blocks)
    encoding = _encoding(held)
    return held.decode(encoding, "ignore").removeprefix("\ufeff"), encoding


def _encoding(held: bytes) -> str:
    for mark, name in _MARKS.items():
        if held.startswith(mark):
            return name
    if held[1:2] == b"\x00" and held[3:4] == b"\x00":
        return "utf-16-le"
    try:
        held.decode()
    except UnicodeDecodeError as error:
        if error.start < len(held) - 4:  # no character that the end of the look has cut
            return "latin-1" if any(byte in held for byte in _NOT_IN_CP1252) else "cp1252"
    return "utf-8"


def _csv(file: LandingFile) -> tuple[SentAs, list[str]]:
    text, encoding = _text(file)
    is_escaped = _NULL in text
    shown = text.replace("\\\n", "\\n") if is_escaped else text
    found = [(_score(rows), sign, rows) for sign in SEPARATORS if (rows := _rows(shown, sign))]
    if not found:
        raise UnreadableFileError("holds nothing but blanks")
    _, separator, rows = max(found, key=lambda one: one[0])
    width = _width(rows)
    whole = [(at, *row) for at, row in enumerate(rows) if len(row[1]) == width]
    filled = [one for one in whole if sum(bool(cell.strip(BLANKS)) for cell in one[2]) * 2 >= width]
    at, line, names = next(iter([*filled, *whole]))  # lines before it may be padded, as by Excel
    if _is_data(names):
        at, line, names = whole[0]
    names = [name.strip(BLANKS) for name in names]
    sent_as = SentAs(encoding=encoding, separator=separator)
    if is_escaped and any(_NULL in row for _, row in rows):
        is_quoted = re.search(rf'(?:^|{re.escape(separator)})"', text, re.MULTILINE)
        sent_as = replace(sent_as, escape="\\", quote='"' if is_quoted else None)
    if _is_data(names):
        names = [f"column_{number}" for number in range(1, width + 1)]
        return replace(sent_as, header=tuple(names), skip_lines=line if at else 0), names
    return replace(sent_as, skip_lines=line if at else 0), names


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Rows that are not empty, each with how many lines stand before it."""
    lines = islice((one[0] for one in _LINE.finditer(text)), _LINES)
    reader, rows, before = csv.reader(lines, delimiter=separator), [], 0
    try:
        for row in reader:
            if any(cell.strip(BLANKS) for cell in row):
                rows.append((before, row))
            before = reader.line_num
    except csv.Error:
        return []
    return rows[:-1] if len(text) >= _LOOKED_AT else rows


def _width(rows: Sequence[tuple[int, list[str]]]) -> int:
    """How many cells most rows have; of several, the most cells."""
    widths = Counter(len(row) for _, row in rows)
    return max(widths, key=lambda width: (widths[width], width))


def _score(rows: Sequence[tuple[int, list[str]]]) -> tuple[bool, float, int]:
    width = _width(rows)
    return width > 1, sum(len(row) == width for _, row in rows) / len(rows), width


def _is_data(names: Sequence[str]) -> bool:
    """Whether a first row holds values and no names."""
    told = [name for name in names if name]
    if _are_steps(_YEAR, told) or _are_steps(_DAY, told):
        return False
    return not told or sum(bool(_NUMBER_OR_DAY.fullmatch(name)) for name in told) * 3 > len(told)


def _are_steps(pattern: re.Pattern[str], names: Sequence[str]) -> bool:
    """Whether some names are years or days one after the other, as records beside each other."""
    found = [one[0] for name in names if (one := pattern.fullmatch(name))]
    if not _FEWEST_STEPS <= len(found) == len({*found}):
        return False
    return pattern is _DAY or {abs(int(b) - int(a)) for a, b in pairwise(found)} == {1}


def _excel(file: LandingFile, sheet: str | int) -> tuple[SentAs, list[str]]:
    rows = [(at, row) for at, row in islice(excel.cells(file, SentAs(sheet=sheet)), _LINES)]
    if not rows:
        raise UnreadableFileError("has a sheet without a cell")
    filled = [(at, [cell for cell in row if cell is not None]) for at, row in rows]
    skipped = _header([(at, len(cells)) for at, cells in filled])
    names = ["" if c is None else str(c).strip(BLANKS) for c in dict(rows)[skipped]]
    return SentAs(sheet=sheet, skip_lines=skipped), [name for name in names if name]


def _header(filled: Sequence[tuple[int, int]]) -> int:
    """Which of some rows, each with how many cells it has, is the first of the table.

    It has nearly as many as the widest; a remark over the table, which may, is not followed by one.
    """
    width = max(cells for _, cells in filled)
    after = [*(cells for _, cells in filled[1:]), width]
    pairs = zip(filled, after, strict=True)
    return next(at for (at, n), m in pairs if n == width or min(n, m) * 4 >= width * 3)


def _json(file: LandingFile) -> tuple[SentAs, list[str]]:
    text, encoding = _text(file)
    objects = list(islice(_objects(text), _OBJECTS))
    if not objects and file.format == "json":  # the beginning of one object is none
        text, encoding = _text(file, _MOST_OF_AN_OBJECT)
        objects = list(islice(_objects(text), _OBJECTS))
    sent_as = SentAs(encoding=encoding)
    is_alone = len(objects) == 1 and file.format == "json"
    if is_alone and (path := _list_within(objects[0])):
        steps = path.removesuffix("[*]").split(".")
        inner: Any = objects[0]
        for step in steps:
            inner = inner[step]
        sent_as, objects = replace(sent_as, records=path), inner[:_OBJECTS]
    names = list(dict.fromkeys(name for one in objects for name in one))
    if not any(names):
        raise UnreadableFileError("holds no object with names, which would be fields")
    return sent_as, names


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects at the beginning of a text of JSON, be they in an array or one a line."""
    decoder, at = json.JSONDecoder(), 0
    while True:
        at = next((m.start() for m in re.finditer(r"[^\s,\[]", text[at:])), len(text)) + at
        try:
            value, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return
        if isinstance(value, dict):
            yield value


def _list_within(value: dict[str, Any], depth: int = 1) -> str | None:
    """The path to the longest list of objects inside of an object."""
    found: dict[str, int] = {}
    for name, inside in value.items():
        if re.search(r"[.\[\]]", name):
            continue
        if isinstance(inside, list) and inside and all(isinstance(one, dict) for one in inside):
            found[f"{name}[*]"] = len(inside)
        elif isinstance(inside, dict) and depth < _LISTS_WITHIN:
            path = _list_within(inside, depth + 1)
            found |= {f"{name}.{path}": 1} if path else {}
    return max(found, key=lambda path: found[path]) if found else None
