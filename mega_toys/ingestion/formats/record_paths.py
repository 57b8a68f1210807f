"""Paths in a record, such as `properties.mag` or `items[*]`: what they lead to and what is left."""

import re
from collections.abc import Sequence
from typing import Any

_STEP = re.compile(r"([^.\[\]]+)|\[(-?[0-9]+|\*)\]")
Path = tuple[str | int, ...]


def path_of(text: str) -> Path:
    """The steps of a path such as `data.items[0]`; a list's items are `*`."""
    return tuple(name or (at if at == "*" else int(at)) for name, at in _STEP.findall(text))


def is_path(source: str) -> bool:
    """Whether a name may be a path of several steps."""
    return len(path_of(source)) > 1


def items_at(value: Any, steps: Path) -> list[Any] | None:
    """What the path leads to, the items of each list on it; none where it leads nowhere."""
    if not steps:
        return [value]
    if steps[0] == "*":
        if type(value) is not list:
            return None
        parts = [items_at(item, steps[1:]) for item in value]
        return [one for part in parts for one in (part if part is not None else [None])]
    return items_at(value.get(steps[0]), steps[1:]) if type(value) is dict else None


def value_at(value: Any, steps: Path) -> Any:
    """What a path leads to in a value; none where it leads nowhere."""
    if not steps:
        return None if value is None else value
    for step in steps:
        if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def without(value: Any, paths: Sequence[Path]) -> Any:
    """A value without what the paths lead to; of a list, nulls stand for what is taken."""
    here = [path for path in paths if path]
    if len(here) < len(paths):
        return None
    if type(value) is dict:
        kept = {
            name: without(inside, [path[1:] for path in here if path[0] == name])
            for name, inside in value.items()
        }
        return {n: v for n, v in kept.items() if v is not None and (v != {} or value[n] == {})}
    if type(value) is list and here:
        kept_items = [
            without(inside, [p[1:] for p in here if p[0] in (at, at - len(value), "*")])
            for at, inside in enumerate(value)
        ]
        return kept_items if any(one is not None for one in kept_items) else None
    return value
