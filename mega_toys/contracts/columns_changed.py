"""What changed in the columns of a contract."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from mega_toys.contracts.change import Change, Weight, same_words, was_and_is
from mega_toys.declared.privacy import is_weaker

Column = Mapping[str, Any]
_LOWER = ("minimum", "exclusiveMinimum")  # limits that are looser when they are lower
_UPPER = ("maximum", "exclusiveMaximum", "maxLength")
_ALIKE = 0.6  # how alike the names of a column are that was renamed
_MEASURES = ("integer", "number")


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """The changes from the columns of one schema to those of another."""
    before = {one["name"]: one for one in old.get("properties", ())}
    after = {one["name"]: one for one in new.get("properties", ())}
    renamed = dict(_renamed(before, after))
    for name, column in before.items():
        if name in after:
            yield from _changed(name, column, after[name])
        elif name in renamed:
            yield Change(Weight.BREAKS, "column renamed", name, f"to `{renamed[name]}`")
            yield from _changed(renamed[name], column, after[renamed[name]])
        else:
            yield Change(Weight.BREAKS, "column removed", name)
    for name in after.keys() - before.keys() - {*renamed.values()}:
        yield Change(Weight.ADDS, "column added", name)
    yield from _key({renamed.get(name, name): one for name, one in before.items()}, after)


def _renamed(
    before: Mapping[str, Column], after: Mapping[str, Column]
) -> Iterator[tuple[str, str]]:
    """Columns that are gone, each with the new one that most looks like it."""
    new = [name for name in after if name not in before]
    for name in [name for name in before if name not in after]:
        alike = {other: _likeness(before[name], after[other]) for other in new}
        best = max(alike, key=lambda other: alike[other], default=None)
        if best is not None and alike[best] >= _ALIKE:
            new.remove(best)
            yield name, best


def _likeness(old: Column, new: Column) -> float:
    """From 0 to 2; 1 or more where it is described alike, or at the same place in the key."""
    if old.get("physicalType") != new.get("physicalType"):
        return 0
    described = old.get("description") and same_words(old["description"], new["description"])
    placed = old.get("primaryKeyPosition") and (
        old["primaryKeyPosition"] == new.get("primaryKeyPosition")
    )
    return SequenceMatcher(None, old["name"], new["name"]).ratio() + bool(described or placed)


def _key(before: Mapping[str, Column], after: Mapping[str, Column]) -> Iterator[Change]:
    old, new = (
        {name for name, one in columns.items() if one.get("primaryKey")}
        for columns in (before, after)
    )
    if old != new:
        told = was_and_is(", ".join(sorted(old)), ", ".join(sorted(new)))
        yield Change(Weight.BREAKS, "key changed", "key", told)


def _changed(name: str, old: Column, new: Column) -> Iterator[Change]:
    if (types := _types(old)) != _types(new):
        told = was_and_is(types[1], _types(new)[1])
        yield Change(Weight.BREAKS, "column retyped", name, told)
    if old.get("required") and not new.get("required"):
        yield Change(Weight.BREAKS, "column made nullable", name)
    elif new.get("required") and not old.get("required"):
        yield Change(Weight.ADDS, "column is never null now", name)
    yield from _class(name, old, new)
    yield from _unit(name, old, new)
    yield from _meaning(name, old, new)
    yield from _choices(name, _valid_values(old), _valid_values(new))
    yield from _limits(name, old.get("logicalTypeOptions", {}), new.get("logicalTypeOptions", {}))


def _types(column: Column) -> tuple[Any, Any]:
    return column.get("logicalType"), column.get("physicalType")


def _class(name: str, old: Column, new: Column) -> Iterator[Change]:
    before, after = (one.get("classification", "internal") for one in (old, new))
    if before != after:
        weaker = is_weaker(after, before)
        kind = f"privacy class {'weakened' if weaker else 'strengthened'}"
        weight = Weight.BREAKS if weaker else Weight.ADDS
        yield Change(weight, kind, name, was_and_is(before, after))


def _unit(name: str, old: Column, new: Column) -> Iterator[Change]:
    before, after = (
        next((p["value"] for p in one.get("customProperties", ()) if p["property"] == "unit"), None)
        for one in (old, new)
    )
    if before != after:
        yield Change(Weight.BREAKS, "unit changed", name, was_and_is(before, after))


def _meaning(name: str, old: Column, new: Column) -> Iterator[Change]:
    """Of a measure a person must say whether other words mean the same."""
    before, after = (one.get("description", "") for one in (old, new))
    is_measure = old.get("logicalType") in _MEASURES and not old.get("primaryKey")
    if is_measure and not same_words(before, after):
        yield Change(Weight.ASKS, "meaning changed", name, was_and_is(before, after))
    elif before != after:
        yield Change(Weight.WORDS, "other words", name)


def _valid_values(column: Column) -> set[Any] | None:
    for rule in column.get("quality", ()):
        if rule.get("metric") == "invalidValues":
            return set(rule["arguments"]["validValues"])
    return None


def _choices(name: str, old: set[Any] | None, new: set[Any] | None) -> Iterator[Change]:
    if old is not None and new is None:
        yield Change(Weight.BREAKS, "enumeration widened", name, "by any value")
    elif old is not None and new is not None and (more := new - old):
        told = f"by {', '.join(sorted(map(str, more)))}"
        yield Change(Weight.BREAKS, "enumeration widened", name, told)
    elif old != new:
        yield Change(Weight.ADDS, "enumeration narrowed", name)


def _limits(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for limit in (*_LOWER, *_UPPER, "pattern"):
        before, after = old.get(limit), new.get(limit)
        if before == after:
            continue
        told = f"{limit} {was_and_is(before, after)}"
        if before is None:
            yield Change(Weight.ADDS, "rule tightened", name, told)
        elif limit == "pattern" and after is not None:
            yield Change(Weight.ASKS, "rule changed", name, told)
        elif after is None or (after < before) == (limit in _LOWER):
            yield Change(Weight.BREAKS, "rule loosened", name, told)
        else:
            yield Change(Weight.ADDS, "rule tightened", name, told)
