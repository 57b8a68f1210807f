"""What changed in the service levels of a contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from mega_toys.contracts.change import Change, Weight
from mega_toys.contracts.service_levels import EVERY_VERSION, FOR_EVER

_IN_HOURS = {"h": 1, "d": 24, "y": 24 * 365}
_LESS_IS_BETTER = ("latency", "supportResponse")
_END = "endOfSupport"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The changes from the service levels of one contract to those of another."""
    old, new = (
        {one["property"]: one for one in contract.get("slaProperties", ())}
        for contract in (before, after)
    )
    for name, level in old.items():
        if name not in new:
            ended = name == _END
            kind = "end taken back" if ended else "service level loosened"
            told = "" if ended else "is promised no longer"
            yield Change(Weight.ADDS if ended else Weight.BREAKS, kind, name, told)
        else:
            yield from _changed(name, level, new[name])
    for name, level in new.items():
        if name not in old:
            kind = "end announced" if name == _END else "service level added"
            yield Change(Weight.ADDS, kind, name, f"{level['value']}")


def _changed(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _amount(old), _amount(new)
    if before == after:
        if old != new:
            yield Change(Weight.WORDS, "other words", name)
        return
    told = f"was {_told(old)}, is {_told(new)}"
    looser = _is_looser(name, before, after)
    kind = f"service level {'loosened' if looser else 'tightened'}"
    yield Change(Weight.BREAKS if looser else Weight.ADDS, kind, name, told)


def _is_looser(name: str, before: float | str, after: float | str) -> bool:
    """Whether less is promised; where that cannot be told, it is."""
    if name == "history":
        return after != EVERY_VERSION
    if isinstance(before, str) and isinstance(after, str):
        return after < before  # days, as YYYY-MM-DD
    if isinstance(before, str) or isinstance(after, str):
        return True
    return after > before if name in _LESS_IS_BETTER else after < before


def _amount(level: Mapping[str, Any]) -> float | str:
    """What is promised: hours, a number, or a text."""
    value = level["value"]
    if value == FOR_EVER:
        return float("inf")
    if isinstance(value, (int, float)):
        return value * _IN_HOURS.get(level.get("unit", ""), 1)
    return str(value)


def _told(level: Mapping[str, Any]) -> str:
    return f"{level['value']} {level.get('unit', '')}".strip()
