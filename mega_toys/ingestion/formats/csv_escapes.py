r"""Rows of text exports in which a sign takes the meaning from the one that follows, as `\` does.

So write MySQL's `SELECT … INTO OUTFILE` and PostgreSQL's `COPY`: `\N` alone is null, `\n` or a line
that ends in `\` has a line break within a field.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mega_toys.ingestion.formats.csv_rows import (
    Dialect,
    Lines,
    Row,
    foreign_byte,
    physical,
    rows,
)

_MEANT = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


def rows_of(lines: Lines) -> Iterator[Row]:
    """The rows of a file, by whether its dialect has such a sign."""
    return _escaped_rows(lines) if lines.dialect.escape else rows(lines)


def _escaped_rows(lines: Lines) -> Iterator[Row]:
    """Each record; of one that is not well formed, or no UTF-8, each line."""
    while (line := next(lines, None)) is not None:
        end = _Ending(lines.dialect)
        while end.goes_on(line) and (more := lines.next_held()) is not None:
            line = more
        raw = lines.text
        fields = None if foreign_byte(raw) is not None else fields_of(raw, lines.dialect)
        if fields is None:
            yield from (Row([], one) for one in physical(lines.parts))
        else:
            yield Row(fields)
        lines.begin_record()


@dataclass
class _Ending:
    """Whether a record goes on, line by line."""

    dialect: Dialect
    within: Literal["", "plain", "quoted"] = ""  # a field that the line before began

    def goes_on(self, line: str) -> bool:
        """Whether the line ends in a break that is escaped, or within quotes."""
        at = 0
        while at < len(line):
            if not self.within and self.dialect.quote and line.startswith(self.dialect.quote, at):
                at, self.within = at + 1, "quoted"
            if self.within == "quoted":
                at = _end(_inside(self.dialect), line, at)
                if at < len(line):
                    at, self.within = at + 1, "plain"
                continue
            at, self.within = _end(_plain(self.dialect), line, at), "plain"
            if at < len(line):
                if line[at] != self.dialect.separator:
                    return False
                at, self.within = at + 1, ""
        return True


def _end(pattern: re.Pattern[str], line: str, at: int) -> int:
    """Where ends what matches from a place on, be it nothing."""
    found = pattern.match(line, at)
    return found.end() if found else at


def fields_of(record: str, dialect: Dialect) -> list[str] | None:
    """The fields of a record; none where more than a separator follows a quoted one."""
    fields, at, end = [], 0, len(record) - record.endswith("\n")
    while found := _field(dialect).match(record, at, end):
        quoted = found["quoted"]
        fields.append(
            _text(found["plain"], dialect) if quoted is None else _quoted(quoted, dialect)
        )
        if found.end() == end:
            return fields
        if record[found.end()] != dialect.separator:
            return None
        at = found.end() + 1
    return None


@cache
def _plain(dialect: Dialect) -> re.Pattern[str]:
    """A field, or the rest of one, without quotes."""
    escape, separator = re.escape(dialect.escape or ""), re.escape(dialect.separator)
    return re.compile(rf"(?:[^{separator}{escape}\n]|{escape}(?s:.))*+")


@cache
def _inside(dialect: Dialect) -> re.Pattern[str]:
    """What stands between quotes, or the rest of it."""
    escape, quote = re.escape(dialect.escape or ""), re.escape(dialect.quote or "")
    return re.compile(rf"(?:[^{quote}{escape}]|{escape}(?s:.)|{quote}{quote})*+")


@cache
def _field(dialect: Dialect) -> re.Pattern[str]:
    plain = rf"(?P<plain>{_plain(dialect).pattern})"
    if dialect.quote is None:
        return re.compile(rf"(?P<quoted>(?!))?{plain}")
    quote = re.escape(dialect.quote)
    return re.compile(rf"{quote}(?P<quoted>{_inside(dialect).pattern}){quote}|{plain}")


def _text(field: str, dialect: Dialect) -> str:
    """What a field means; nothing where it is null."""
    escape = dialect.escape or ""
    if field == f"{escape}N":
        return ""
    return re.sub(rf"(?s){re.escape(escape)}(.)", lambda sign: _MEANT.get(sign[1], sign[1]), field)


def _quoted(field: str, dialect: Dialect) -> str:
    return _text(field.replace(f"{dialect.quote}" * 2, f"{dialect.quote}"), dialect)
