"""What the values of a column are: the field that would hold them, and what must be declared."""

import datetime as dt
import decimal
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mega_toys.declared.field import Sent, Type
from mega_toys.declared.sent_as import ISO, SentAs
from mega_toys.lake.fields.layouts import (
    NULL_WORDS,
    NUMBERS,
    day_layout,
    epoch_layout,
    fits,
    flags_of,
    is_local,
    may_be_number,
    other_day_layout,
    time_layout,
)
from mega_toys.lake.fields.texts import BLANKS

_MONEY = re.compile(
    r"price|amount|cost|fee|total|revenue|preis|betrag|umsatz|kosten|prix|montant|_(?:eur|usd)",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"time|date|stamp|epoch|updated|created|modified|changed|(?:^|[._])(?:at|on|ts)$|zeit|datum",
    re.IGNORECASE,
)
_NESTED_LEVELS = 4
_MOST_WORDS, _FEWEST_VALUES = 2, 5  # distinct ones, of a column in which words mean null
_SHORT_LIST = 4
Values = Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column or path of a file: the type of its values, and how these are written.

    `values` holds the values that are not null, texts trimmed; `note` what nobody can know.
    """

    source: str
    kind: Type
    values: Values
    nullable: bool
    layout: str | None = None
    nulls: frozenset[str] = frozenset()
    flags: tuple[str, str] | None = None
    local: bool = False
    note: str = ""
    inner: tuple["Column", ...] = field(default=())


def flattened(raw: Mapping[str, Values]) -> dict[str, Values]:
    """Columns of single values and of lists: objects are taken apart by paths."""
    found: dict[str, Values] = {}
    for name, values in raw.items():
        for path, inside in _leaves(name, values, _NESTED_LEVELS):
            found[path] = inside
    return found


def _leaves(path: str, values: Values, levels: int) -> Iterator[tuple[str, Values]]:
    there = [value for value in values if value is not None]
    if there and levels and all(type(value) is dict for value in there):
        names = dict.fromkeys(name for value in there for name in value)
        if all(name and not re.search(r"[.\[\]]", name) for name in names):
            for name in names:
                inside = [None if value is None else value.get(name) for value in values]
                yield from _leaves(f"{path}.{name}", inside, levels - 1)
            return
    lengths = {len(value) for value in there if type(value) is list}
    if there and len(lengths) == 1 and all(type(value) is list for value in there):
        (length,) = lengths
        if length <= _SHORT_LIST and all(_is_number(one) for value in there for one in value):
            for at in range(length):
                yield f"{path}[{at}]", [None if value is None else value[at] for value in values]
            return
    yield path, values


def _is_number(value: Any) -> bool:
    return type(value) in (int, float, decimal.Decimal)


def signs_of_numbers(columns: Mapping[str, Values], separator: str) -> SentAs:
    """The signs of decimals and thousands by which most columns of texts are numbers."""
    texts = [_without_nulls(_texts(values)) for values in columns.values() if _are_texts(values)]
    numeric = [some for some in texts if some and may_be_number(some)]
    order = sorted(NUMBERS, key=lambda signs: signs[0] != ",") if separator == ";" else NUMBERS
    number = Sent(type="number")

    def many(signs: tuple[str, str | None]) -> int:
        sent_as = SentAs(decimal=signs[0], thousands=signs[1])
        return sum(fits(some, number, sent_as) for some in numeric)

    usual = many(NUMBERS[0])
    decimal_sign, thousands = max(order, key=many)
    if many((decimal_sign, thousands)) == usual:
        return SentAs()
    return SentAs(decimal=decimal_sign, thousands=thousands)


def column_of(source: str, values: Values, signs: SentAs) -> Column:
    """What the values of a column are."""
    there = _texts(values)
    made = Column(source=source, kind="text", values=there, nullable=len(there) < len(values))
    if not there:
        return made
    if _are_texts(there):
        return _of_texts(made, signs)
    kinds = set(map(type, there))
    if kinds == {bool}:
        return replace(made, kind="bool")
    if kinds == {dt.date} or (kinds <= {dt.date, dt.datetime} and all(map(_is_day, there))):
        return replace(made, kind="date")
    if kinds <= {dt.datetime, dt.date}:
        return replace(made, kind="time", local=any(_is_naive(value) for value in there))
    if kinds <= {int, float, decimal.Decimal}:
        return _of_numbers(made)
    if kinds == {list} and all(type(one) is dict for value in there for one in value):
        return _of_items(made)
    if kinds == {list} and (item := _item_of(there)):
        return replace(made, kind="list", inner=(item,))
    if kinds == {dict}:
        return replace(made, note="an object that no path leads into")
    return replace(made, note="values of several kinds" if len(kinds) > 1 else "a list of values")


def _texts(values: Values) -> list[Any]:
    trimmed = (value.strip(BLANKS) if isinstance(value, str) else value for value in values)
    return [value for value in trimmed if value is not None and value != ""]


def _are_texts(values: Values) -> bool:
    return all(isinstance(value, str) for value in values if value is not None)


def _without_nulls(texts: Sequence[str]) -> list[str]:
    """The texts, each once, without words for null, known ones and those that stand alone."""
    found = [text for text in dict.fromkeys(texts) if text not in NULL_WORDS]
    words = [text for text in found if not _has_digit(text)]
    is_few = len(words) <= _MOST_WORDS and len(found) - len(words) >= _FEWEST_VALUES
    return [text for text in found if _has_digit(text)] if is_few else found


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def _is_day(value: dt.date) -> bool:
    return type(value) is dt.date or (_is_naive(value) and value.time() == dt.time.min)  # type: ignore[attr-defined]


def _is_naive(value: dt.date) -> bool:
    return not isinstance(value, dt.datetime) or value.tzinfo is None


def _of_texts(column: Column, signs: SentAs) -> Column:
    texts = _without_nulls(column.values)
    found = _typed(column, texts, signs) if texts else column
    nulls = frozenset(column.values) - frozenset(texts)
    if found.kind == "text" or not nulls:
        return found
    return replace(found, nulls=nulls, nullable=True)


def _typed(column: Column, texts: list[str], signs: SentAs) -> Column:
    if flags := flags_of(texts):
        return replace(column, kind="bool", flags=None if flags == ("true", "false") else flags)
    if sum(map(_has_digit, texts)) * 10 < len(texts) * 9:
        return column
    if layout := day_layout(texts):
        if layout == "%Y%m%d" and not _MOMENT.search(column.source):
            layout = ""
        elif other := other_day_layout(texts, layout):
            return replace(column, kind="date", layout=layout, note=f"{other} fits as well")
        if layout:
            return replace(column, kind="date", layout=layout)
    if layout := time_layout(texts):
        other = other_day_layout(texts, layout)
        note = f"{other} fits as well" if other else ""
        local = is_local(texts, layout)
        return replace(column, kind="time", layout=layout, note=note, local=local)
    if _MOMENT.search(column.source) and (layout := epoch_layout(texts)):
        return replace(column, kind="time", layout=layout)
    return _number(column, texts, signs) if may_be_number(texts) else column


def _number(column: Column, texts: list[str], signs: SentAs) -> Column:
    kinds: tuple[Type, ...] = ("int", "number")
    if _MONEY.search(column.source):
        kinds = ("money", "number")
    fitting = (kind for kind in kinds if fits(texts, Sent(type=kind), signs))
    return replace(column, kind=next(fitting, column.kind))


def _of_numbers(column: Column) -> Column:
    if _MOMENT.search(column.source) and (layout := epoch_layout(column.values)):
        return replace(column, kind="time", layout=layout)
    whole = all(value == value // 1 for value in column.values)
    if not whole and _MONEY.search(column.source):
        return replace(column, kind="money")
    return replace(column, kind="int" if whole else "number")


def _item_of(lists: Values) -> Column | None:
    """The plain value that all items of lists are, a column without a name; none where several."""
    made = column_of("", [item for values in lists for item in values], SentAs())
    plain = made.layout in (None, ISO) and not (made.local or made.nulls or made.flags or made.note)
    made = made if plain else replace(made, kind="text", layout=None, nulls=frozenset(), flags=None)
    is_one = plain or all(isinstance(value, str) for value in made.values)
    return made if made.values and is_one and made.kind != "list" and not made.inner else None


def _of_items(column: Column) -> Column:
    """A list of objects, whose fields are sent as by default."""
    items = [item for value in column.values for item in value]
    names = dict.fromkeys(name for item in items for name in item)
    inner = []
    for name in names:
        made = column_of(name, [item.get(name) for item in items], SentAs())
        plain = made.layout in (None, ISO) and not made.local and not made.nulls and not made.flags
        inner.append(made if plain and not made.note else replace(made, kind="text", layout=None))
    usable = inner and all(name.isidentifier() for name in names)
    if not usable or any(one.inner or one.note for one in inner):
        return replace(column, note="a list of objects")
    return replace(column, kind="list", inner=tuple(inner))
