"""Records of a sheet of an Excel workbook, which a dataset takes where one is declared."""

import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mega_toys.declared.extras import installed_by
from mega_toys.declared.sent_as import SentAs
from mega_toys.ingestion.formats.csv_header import names_of
from mega_toys.ingestion.formats.csv_rows import Row
from mega_toys.ingestion.formats.records import Records, UnreadableFileError, of_objects
from mega_toys.ingestion.formats.text import refuse_expansion
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

_BATCH_CELLS = 500_000
_CELL_BYTES = 16  # that a cell counts


def records(file: LandingFile, fields: Sequence[str], sent_as: SentAs) -> Iterator[Records]:
    """The rows of the declared sheet below its header; a row of empty cells is no record."""
    found = (row for _, row in cells(file, sent_as))
    header = list(sent_as.header) or [_name(cell) for cell in next(found, [])]
    if not any(header):
        return
    names = names_of(Row(header), fields)
    batch: list[dict[str, Any]] = []
    for row in found:
        batch.append(_record(names, row))
        if len(batch) * len(names) >= _BATCH_CELLS:
            yield _records(batch, fields, len(names))
            batch = []
    if batch:
        yield _records(batch, fields, len(names))


def _records(batch: list[dict[str, Any]], fields: Sequence[str], width: int) -> Records:
    return replace(of_objects(batch, fields, {}, 0), weight=len(batch) * width * _CELL_BYTES)


def _record(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """The cells by their names; of several columns of one name, a list."""
    record: dict[str, Any] = {}
    for at, value in enumerate(row):
        if value is None:
            continue
        name = names[at] if at < len(names) else ""
        record[name] = value if name not in record else [*_several(record[name]), value]
    return record


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refuse_bomb(file: LandingFile) -> None:
    try:
        with zipfile.ZipFile(file.location) as packed:
            refuse_expansion(sum(part.file_size for part in packed.infolist()), file)
    except zipfile.BadZipFile as error:
        raise UnreadableFileError(f"cannot be read as an Excel workbook: {error}") from error


def cells(file: LandingFile, sent_as: SentAs) -> Iterator[tuple[int, list[Any]]]:
    """The rows that are not empty, with their places, from the first one that is not skipped."""
    _refuse_bomb(file)
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise UnreadableFileError(
            f"an Excel workbook is read by the extra `excel`: {installed_by('excel')}"
        ) from error
    try:
        with calamine.CalamineWorkbook.from_path(str(file.location)) as book:
            name = _sheet(book.sheet_names, sent_as.sheet)
            every = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (calamine.CalamineError, calamine.PasswordError) as error:
        raise UnreadableFileError(f"cannot be read as an Excel workbook: {error}") from error
    for at, row in enumerate(every[sent_as.skip_lines :], sent_as.skip_lines):
        values = [_value(cell) for cell in row]
        if any(value is not None for value in values):
            yield at, values


def _sheet(names: Sequence[str], wanted: str | int | None) -> str:
    """The name of the declared sheet, the first by default."""
    at = 1 if wanted is None else wanted
    if isinstance(at, int) and at <= len(names):
        return names[at - 1]
    if at in names:
        return str(at)
    raise UnreadableFileError(f"has no sheet `{at}`: it has {', '.join(names)}")


def _value(cell: Any) -> Any:
    """A cell as other formats have it: Excel knows no whole numbers, and no nulls."""
    if isinstance(cell, str):
        return cell if cell.strip(BLANKS) else None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return str(cell) if isinstance(cell, (dt.time, dt.timedelta)) else cell


def _name(cell: Any) -> str:
    return "" if cell is None else str(cell)
