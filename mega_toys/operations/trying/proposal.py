"""A whole bronze file for the records of a file that no dataset has had before."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dataframely as dy

from mega_toys.declared import sent
from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, SentAs, Wide
from mega_toys.lake.fields.layouts import NULL_WORDS
from mega_toys.operations.trying.columns import Column
from mega_toys.operations.trying.declaring import declared_of
from mega_toys.operations.trying.naming import (
    PERSONAL,
    business_time_and_sequence,
    field_names,
    likely_key,
)

_NO_FIELD = ("an object", "a list")  # how the notes of columns begin that are rescued
_WIDE = (
    (r"[A-Z]{3}", "currency", "rate"),
    (r"(?:18|19|20)[0-9]{2}", "year", "value"),
    (r"[0-9]+[-./][0-9]+[-./][0-9]+", "date", "value"),
)
_FEWEST_WIDE = 5
_FUNCTIONS = {
    "text": "text", "int": "whole", "number": "number", "money": "money", "bool": "flag",
    "date": "date", "time": "time",
}  # fmt: skip
_WIDTH = 100
_LONGEST = 60  # characters of the name of a file


@dataclass(frozen=True)
class Proposal:
    """Fields by name, the declaration by which a file gives them, and what they mean."""

    fields: Mapping[str, Column]
    sent_as: SentAs
    key: Sequence[str]
    alike: int  # records that others have the key of
    business_time: str | None
    sequence: str | None
    left_out: Sequence[Column] = ()  # that no field holds
    has_total: bool = False  # whether the last record sums up the others, and was passed over
    remarks: int = 0  # how many of the last records are remarks, and were passed over

    @property
    def types(self) -> dict[str, Sent]:
        """The fields as a bronze schema has them."""
        made = {name: _made(name, column) for name, column in self.fields.items()}
        return {name: told for name, one in made.items() if (told := sent.of(one)) is not None}

    def source(self, domain: str, dataset: str, file: str) -> str:
        """The text of the bronze file."""
        words = [word.capitalize() for word in dataset.split("_")]
        schema, named = f"Received{''.join(words)}", _cut(re.sub(r"[^\w .-]", "?", file))
        fields = "\n".join(self._line(name) for name in self.fields)
        shape = "SentAs, Wide" if self.sent_as.wide else "SentAs"
        of_sent_as = f"from mega_toys.declared.sent_as import {shape}\n"
        parts = [f"key={code(tuple(self.key), 8, len('key=,'))}"]
        if self.business_time:
            parts.append(f"business_time={code((self.business_time,))}")
        if self.sequence:
            parts.append(f"sequence={code(self.sequence)}")
        parts.append(f"source=Files({code(named)})")
        if self.sent_as != BY_DEFAULT:
            parts.append(f"sent_as={written(self.sent_as, 8)}")
        is_personal = any(map(_is_personal, self.fields, self.fields.values()))
        privacy = ', privacy="personal"' if is_personal else ""
        told = ", ".join(parts)
        if "\n" in told or len(f"    dataset=Dataset({told}),") > _WIDTH:
            told = "".join(f"\n        {part}," for part in parts) + "\n    "
        return _marked_where_long(
            f"# mega_toys/domains/{domain}/bronze/{dataset}.py\n"
            f'"""Records as in {named}."""\n\n'
            "from mega_toys.declared import sent\n"
            "from mega_toys.declared.contract import Contract\n"
            "from mega_toys.declared.dataset import Dataset\n"
            f"{of_sent_as if self.sent_as != BY_DEFAULT else ''}"
            "from mega_toys.declared.source import Files\n"
            "from mega_toys.declared.table import Bronze\n\n\n"
            f"class {schema}(sent.Received):\n"
            f'    """One record of {named}, as received."""\n\n'
            f"{fields}\n\n\n"
            "TABLE = Bronze(\n"
            f"    rows={schema},\n"
            f"    dataset=Dataset({told}),\n"
            f'    contract=Contract(owner="{domain.replace("_", "-")}-data"{privacy}),\n'
            ")\n"
        )

    def _line(self, name: str) -> str:
        column = self.fields[name]
        line, note = f"    {name} = {_code(name, column)}", column.note
        if column.local and self.sent_as.zone:
            note = "local: no file tells the zone, say it in `sent_as`"
        if not note:
            return line
        beside = f"{line}  # {note}"
        return beside if len(beside) <= _WIDTH else f"    # {note}\n{line}"


def _cut(file: str) -> str:
    return file if len(file) <= _LONGEST else f"{file[: _LONGEST - 1]}…"


def _marked_where_long(source: str) -> str:
    """Code of which ruff is told of the lines that no other layout makes shorter."""
    lines = source.splitlines(keepends=True)
    return "".join(
        line if len(line) <= _WIDTH + 1 else f"{line[:-1]}  # noqa: E501, named so in the file\n"
        for line in lines
    )


def _code(name: str, column: Column) -> str:
    given = ["optional=True"] if column.nullable else []
    if column.kind == "list" and not column.inner[0].source:
        empty = ["may_be_empty=True"] if [] in column.values else []
        optional = ["optional=True"] if column.nullable else []
        return f"sent.values({', '.join([_code('', column.inner[0]), *empty, *optional])})"
    if column.kind == "list":
        inside = [f"{one.source}={_code(one.source, one)}" for one in column.inner]
        empty = ["may_be_empty=True"] if any(value == [] for value in column.values) else []
        return f"sent.items({', '.join([*empty, *inside])})"
    if _is_personal(name, column):
        given.append("personal=True")
    return f"sent.{_FUNCTIONS[column.kind]}({', '.join(given)})"


def _is_personal(name: str, column: Column) -> bool:
    return column.kind in ("text", "date") and PERSONAL.search(name) is not None


def _made(name: str, column: Column) -> dy.Column:
    if column.kind == "list" and not column.inner[0].source:
        item = _made("", column.inner[0])
        return sent.values(item, may_be_empty=[] in column.values, optional=column.nullable)
    if column.kind == "list":
        inside: dict[str, Any] = {one.source: _made(one.source, one) for one in column.inner}
        return sent.items(may_be_empty=any(v == [] for v in column.values), **inside)
    function = getattr(sent, _FUNCTIONS[column.kind])
    made: dy.Column = function(optional=column.nullable)
    return made


def written(sent_as: SentAs, indent: int) -> str:
    """A declaration as code, on several lines where one is too long."""
    parts = [f"{name}={code(value)}" for name, value in sent_as.told.items()]
    one = f"SentAs({', '.join(parts)})"
    if len(one) + indent + len("sent_as=,") <= _WIDTH:
        return one
    inside = " " * (indent + 4)
    told = sent_as.told.items()
    lines = [f"{name}={code(value, indent + 4, len(name) + 2)}" for name, value in told]
    body = "".join(f"{inside}{line},\n" for line in lines)
    return f"SentAs(\n{body}{' ' * indent})"


def code(value: object, indent: int = 0, beside: int = 0) -> str:
    """A value as code: texts in double quotes; one that is too long takes a line a part."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Wide):
        parts = [f"{name}={code(inside)}" for name, inside in vars(value).items()]
        return f"Wide({', '.join(parts)})"
    if isinstance(value, Mapping):
        return _several([f"{code(k)}: {code(v)}" for k, v in value.items()], "{}", indent, beside)
    if isinstance(value, tuple):
        parts = [code(one) for one in value]
        return _several(parts, "()", indent, beside) if len(parts) != 1 else f"({parts[0]},)"
    return repr(value)


def _several(parts: Sequence[str], marks: str, indent: int, beside: int) -> str:
    one = f"{marks[0]}{', '.join(parts)}{marks[1]}"
    if not indent or len(one) + indent + beside <= _WIDTH:
        return one
    inside = "".join(f"{' ' * (indent + 4)}{part},\n" for part in parts)
    return f"{marks[0]}\n{inside}{' ' * indent}{marks[1]}"


def proposal_of(columns: Sequence[Column], form: SentAs) -> Proposal:
    """The dataset that the columns of a file make."""
    usable = [one for one in columns if one.source and not one.note.startswith(_NO_FIELD)]
    wide, of_wide = _wide_of(usable)
    taken = {one.source for one in of_wide}
    rest = [one for one in usable if one.source not in taken]
    names = field_names([one.source for one in rest])
    fields = {names[one.source]: one for one in rest}
    sent_as = declared_of([*rest, *of_wide], names, form)
    fields = {name: _with_nulls(one, sent_as.nulls) for name, one in fields.items()}
    rows = list(zip(*_aligned(rest), strict=True))
    key, alike = likely_key(fields, rows) if fields else ([], 0)
    if wide:
        values = [value for one in of_wide for value in one.values]
        fields[wide.name] = Column(source="", kind="text", values=[], nullable=False)
        fields[wide.value] = Column(source="", kind="number", values=values, nullable=False)
        sent_as, key = replace(sent_as, wide=wide), [*key, wide.name]
    business_time, sequence = business_time_and_sequence(fields)
    left_out = [one for one in columns if one.source and one not in usable]
    return Proposal(fields, sent_as, key, alike, business_time, sequence, left_out)


def _with_nulls(column: Column, nulls: Sequence[str]) -> Column:
    """A column of texts has no value where another one's word for that stands, too."""
    is_null = column.kind == "text" and not {*nulls}.isdisjoint(map(str, column.values))
    return replace(column, nullable=True) if is_null else column


def _wide_of(columns: Sequence[Column]) -> tuple[Wide | None, list[Column]]:
    """The columns that are records: many numbers under names that are values."""
    for pattern, name, value in _WIDE:
        found = [one for one in columns if re.fullmatch(pattern, one.source)]
        numbers = (one.kind in ("int", "number", "money") or _is_empty(one) for one in found)
        if len(found) >= _FEWEST_WIDE and all(numbers):
            found = [replace(one, nulls=NULL_WORDS & {*map(str, one.values)}) for one in found]
            return Wide(columns=pattern, name=name, value=value), found
    return None, []


def _is_empty(column: Column) -> bool:
    return all(value in NULL_WORDS for value in column.values)


def _aligned(columns: Sequence[Column]) -> list[Sequence[Any]]:
    """Values of as many records; those of columns with nulls do not count."""
    most = max((len(one.values) for one in columns), default=0)
    return [one.values if len(one.values) == most else [None] * most for one in columns]
