"""The records of a `.json` file, read as it comes: neither text nor records are held together."""

import codecs
import decimal
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.formats.text import KEPT, LONGEST_LINE
from mega_toys.lake.fields.extended_json import record_unwrapped
from mega_toys.lake.fields.texts import DEEPEST, deeper_than, holds_too_many

_SPACE = re.compile(r"[ \t\r\n]*")
_CONSTANT = re.compile(r'"(?:[^"\\]++|\\.)*+"|(?P<constant>NaN|-?Infinity)', re.DOTALL)
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


def syntax_error(error: json.JSONDecodeError) -> tuple[str, int]:
    """What no JSON has and where, alike from all versions of Python.

    From 3.13 on a comma before the end of an object or a list is named, before it the end.
    """
    if not error.msg.startswith("Illegal trailing comma"):
        return error.msg.removesuffix(" starting at"), error.pos
    is_object = error.msg.endswith("object")
    blanks = _SPACE.match(error.doc, error.pos + 1)
    end = blanks.end() if blanks else len(error.doc)
    return f"Expecting {'property name enclosed in double quotes' if is_object else 'value'}", end


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
        self.held, self.at, self.ended = "", 0, False
        self.on_new_line = True  # whether the blanks passed last hold a line end
        self._line, self._column = 1, 1  # of the first character held

    def more(self, least: int = 1) -> None:
        """Read so many characters more, or to the end."""
        self._line, self._column = self._place(self.at)
        parts, self.at = [self.held[self.at :]], 0
        while least > 0 and not self.ended:
            block = next(self._blocks, None)
            self.ended = block is None
            try:
                parts.append(self._decoder.decode(block or b"", final=self.ended))
            except UnicodeDecodeError as error:
                parts.append(error.object[: error.start].decode())
                self.held = "".join(parts)
                byte = f"the byte 0x{error.object[error.start]:02x} is no UTF-8"
                raise self.refused(byte, len(self.held)) from error
            least -= len(parts[-1])
        self.held = "".join(parts)

    def mark(self) -> str:
        """The next character that is no blank; empty at the end."""
        self.on_new_line = False
        while True:
            blanks = _SPACE.match(self.held, self.at)
            end = blanks.end() if blanks else self.at
            self.on_new_line |= "\n" in self.held[self.at : end]
            self.at = end
            if self.at < len(self.held) or self.ended:
                return self.held[self.at : self.at + 1]
            self.more()

    def refused(self, why: str, at: int | None = None) -> UnreadableFileError:
        """The error that the text is no JSON at a place among the held characters, or here."""
        line, column = self._place(self.at if at is None else at)
        return UnreadableFileError(f"is no JSON: {why} at line {line}, column {column}")

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column, from 1 and in characters, of a place among the held characters."""
        ends = self.held.count("\n", 0, at)
        if not ends:
            return self._line, self._column + at
        return self._line + ends, at - self.held.rfind("\n", 0, at)


def elements(blocks: Iterator[bytes]) -> Iterator[tuple[Any, str]]:
    """Each record with its text; one that is too long, too deep or no valid text counts as none.

    A record is an element of the one array, or the one object, or an object alone on its line.
    Raises UnreadableFileError where the text is none of these, maybe only at its end.
    """
    source = _Text(blocks)
    mark = source.mark()
    if mark == "[":
        yield from _of_array(source)
    elif mark == "{":
        yield from _of_lines(source)
    elif mark:
        raise source.refused(f"`{mark}` begins neither an array nor an object")
    else:
        raise UnreadableFileError("is no JSON: it holds nothing but blanks")


def _of_array(source: _Text) -> Iterator[tuple[Any, str]]:
    source.at += 1
    mark = source.mark()
    while mark != "]":
        yield _element(source)
        mark = source.mark()
        if mark not in (",", "]") or not mark:
            raise source.refused("`,` or `]` is missing")
        if mark == ",":
            source.at += 1
            source.mark()
    source.at += 1
    if source.mark():
        raise source.refused("there is more after the array")


def _of_lines(source: _Text) -> Iterator[tuple[Any, str]]:
    """The one object, or objects each on a line of its own."""
    mark, is_first, is_alone = "{", True, False
    while mark:
        if mark != "{":
            raise source.refused(f"`{mark}` stands where an object, alone on its line, may begin")
        if is_alone or not (is_first or source.on_new_line):
            raise source.refused("several objects are neither in an array nor each on its line")
        element, text = _element(source)
        is_alone = "\n" in text
        if is_alone and not is_first:
            raise source.refused("an object that is not the only one takes several lines, up to")
        yield element, text
        mark, is_first = source.mark(), False


def _element(source: _Text) -> tuple[Any, str]:
    while True:
        held = len(source.held) - source.at
        if held > _LARGE and holds_too_many(source.held[source.at :].encode()):
            return None, _passed_over(source)
        try:
            element, end = DECODER.raw_decode(source.held, source.at)
        except RecursionError:
            return None, _passed_over(source)
        except json.JSONDecodeError as error:
            what, at = syntax_error(error)
            torn = what == "Unterminated string"
            if source.ended or not (torn or at > len(source.held) - _LONGEST_TOKEN):
                raise source.refused(what, at) from error
        except NoRecordError as error:
            raise source.refused(str(error), _first_constant(source)) from error
        else:
            if end < len(source.held) or source.ended:
                text, source.at = source.held[source.at : end], end
                return (None if _unfit(text) else _plain(element, text)), _kept(text)
        if held > LONGEST_LINE:
            return None, _passed_over(source)
        source.more(held)


def _plain(element: Any, text: str) -> Any:
    """A record with its values freed of the marks of MongoDB's extended JSON."""
    return record_unwrapped(element) if "$" in text and type(element) is dict else element


def _first_constant(source: _Text) -> int:
    """Where the text goes on with NaN or an infinity outside of strings."""
    places = (
        match.start()
        for match in _CONSTANT.finditer(source.held, source.at)
        if match.group("constant")
    )
    return next(places, source.at)


def _passed_over(source: _Text) -> str:
    """Go to the end of an element that cannot be held as a whole; the beginning of its text."""
    parts: list[str] = []
    depth, quoted, kept = 0, False, 0
    while True:
        begun, escaped = source.at, False
        for mark in _MARKS.finditer(source.held, source.at):
            sign = mark.group()
            if sign == '"':
                quoted = not quoted
            elif not quoted and sign in "[{":
                depth += 1
            elif not quoted and sign in ",]}" and depth == 0:
                source.at = mark.start()
                return _kept("".join([*parts, source.held[begun : source.at]]))
            elif not quoted and sign in "]}":
                depth -= 1
                if depth == 0:
                    source.at = mark.end()
                    return _kept("".join([*parts, source.held[begun : source.at]]))
            escaped = mark.end() == len(source.held) and sign[0] == "\\"
        if source.ended:
            raise UnreadableFileError("is no JSON: it ends within a record")
        source.at = len(source.held) - (source.held.endswith("\\") and not escaped)
        if kept <= LONGEST_LINE:
            parts.append(source.held[begun : source.at])
            kept += len(parts[-1])
        source.more()


def _kept(source: str) -> str:
    """The text of an element, or the beginning of one that is too long."""
    return source if len(source) <= LONGEST_LINE else source[:KEPT]


def _unfit(source: str) -> bool:
    """Whether an element counts as none: too long, too deep, or with a lone surrogate."""
    if len(source) > LONGEST_LINE or deeper_than(source.encode(), DEEPEST):
        return True
    return "\\ud" in source.lower() and has_lone_surrogate(DECODER.decode(source))
