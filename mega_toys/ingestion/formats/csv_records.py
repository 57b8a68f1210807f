"""Records of CSV: RFC 4180 with a header line, each record on its own."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.ingestion.formats.csv_escapes import rows_of
from mega_toys.ingestion.formats.csv_header import names_of, of_wide_text
from mega_toys.ingestion.formats.csv_rows import Lines, Row, printable
from mega_toys.ingestion.formats.records import Records, of_columns
from mega_toys.ingestion.formats.text import WideTextError
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

_BATCH = 50_000
_BATCH_CELLS = 500_000
_BATCH_CHARACTERS = 8 << 20
_CELL_BYTES = 8  # that an empty cell counts


def records(
    file: LandingFile, fields: Sequence[str], sent_as: SentAs = BY_DEFAULT
) -> Iterator[Records]:
    """The records below the header; one that is torn, ragged or no UTF-8 is unreadable."""
    lines = Lines(file, sent_as)
    found = rows_of(lines)
    try:
        header = Row(list(sent_as.header)) if sent_as.header else next(found, None)
    except WideTextError as error:
        raise of_wide_text(error, fields, lines.dialect, sent_as.skip_lines) from error
    if header is None:
        return
    names = names_of(header, fields, lines.dialect)
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
    known = {name: at for at, name in enumerate(names) if name in fields}
    frame = pl.DataFrame(
        {name: pl.Series([row[at] for row in batch], dtype=pl.String) for name, at in known.items()}
    )
    blank_to_null = pl.all().str.strip_chars(BLANKS).replace("", None)
    weight = characters + len(batch) * len(names) * _CELL_BYTES
    found = of_columns(frame.with_columns(blank_to_null), fields, unreadable, weight)
    return replace(found, extras=dict(_extras(batch, names, known)))


def _extras(
    batch: list[list[str]], names: list[str], known: Collection[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What stands in unknown columns, by the record's place; of several of a name, a list."""
    unknown = [(at, name) for at, name in enumerate(names) if name not in known]
    times = Counter(name for _, name in unknown)
    for place, row in enumerate(batch if unknown else ()):
        extra: dict[str, Any] = {}
        for at, name in unknown:
            if value := row[at].strip(BLANKS):
                if times[name] > 1:
                    extra.setdefault(name, []).append(value)
                else:
                    extra[name] = value
        if extra:
            yield place, extra
