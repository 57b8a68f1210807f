"""Records of CSV: RFC 4180 with a header line, each record on its own."""

from collections.abc import Iterator, Sequence

import polars as pl

from mega_toys.ingestion.formats.csv_header import names_of
from mega_toys.ingestion.formats.csv_rows import Lines, printable, rows
from mega_toys.ingestion.formats.records import Records, of_columns
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

_BATCH = 50_000
_BATCH_CELLS = 500_000
_BATCH_CHARACTERS = 8 << 20
_CELL_BYTES = 8  # that an empty cell counts


def records(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The records below the header; one that is torn, ragged or no UTF-8 is unreadable."""
    lines = Lines(file)
    found = rows(lines)
    header = next(found, None)
    if header is None:
        return
    names = names_of(header, fields)
    batch: list[list[str]] = []
    unreadable: dict[int, str] = {}
    most, begun = min(_BATCH, _BATCH_CELLS // len(names) + 1), lines.read
    for row, source in found:
        if source is None and len(row) == len(names):
            batch.append(row)
        else:
            unreadable[len(batch)] = printable(source or lines.text)
            batch.append([""] * len(names))
        if len(batch) == most or lines.read - begun > _BATCH_CHARACTERS:
            yield _records(batch, names, fields, unreadable, lines.read - begun)
            batch, unreadable, begun = [], {}, lines.read
    if batch:
        yield _records(batch, names, fields, unreadable, lines.read - begun)


def _records(
    batch: list[list[str]],
    names: list[str],
    fields: Sequence[str],
    unreadable: dict[int, str],
    characters: int,
) -> Records:
    frame = pl.DataFrame(
        {
            str(at): pl.Series(values, dtype=pl.String)
            for at, values in enumerate(zip(*batch, strict=True))
        }
    )
    blank_to_null = pl.all().str.strip_chars(BLANKS).replace("", None)
    weight = characters + len(batch) * len(names) * _CELL_BYTES
    return of_columns(frame.with_columns(blank_to_null), fields, unreadable, weight, names)
