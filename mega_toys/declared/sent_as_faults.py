"""What cannot be in a declaration of how a partner sends, each with the way out."""

import codecs
import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import EPOCHS, ISO, Declared, SentAs, Wide, fields_in

Fields = Mapping[str, Sent]
_MOMENT = dt.datetime(2026, 11, 23, 21, 45)  # noqa: DTZ001 what a layout must give back
_PATH = re.compile(r"(?:[^.\[\]]+(?:\[\*\])?\.)*[^.\[\]]+\[\*\]")
_NUMERIC = "0123456789+-eE"


def faults(declared: Declared, fields: Fields) -> Iterator[str]:
    """What is wrong with the declarations of a dataset with these fields; a sentence each."""
    if isinstance(declared, SentAs):
        yield from _of_values(declared, fields)
        return
    for pattern, one in declared.items():
        yield from (f"for `{pattern}`: {fault}" for fault in _of_values(one, fields))


def _of_values(sent_as: SentAs, fields: Fields) -> Iterator[str]:
    try:
        yield from _faults(sent_as, fields)
    except (TypeError, AttributeError) as error:
        yield f"a value in it has another type than it must have ({error})."


def _faults(sent_as: SentAs, fields: Fields) -> Iterator[str]:
    yield from _of_text(sent_as)
    yield from _of_numbers(sent_as)
    yield from _of_words(sent_as)
    yield from _of_layouts(sent_as, fields)
    yield from _of_names(sent_as, fields)


def _of_text(sent_as: SentAs) -> Iterator[str]:
    try:
        codecs.lookup(sent_as.encoding)
        "a".encode(sent_as.encoding)
    except (LookupError, ValueError):
        yield (
            f"`{sent_as.encoding}` is no encoding of texts: "
            "name one that Python knows, such as `latin-1`, `cp1252` or `utf-16`."
        )
    if len(sent_as.separator) != 1 or sent_as.separator in "\r\n":
        yield f"The separator {sent_as.separator!r} must be one sign, such as `;`."
    if sent_as.quote is not None and (len(sent_as.quote) != 1 or sent_as.quote in "\r\n \t"):
        yield f"The quote {sent_as.quote!r} must be one sign, or None where quotes are text."
    if sent_as.quote == sent_as.separator:
        yield f"{sent_as.quote!r} cannot be both the separator and the quote."
    if sent_as.escape is not None and (
        len(sent_as.escape) != 1 or sent_as.escape in (sent_as.separator, sent_as.quote, *"\r\n \t")
    ):
        yield f"The sign of escape {sent_as.escape!r} must be one sign of its own, such as '\\\\'."
    if sent_as.skip_lines < 0:
        yield "`skip_lines` counts the lines before the header: it cannot be below 0."
    if twice := sorted({name for name in sent_as.header if sent_as.header.count(name) > 1}):
        yield f"The header names `{twice[0]}` twice: give each column a name of its own."
    if isinstance(sent_as.sheet, int) and sent_as.sheet < 1:
        yield "Sheets are counted from 1: name one, or say `sheet=1`."


def _of_numbers(sent_as: SentAs) -> Iterator[str]:
    for what, sign in (("decimal", sent_as.decimal), ("thousands", sent_as.thousands)):
        if sign is not None and (len(sign) != 1 or sign in _NUMERIC):
            yield f"The {what} sign {sign!r} must be one sign that is no digit, such as `,`."
    if sent_as.decimal == sent_as.thousands:
        yield f"{sent_as.decimal!r} cannot be the sign of both decimals and thousands."


def _of_words(sent_as: SentAs) -> Iterator[str]:
    for name in ("header", "nulls", "true", "false"):
        if isinstance(getattr(sent_as, name), str):
            yield f"`{name}` is a text, and must be several: write ({getattr(sent_as, name)!r},)."
    lower = [{word.lower() for word in words} for words in (sent_as.true, sent_as.false)]
    if both := sorted(lower[0] & lower[1]):
        yield f"`{both[0]}` cannot mean both true and false."
    if bool(sent_as.true) != bool(sent_as.false):
        yield "Say the texts of both `true` and `false`, since others are none of them."


def _of_layouts(sent_as: SentAs, fields: Fields) -> Iterator[str]:
    if sent_as.zone is not None and sent_as.zone not in zoneinfo.available_timezones():
        yield f"`{sent_as.zone}` is no time zone: an IANA name such as `Europe/Berlin` is wanted."
    for kind, declared in (("date", sent_as.dates), ("time", sent_as.times)):
        of_kind = [name for name, sent in fields.items() if sent.type == kind]
        if isinstance(declared, Mapping):
            yield from _unknown(declared, of_kind, f"`{kind}s` names", f"field of type {kind}")
        named = declared if isinstance(declared, Mapping) else of_kind or ("",)
        layouts = {one for name in named for one in sent_as.layouts_of(name, kind)}
        yield from (said for one in sorted(layouts) if (said := _of_layout(one, kind, sent_as)))


def _of_layout(layout: str, kind: str, sent_as: SentAs) -> str | None:
    if layout in (ISO, *EPOCHS):
        return None
    if layout.startswith("epoch"):
        return f"`{layout}` is no layout: one of {', '.join(EPOCHS)} is wanted."
    try:
        again = dt.datetime.strptime(_MOMENT.strftime(layout), layout)  # noqa: DTZ007
    except ValueError as error:
        return f"The layout `{layout}` is none of strptime's: {error}."
    if again.date() != _MOMENT.date():
        return f"The layout `{layout}` does not tell a whole day: year, month and day are wanted."
    if kind == "time" and "%z" not in layout and sent_as.zone is None:
        return (
            f"Times as `{layout}` have no offset: say in which zone they are, "
            "such as `zone='Europe/Berlin'`."
        )
    return None


def _of_names(sent_as: SentAs, fields: Fields) -> Iterator[str]:
    yield from _unknown(sent_as.names.values(), fields, "`names` leads to", "field")
    elsewhere = [("`from_path` names", fields_in(sent_as.from_path or ""))]
    if sent_as.from_path is not None and not elsewhere[0][1]:
        yield "`from_path` has no field in braces, such as `{shop_id}/*.csv`."
    if sent_as.wide:
        elsewhere.append(("`wide` names", [sent_as.wide.name, sent_as.wide.value]))
        yield from _of_wide(sent_as.wide)
    for what, names in elsewhere:
        yield from _unknown(names, fields, what, "field")
    if both := sorted(sent_as.from_elsewhere & set(sent_as.names.values())):
        yield f"`{both[0]}` cannot come both from a name of the record and from elsewhere."
    if sent_as.records is not None and not _PATH.fullmatch(sent_as.records):
        yield f"`records` is `{sent_as.records}`: a path such as `data.items[*]` is wanted."


def _of_wide(wide: Wide) -> Iterator[str]:
    try:
        re.compile(wide.columns)
    except re.error as error:
        yield f"`{wide.columns}` is no regular expression of column names: {error}."
    if wide.name == wide.value:
        yield f"`wide` gives `{wide.name}` both the name and the value: name two fields."


def _unknown(names: Iterable[str], known: Iterable[str], what: str, kind: str) -> Iterator[str]:
    known = list(known)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(known) or 'none'}."
            yield f"{what} `{name}`, which is no {kind} of the dataset: {hint}"
