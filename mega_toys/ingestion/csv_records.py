"""Records of CSV: RFC 4180 with a header line, each record on its own."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from mega_toys.ingestion import text
from mega_toys.ingestion.landing import LandingFile
from mega_toys.ingestion.records import Records, UnreadableFileError, of_columns
from mega_toys.lake.texts import BLANKS

_BATCH = 50_000
_BATCH_CELLS = 500_000
_BATCH_CHARACTERS = 8 << 20
_MOST_COLUMNS = 100_000
_CELL_BYTES = 8  # that an empty cell counts
csv.field_size_limit(text.LONGEST_LINE)
_FEW = 10_000


class _Lines:
    """Physical lines for the CSV reader, which remembers those of the record being read."""

    def __init__(self, file: LandingFile) -> None:
        self._lines = (line for group in text.lines(file) for line in group)
        self._joined: list[str] = []  # of a record of very many lines, thousands at once
        self._few: list[str] = []
        self.ended = False
        self.read = 0  # characters
        self.kept = 0  # characters of the lines taken
        self.quotes = 0  # in the record being read

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        for raw in self._lines:
            line = raw.decode("utf-8", "surrogateescape") + "\n"
            if self.kept or line.strip(BLANKS):
                self.read += len(line)
                self.quotes += line.count('"')
                if self.kept <= text.LONGEST_LINE:
                    self._few.append(line)
                    self.kept += len(line)
                if len(self._few) == _FEW:
                    self._joined.append("".join(self._few))
                    self._few.clear()
                return line
        self.ended = True
        raise StopIteration

    @property
    def taken(self) -> list[str]:
        """The text of the record being read, in parts."""
        return [*self._joined, *self._few]

    def begin_record(self) -> None:
        """Forget the lines of the record before."""
        self._joined.clear()
        self._few.clear()
        self.kept = self.quotes = 0

    def pass_quoted(self) -> None:
        """Go on to the end of a record whose quoted field is too long to be held."""
        while self.quotes % 2 and next(self, None) is not None:
            pass


def records(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The records below the header; one that is torn, ragged or no UTF-8 is unreadable."""
    lines = _Lines(file)
    rows = _rows(lines)
    header = next(rows, None)
    if header is None:
        return
    if header[1] is not None:
        raise UnreadableFileError("its header is torn or no UTF-8")
    names = _checked_header(header[0], fields)
    batch: list[list[str]] = []
    unreadable: dict[int, str] = {}
    most, begun = min(_BATCH, _BATCH_CELLS // len(names) + 1), lines.read
    for row, source in rows:
        if source is None and len(row) == len(names):
            batch.append(row)
        else:
            unreadable[len(batch)] = source or _source(lines)
            batch.append([""] * len(names))
        if len(batch) == most or lines.read - begun > _BATCH_CHARACTERS:
            yield _records(batch, names, fields, unreadable, lines.read - begun)
            batch, unreadable, begun = [], {}, lines.read
    if batch:
        yield _records(batch, names, fields, unreadable, lines.read - begun)


def _rows(lines: _Lines) -> Iterator[tuple[list[str], str | None]]:
    """Each row, with its text where it cannot be read."""
    reader = csv.reader(lines)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.pass_quoted()
            row, broken = [], True
            reader = csv.reader(lines)
        else:
            broken = lines.ended or any(_too_long(line) or _foreign(line) for line in lines.taken)
        yield row, _source(lines) if broken else None
        lines.begin_record()


def _foreign(line: str) -> bool:
    """Whether a line has bytes that are no UTF-8."""
    if line.isascii():
        return False
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_long(line: str) -> bool:
    return len(line) > text.LONGEST_LINE


def _source(lines: _Lines) -> str:
    taken = "".join(lines.taken)
    kept = taken if len(taken) <= text.LONGEST_LINE else taken[: text.KEPT]
    raw = kept.strip(BLANKS).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _checked_header(header: Sequence[str], fields: Sequence[str]) -> list[str]:
    if len(header) > _MOST_COLUMNS:
        raise UnreadableFileError(f"its header has more than {_MOST_COLUMNS} columns")
    names = [name.strip(BLANKS) for name in header]
    known = [name for name in names if name in fields]
    if not known:
        raise UnreadableFileError("its header has none of the dataset's fields")
    if twice := sorted(name for name, times in Counter(known).items() if times > 1):
        raise UnreadableFileError(f"its header names {', '.join(twice)} twice")
    return [_printable(name) for name in names]


def _printable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _records(
    batch: list[list[str]],
    names: list[str],
    fields: Sequence[str],
    unreadable: dict[int, str],
    characters: int,
) -> Records:
    columns = dict(zip(names, zip(*batch, strict=True), strict=True))
    frame = pl.DataFrame(
        {name: pl.Series(values, dtype=pl.String) for name, values in columns.items()}
    )
    blank_to_null = pl.all().str.strip_chars(BLANKS).replace("", None)
    weight = characters + len(batch) * len(names) * _CELL_BYTES
    return of_columns(frame.with_columns(blank_to_null), fields, unreadable, weight)
