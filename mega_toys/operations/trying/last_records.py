"""Last records that are none of a table: a total, and remarks below it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mega_toys.operations.trying.columns import Values

_WORD = re.compile(
    r"\b(?:(?:grand |sub)?total[e]?|(?:gesamt|zwischen)?summe|gesamt|sum|somme|suma|totaal)\b",
    re.IGNORECASE,
)
_FEWEST = 3  # records before them, and fields of a table with remarks


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


def without_remarks(columns: Mapping[str, Values]) -> tuple[dict[str, Values], int]:
    """The columns without the remarks below a table, and how many records these make.

    They have texts alone, in a minority of the fields, and no field in all of them that every
    record before them has, as sparse records have their key; or it is longer in them.
    """
    rows = list(zip(*columns.values(), strict=True))
    remarks = 0
    while remarks < len(rows) and _is_remark(rows[-1 - remarks]):
        remarks += 1
    height = len(rows) - remarks
    before = {name: values[:height] for name, values in columns.items()}
    whole = [at for at, values in enumerate(before.values()) if _is_whole(values)]
    last = [[row[at] for row in rows[height:]] for at in whole]
    longest = [max(len(str(row[at])) for row in rows[:height]) for at in whole if height]
    keyed = any(
        _is_whole(values) and not all(len(value) > most for value in values)
        for values, most in zip(last, longest, strict=False)
    )
    is_table = height >= max(_FEWEST, remarks) and len(columns) >= _FEWEST
    found = remarks and whole and is_table and not keyed
    return (before, remarks) if found else (dict(columns), 0)


def _is_remark(row: Sequence[Any]) -> bool:
    told = [value for value in row if not _is_null(value)]
    return len(told) * 2 < len(row) and all(isinstance(value, str) for value in told)


def _is_null(value: Any) -> bool:
    return value is None or value == ""


def _is_whole(values: Sequence[Any]) -> bool:
    return not any(map(_is_null, values))
