"""What changed in the rules and checks of a contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from mega_toys.contracts.change import Change, Weight, was_and_is

Rule = Mapping[str, Any]
_LIMITS = ("warnAbove", "errorAbove")
_OF_A_FIELD = "_is_valid"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """The changes from the rules and checks of one schema to those of another."""
    before = {one["name"]: one for one in old.get("quality", ())}
    after = {one["name"]: one for one in new.get("quality", ())}
    columns = {one["name"] for one in old.get("properties", ())}
    for name, rule in before.items():
        if name not in after:
            yield Change(Weight.BREAKS, "rule loosened", name, "is asked no longer")
        else:
            yield from _changed(rule, after[name], columns)
    for name in after:
        if name not in before:
            yield Change(Weight.ADDS, "rule added", name)


def _changed(old: Rule, new: Rule, columns: set[str]) -> Iterator[Change]:
    name, severity = old["name"], (old.get("severity"), new.get("severity"))
    if severity[0] != severity[1]:
        looser = severity[0] == "error"
        kind = "rule loosened" if looser else "rule tightened"
        weight = Weight.BREAKS if looser else Weight.ADDS
        yield Change(weight, kind, name, was_and_is(*severity))
    yield from _made_otherwise(name, old.get("implementation"), new.get("implementation"))
    if old.get("description") != new.get("description"):
        yield _told_otherwise(old, new, columns)


def _made_otherwise(name: str, old: Any, new: Any) -> Iterator[Change]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield Change(Weight.ASKS, "rule changed", name, was_and_is(old, new))
        return
    for limit in (one for one in _LIMITS if one in old and old[one] != new.get(one)):
        looser = new.get(limit) is None or new[limit] > old[limit]
        kind = "rule loosened" if looser else "rule tightened"
        weight = Weight.BREAKS if looser else Weight.ADDS
        yield Change(weight, kind, name, f"{limit} {was_and_is(old[limit], new.get(limit))}")
    if "query" in old and old["query"] != new.get("query"):
        yield Change(Weight.ASKS, "check changed", name, "looks for something else, or otherwise")
    if old.get("expression") != new.get("expression"):
        told = was_and_is(old.get("expression"), new.get("expression"))
        yield Change(Weight.ASKS, "rule changed", name, told)


def _told_otherwise(old: Rule, new: Rule, columns: set[str]) -> Change:
    """What a field must be is told by its declaration; where it is a column, that is compared."""
    name = old["name"]
    is_made = "rule" in (old.get("implementation") or {}) and name.endswith(_OF_A_FIELD)
    if is_made and name.removesuffix(_OF_A_FIELD) not in columns:
        told = was_and_is(old.get("description"), new.get("description"))
        return Change(Weight.ASKS, "rule changed", name, told)
    return Change(Weight.WORDS, "other words", name)
