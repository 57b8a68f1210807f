"""A last record that sums up those before it, as exports have one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mega_toys.operations.trying.columns import Values

_WORD = re.compile(
    r"\b(?:(?:grand |sub)?total[e]?|(?:gesamt|zwischen)?summe|gesamt|sum|somme|suma|totaal)\b",
    re.IGNORECASE,
)
_FEWEST = 3  # records before it


def without_total(columns: Mapping[str, Values]) -> tuple[dict[str, Values], bool]:
    """The columns without a last record that is a total, and whether there is one.

    It says so in one of its texts, and lacks a value that every other record has.
    """
    last = [values[-1] for values in columns.values() if values]
    before = {name: values[:-1] for name, values in columns.items()}
    if not last or len(next(iter(before.values()))) < _FEWEST:
        return dict(columns), False
    says_so = any(isinstance(value, str) and _WORD.search(value) for value in last)
    lacks = any(
        _is_null(v) and _is_whole(before[name]) for v, name in zip(last, before, strict=True)
    )
    return (before, True) if says_so and lacks else (dict(columns), False)


def _is_null(value: Any) -> bool:
    return value is None or value == ""


def _is_whole(values: Sequence[Any]) -> bool:
    return not any(map(_is_null, values))
