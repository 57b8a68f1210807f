"""The elements of a JSON array, read as it comes: neither text nor elements are held together."""

import codecs
import decimal
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from mega_toys.ingestion.records import UnreadableFileError
from mega_toys.ingestion.text import KEPT, LONGEST_LINE
from mega_toys.lake.texts import DEEPEST, deeper_than, holds_too_many

_SPACE = re.compile(r"[ \t\r\n]*")
_MARKS = re.compile(r'\\.|["\[\]{},]', re.DOTALL)
_LARGE = 8 << 20  # an element of which so much is held is looked at before it is decoded
_LONGEST_TOKEN = 16  # of an error so near to the end of what was read, more text may be the cure


class NoRecordError(ValueError):
    """The text is no JSON object."""


def _refuse(constant: str) -> None:
    raise NoRecordError(f"{constant} is no JSON")


def _integer(digits: str) -> int | decimal.Decimal:
    """An integer of any length; Python makes no `int` of so many digits."""
    most = sys.int_info.default_max_str_digits
    return int(digits) if len(digits) < most else decimal.Decimal(digits)


DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer)


def has_lone_surrogate(value: Any) -> bool:
    """Whether some text of a decoded value is none."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False


class _Text:
    """Decoded text from the place that is being read; what lies before is let go."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._decoder = blocks, codecs.getincrementaldecoder("utf-8")()
        self.held, self.at, self.passed, self.ended = "", 0, 0, False

    def more(self, least: int = 1) -> None:
        """Read so many characters more, or to the end."""
        parts = [self.held[self.at :]]
        self.passed, self.at = self.passed + self.at, 0
        while least > 0 and not self.ended:
            block = next(self._blocks, None)
            self.ended = block is None
            try:
                parts.append(self._decoder.decode(block or b"", final=self.ended))
            except UnicodeDecodeError as error:
                raise UnreadableFileError(f"is not UTF-8: {error}") from error
            least -= len(parts[-1])
        self.held = "".join(parts)

    def mark(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            found = _SPACE.match(self.held, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.held) or self.ended:
                return self.held[self.at : self.at + 1]
            self.more()

    @property
    def place(self) -> int:
        """Where in the file the reading is, in characters."""
        return self.passed + self.at


def elements(blocks: Iterator[bytes]) -> Iterator[tuple[Any, str]]:
    """Each element with its text; one that is too long, too deep or no valid text counts as none.

    Raises UnreadableFileError where the text is no JSON array, maybe only at its end.
    """
    found = _Text(blocks)
    if found.mark() != "[":
        raise UnreadableFileError("is no JSON array")
    found.at += 1
    mark = found.mark()
    while mark != "]":
        yield _element(found)
        mark = found.mark()
        if mark not in (",", "]") or not mark:
            raise UnreadableFileError(
                f"is no JSON array: `,` or `]` is missing at character {found.place}"
            )
        if mark == ",":
            found.at += 1
            found.mark()
    found.at += 1
    if found.mark():
        raise UnreadableFileError(f"has more after its array, at character {found.place}")


def _element(found: _Text) -> tuple[Any, str]:
    while True:
        held = len(found.held) - found.at
        if held > _LARGE and holds_too_many(found.held[found.at :].encode()):
            return None, _passed_over(found)
        try:
            element, end = DECODER.raw_decode(found.held, found.at)
        except RecursionError:
            return None, _passed_over(found)
        except json.JSONDecodeError as error:
            torn = error.msg.startswith("Unterminated string")
            if found.ended or not (torn or error.pos > len(found.held) - _LONGEST_TOKEN):
                raise UnreadableFileError(f"is no JSON array: {error}") from error
        except ValueError as error:
            raise UnreadableFileError(f"is no JSON array: {error}") from error
        else:
            if end < len(found.held) or found.ended:
                source, found.at = found.held[found.at : end], end
                return (None if _unfit(source) else element), _kept(source)
        if held > LONGEST_LINE:
            return None, _passed_over(found)
        found.more(held)


def _passed_over(found: _Text) -> str:
    """Go to the end of an element that cannot be held as a whole; the beginning of its text."""
    parts: list[str] = []
    depth, quoted, kept = 0, False, 0
    while True:
        begun, escaped = found.at, False
        for mark in _MARKS.finditer(found.held, found.at):
            sign = mark.group()
            if sign == '"':
                quoted = not quoted
            elif not quoted and sign in "[{":
                depth += 1
            elif not quoted and sign in ",]}" and depth == 0:
                found.at = mark.start()
                return _kept("".join([*parts, found.held[begun : found.at]]))
            elif not quoted and sign in "]}":
                depth -= 1
            escaped = mark.end() == len(found.held) and sign[0] == "\\"
        if found.ended:
            raise UnreadableFileError("is no JSON array: it ends within an element")
        found.at = len(found.held) - (found.held.endswith("\\") and not escaped)
        if kept <= LONGEST_LINE:
            parts.append(found.held[begun : found.at])
            kept += len(parts[-1])
        found.more()


def _kept(source: str) -> str:
    """The text of an element, or the beginning of one that is too long."""
    return source if len(source) <= LONGEST_LINE else source[:KEPT]


def _unfit(source: str) -> bool:
    """Whether an element counts as none: too long, too deep, or with a lone surrogate."""
    if len(source) > LONGEST_LINE or deeper_than(source.encode(), DEEPEST):
        return True
    return "\\ud" in source.lower() and has_lone_surrogate(DECODER.decode(source))
