r"""JSON objects that are laid out alike, read as columns.

A layout is made of samples: the names in their order, and for each a kind of value, or null. A text
that matches it has one meaning only: no escapes, no number that readers may read otherwise; and
lists and objects within it are written as `native.json_text` would. All else is not matched, and
for those who read texts one by one.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from mega_toys.lake.fields.native import JsonTexts, Values

_TEXT = r'[^"\\\x00-\x1f]*'
_INT = r"(?:0|-?[1-9][0-9]{0,17})"
_FLOAT = r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,17}"
_NUMBER = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,17})?"
_FRACTION = r"\.(?:0(?:0{0,2}[1-9](?:0?[1-9])?)?|[1-9](?:0{0,2}[1-9]){0,2})"  # as it is written
_SCALARS = {  # by the kinds of the samples
    frozenset({bool}): "true|false",
    frozenset({int}): _INT,
    frozenset({float}): _FLOAT,
    frozenset({int, float}): _NUMBER,
}
_INNER = {  # with at most 15 digits, which every writer writes again
    frozenset({bool}): "true|false",
    frozenset({int}): _INT,
    frozenset({float}): rf"-?(?:0|[1-9][0-9]{{0,7}}){_FRACTION}",
    frozenset({int, float}): rf"(?:0|-?[1-9][0-9]{{0,7}})(?:{_FRACTION})?",
    frozenset({str}): f'"{_TEXT}"',
}
_NUMBERS = frozenset({int, float})
_OBJECT = frozenset({dict})
_AT_ONCE = 12  # groups: with more than 16, expressions are matched in a slow way
_LONGEST = 5_000  # characters of an expression
FEWEST = 1000  # texts, below which it does not pay
_FIRST, _OTHERS = 50, 50  # samples
_MOST, _SHARE = 4, 10  # layouts; each is of one in so many samples at least

Kinds = frozenset[type]


@dataclass(frozen=True)
class Layout:
    """The names of objects with the kinds of their values, and what captures these."""

    kinds: Mapping[str, Kinds]
    expressions: Sequence[str]  # each takes apart what the one before left

    def captured(self, texts: pl.Series) -> tuple[pl.Series, dict[str, pl.Series]]:
        """The places of the texts that match, and the captured text of each value of theirs."""
        places = pl.int_range(len(texts), eager=True)
        found: list[pl.Series] = []
        for expression in self.expressions:
            groups = texts.str.extract_groups(expression).struct.unnest()
            rest = groups.columns[-1]
            is_alike = groups[rest].is_not_null()
            if not is_alike.all():
                places, groups = places.filter(is_alike), groups.filter(is_alike)
                found = [values.filter(is_alike) for values in found]
            found += groups.drop(rest).get_columns()
            texts = groups[rest]
        named = [name for name, kinds in self.kinds.items() if kinds]
        return places, dict(zip(named, found, strict=True))

    def columns(self, captured: Mapping[str, pl.Series]) -> dict[str, Values]:
        """The values of each name that has any."""
        return {name: self._values(name, texts) for name, texts in captured.items()}

    def _values(self, name: str, captured: pl.Series) -> Values:
        kinds = self.kinds[name]
        if kinds == _NUMBERS:
            texts = captured.fill_null("null").to_list()
            numbers: list[Any] = orjson.loads(f"[{','.join(texts)}]")
            return numbers
        (kind,) = kinds
        if kind in (list, dict):
            return JsonTexts(captured, kind)
        if kind is bool:
            return captured == "true"
        return captured if kind is str else captured.cast(pl.Int64 if kind is int else pl.Float64)


@dataclass(frozen=True)
class Items:
    """Items of lists that are laid out alike, one list's after those of another."""

    places: pl.Series  # of the texts that match
    at: pl.Series  # the place of the text that an item is of
    columns: Mapping[str, Values]


def items(texts: pl.Series, samples: Sequence[Any]) -> Items | None:
    """The objects in texts of lists, as most of the sampled lists have them; none without any."""
    sampled = [item for sample in samples if type(sample) is list for item in sample]
    written = _written(sampled, _OBJECT) if dict in map(type, sampled) else None
    layout = next(iter(layouts(sampled)), None)
    if written is None or layout is None or len(written) > _LONGEST:
        return None
    matches = texts.str.contains(rf"^\[(?:{written}(?:,{written})*)?\]$")
    places = matches.fill_null(False).arg_true().cast(pl.Int64)
    lists = pl.DataFrame({"at": places, "item": texts.gather(places).str.extract_all(written)})
    each = lists.explode("item", empty_as_null=False)
    matched, captured = layout.captured(each["item"])
    if len(matched) != each.height:
        return None
    return Items(places, each["at"], layout.columns(captured))


def sampled(values: Sequence[Any] | pl.Series) -> list[Any]:
    """The first values and some of all others."""
    return [*values[:_FIRST], *values[_FIRST :: len(values) // _OTHERS + 1]]


def layouts(samples: Sequence[Any]) -> list[Layout]:
    """How most of the samples are laid out that are objects, the most frequent layout first."""
    objects = [sample for sample in samples if type(sample) is dict and sample]
    shapes = Counter(map(tuple, objects))
    found = []
    for names, times in shapes.most_common(_MOST):
        if times * _SHARE >= len(samples):
            alike = [one for one in objects if tuple(one) == names]
            layout = _layout({name: [one[name] for one in alike] for name in names})
            found += [layout] if layout else []
    return found


def _layout(samples: Mapping[str, Sequence[Any]]) -> Layout | None:
    kinds = {name: _kinds(values) for name, values in samples.items()}
    parts = []
    for name, values in samples.items():
        inner = _top(values, kinds[name])
        if inner is None:
            return None
        parts.append(f"{_name(name)}: ?{inner}")
    cuts = range(0, len(parts), _AT_ONCE)
    pieces = [", ?".join(parts[at : at + _AT_ONCE]) for at in cuts]
    begins = [r"^\{", *([", ?"] * (len(pieces) - 1))]
    ends = [*(["(,.*)$"] * (len(pieces) - 1)), r"(\})\r?$"]
    every = [f"{begin}{piece}{end}" for begin, piece, end in zip(begins, pieces, ends, strict=True)]
    return Layout(kinds, every) if max(map(len, every)) <= _LONGEST else None


def _kinds(values: Sequence[Any]) -> Kinds:
    """The most frequent kind of some values, numbers being one; none of nothing but nulls."""
    times = Counter(type(value) for value in values if value is not None)
    numbers = _NUMBERS.intersection(times)
    if numbers and 2 * sum(times[kind] for kind in numbers) >= times.total():
        return numbers
    return frozenset(kind for kind, _ in times.most_common(1))


def _name(name: str) -> str:
    return re.escape(orjson.dumps(name).decode())


def _top(values: Sequence[Any], kinds: Kinds) -> str | None:
    """What captures a value; nothing where all are null. None for what needs care."""
    if not kinds:
        return "null"
    if kinds == {str}:
        return f'(?:null|"({_TEXT})")'
    inner = _SCALARS.get(kinds) or _written(values, kinds)
    return inner and f"(?:null|({inner}))"


def _inside(values: Sequence[Any]) -> str | None:
    """What matches a value inside of another, or null."""
    kinds = _kinds(values)
    if not kinds:
        return "null"
    inner = _INNER.get(kinds) or _written(values, kinds)
    is_short = inner and len(inner) <= _LONGEST  # that of a list has that of its items twice
    return f"(?:null|{inner})" if is_short else None


def _written(values: Sequence[Any], kinds: Kinds) -> str | None:
    """What matches lists, or objects, as they are written; none for marks of extended JSON, or
    where it would be long.
    """
    if kinds == {list}:
        item = _inside([item for value in values if type(value) is list for item in value])
        return item and rf"\[(?:{item}(?:,{item})*)?\]"
    alike: list[dict[str, Any]] = [value for value in values if type(value) is dict]
    names, _ = Counter(tuple(value) for value in alike).most_common(1)[0]
    if any("$" in name for name in names):
        return None
    parts = []
    for name in names:
        inner = _inside([value[name] for value in alike if tuple(value) == names])
        if inner is None:
            return None
        parts.append(f"{_name(name)}:{inner}")
    return rf"\{{{','.join(parts)}\}}"
