"""Rows of CSV by RFC 4180, each on its own: its fields, or its text where it is no record."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.ingestion.formats import text
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

csv.field_size_limit(text.LONGEST_LINE)
_RUN = 10_000  # lines that are passed over at once, where all are blank
_FEW, _MOST_FEW = 10_000, 25  # lines of a record: no text has more than their product
_LINE = re.compile(r"[^\n]*+\n")


@dataclass(frozen=True)
class Dialect:
    """The signs of a file's CSV, and what follows from them."""

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None

    @cached_property
    def of_reader(self) -> dict[str, Any]:
        """As `csv.reader` is told them."""
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {"delimiter": self.separator, "quotechar": self.quote, "quoting": quoting}

    @cached_property
    def blanks(self) -> str:
        """What may stand around a field and in a line that is no record."""
        return BLANKS.replace(self.separator, "")

    @cached_property
    def closing(self) -> re.Pattern[str]:
        """The rest of a quoted field."""
        quote = re.escape(self.quote or '"')
        return re.compile(f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+{quote}")


RFC_4180 = Dialect()


def dialect_of(sent_as: SentAs) -> Dialect:
    """The signs as declared."""
    if sent_as is BY_DEFAULT:
        return RFC_4180
    return Dialect(sent_as.separator, sent_as.quote, sent_as.escape)


class Lines:
    """Physical lines for the CSV reader, which remembers those of the record being read."""

    def __init__(self, file: LandingFile, sent_as: SentAs = BY_DEFAULT) -> None:
        groups = text.lines(file, sent_as, cr_ends=True)
        self.dialect = dialect_of(sent_as)
        self._blanks = self.dialect.blanks
        self._lines = self._of_records(groups, sent_as.skip_lines)
        self._joined: list[str] = []  # of a record of very many lines, thousands at once
        self._few: list[str] = []
        self.read = 0  # characters
        self.held = 0  # characters of the record being read

    def _of_records(self, groups: Iterator[list[bytes]], skipped: int) -> Iterator[bytes]:
        """The lines but for those passed over and runs of blank ones, which may be gigabytes."""
        blanks = self._blanks.encode()
        for group in groups:
            for at in range(skipped, len(group), _RUN):
                some = group[at : at + _RUN]
                if self.held or some[0].strip(blanks) or b"".join(some).strip(blanks):
                    yield from some
            skipped = max(0, skipped - len(group))

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """The next line of the record, which must not be too long to be held.

        Raises csv.Error where it is.
        """
        if self.held > text.LONGEST_LINE or len(self._joined) > _MOST_FEW:
            raise csv.Error("a record of too many lines")
        for raw in self._lines:
            line = raw.decode("utf-8", "surrogateescape") + "\n"
            if self.held or line.strip(self._blanks):
                self.read += len(line)
                self._few.append(line)
                self.held += len(line)
                if len(self._few) == _FEW:
                    self._joined.append("".join(self._few))
                    self._few.clear()
                return line
        raise StopIteration

    @property
    def parts(self) -> list[str]:
        """The text of the record being read, in parts."""
        return [*self._joined, *self._few]

    @property
    def text(self) -> str:
        """The text of the record being read."""
        return "".join(self.parts)

    def next_held(self) -> str | None:
        """The record's next line; none at the end of the file, or of what is held."""
        try:
            return next(self, None)
        except csv.Error:
            return None

    def begin_record(self) -> None:
        """Forget the lines of the record before."""
        self._joined.clear()
        self._few.clear()
        self.held = 0


@dataclass
class Quotes:
    """Whether a record is well formed, line by line: what its quotes hold and what follows them."""

    dialect: Dialect = RFC_4180
    open: bool = False
    sound: bool = True

    def pass_line(self, line: str) -> None:
        """Go through the record's next line; then `open` says whether a quoted field goes on."""
        quote, separator = self.dialect.quote, self.dialect.separator
        at = 0 if quote else -1
        while at >= 0:
            if self.open or line.startswith(quote or "", at):
                closing = self.dialect.closing.match(line, at if self.open else at + 1)
                self.open = closing is None
                if closing is None:
                    return
                at = closing.end()
                end = line.find(separator, at)
                self.sound &= not line[at : end if end >= 0 else None].strip(self.dialect.blanks)
            else:
                end = line.find(separator, at)
            at = end + 1 or -1


class Row(NamedTuple):
    """A record's fields, or its text where it is none; bytes that are no UTF-8 are surrogates."""

    fields: list[str]
    text: str | None = None


def rows(lines: Lines) -> Iterator[Row]:
    """Each record below and above the header."""
    dialect = lines.dialect.of_reader
    reader = csv.reader(lines, strict=True, **dialect)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield from _looked_at_again(lines)
            reader = csv.reader(lines, strict=True, **dialect)
        else:
            raw = lines.text
            yield Row(fields, raw if _is_foreign(raw) or _has_long_line(raw) else None)
        lines.begin_record()


def _looked_at_again(lines: Lines) -> Iterator[Row]:
    """The record that the strict reader refuses: only blanks may follow a closing quote.

    Where it is not well formed, each of its lines is an unreadable record.
    """
    quotes = Quotes(lines.dialect)
    for line in physical(lines.parts):
        quotes.pass_line(line)
    while quotes.open and (more := lines.next_held()) is not None:
        quotes.pass_line(more)
    if quotes.sound and not quotes.open:
        yield _leniently(lines.text, lines.dialect)
        return
    for line in physical(lines.parts):
        yield Row([], line)
    lines.begin_record()
    while quotes.open and (more := next(lines, None)) is not None:
        quotes.pass_line(more)
        yield Row([], more)
        lines.begin_record()


def physical(parts: Sequence[str]) -> Iterator[str]:
    """The lines that are not blank, one at a time."""
    lines = (match.group() for part in parts for match in _LINE.finditer(part))
    return (line for line in lines if line.strip(BLANKS))


def _leniently(record: str, dialect: Dialect) -> Row:
    """A record with blanks behind its quotes, or with a carriage return where none may be."""
    if _is_foreign(record) or _has_long_line(record):
        return Row([], record)
    try:
        return Row(next(csv.reader([record], **dialect.of_reader)))
    except csv.Error:
        return Row([], record)


def _is_foreign(line: str) -> bool:
    """Whether a line has bytes that are no UTF-8."""
    return not line.isascii() and foreign_byte(line) is not None


def foreign_byte(line: str) -> int | None:
    """The first byte of a line that is no UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        return ord(line[error.start]) - 0xDC00
    return None


def _has_long_line(record: str) -> bool:
    return len(record) > text.LONGEST_LINE and any(
        len(line) > text.LONGEST_LINE for line in physical([record])
    )


def printable(raw: str) -> str:
    """A text without blanks around it, and with bytes that are no UTF-8 as `\\xff`."""
    held = raw if len(raw) <= text.LONGEST_LINE else raw[: text.KEPT]
    return held.strip(BLANKS).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
