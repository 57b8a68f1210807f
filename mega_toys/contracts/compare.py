"""What changed from one contract to another, as it concerns who reads the table."""

from collections.abc import Iterator, Mapping
from typing import Any

from mega_toys.contracts import columns_changed, levels_changed, rules_changed
from mega_toys.contracts.change import Change, Weight, same_words, was_and_is
from mega_toys.contracts.document import Document
from mega_toys.declared.privacy import is_weaker

_OF_ITSELF = ("id", "name", "version", "dataProduct", "servers")  # which differ from table to table
_COMPARED = ("schema", "roles", "slaProperties", "status", "customProperties")


def compare(before: Document, after: Document) -> list[Change]:
    """All changes, those that break first; none where only names and versions differ."""
    found = list(_changes(before, after))
    if not found and _rest(before) != _rest(after):
        found.append(Change(Weight.WORDS, "other words", after.get("name", "")))
    return sorted(found, key=lambda change: -change.weight)


def _changes(before: Document, after: Document) -> Iterator[Change]:
    old, new = before["schema"][0], after["schema"][0]
    yield from columns_changed.changes(old, new)
    yield from _grain(old, new)
    yield from rules_changed.changes(old, new)
    yield from levels_changed.changes(before, after)
    yield from _roles(before, after)
    yield from _class(customs(before), customs(after))
    for part in before.keys() | after.keys():
        if part not in (*_OF_ITSELF, *_COMPARED) and before.get(part) != after.get(part):
            yield Change(Weight.WORDS, "other words", part)


def _rest(contract: Document) -> Document:
    schema = [
        {key: value for key, value in one.items() if key not in ("name", "physicalName")}
        for one in contract["schema"]
    ]
    rest = {part: told for part, told in contract.items() if part not in _OF_ITSELF}
    return rest | {"schema": schema}


def customs(part: Mapping[str, Any]) -> dict[str, Any]:
    """The custom properties of a part of a contract."""
    return {one["property"]: one["value"] for one in part.get("customProperties", ())}


def _grain(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What one row is, in words."""
    before, after = (one.get("dataGranularityDescription", "") for one in (old, new))
    if not same_words(before, after):
        yield Change(Weight.ASKS, "grain changed", "grain", was_and_is(before, after))


def _roles(before: Document, after: Document) -> Iterator[Change]:
    old, new = ({one["role"] for one in doc.get("roles", ())} for doc in (before, after))
    for doc, roles in ((before, old), (after, new)):
        if customs(doc).get("readByOtherDomains"):
            roles.add("other domains")
    for role in sorted(old - new):
        yield Change(Weight.BREAKS, "role lost", role, "may not read it any longer")
    for role in sorted(new - old):
        yield Change(Weight.ADDS, "role added", role)


def _class(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = old.get("privacy", "internal"), new.get("privacy", "internal")
    if is_weaker(after, before):
        told = was_and_is(before, after)
        yield Change(Weight.BREAKS, "privacy class weakened", "the table", told)
    elif before != after:
        told = was_and_is(before, after)
        yield Change(Weight.ADDS, "privacy class strengthened", "the table", told)
