"""How a partner sends otherwise than a dataset takes by default: a plain value beside the dataset.

Layouts are those of strptime, or `iso` (the default form), or `epoch d`, `epoch s`, `epoch ms`,
`epoch us`, `epoch ns`: numbers of days, seconds, … since 1970 in UTC.
"""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Layouts = str | tuple[str, ...]
ISO = "iso"
ENVELOPE = "$"  # begins a path that leads from the object which holds the list of records
CORRECTION_NAME = r"\.correction-[0-9]{4,}\.ndjson$"  # of a file of corrections, sent as we do
EPOCHS = {f"epoch {unit}": unit for unit in ("d", "s", "ms", "us", "ns")}
_PLACEHOLDER = re.compile(r"\{(\w+)\}|(\*)")


@dataclass(frozen=True, kw_only=True)
class Wide:
    """Columns that are records: each whose name matches the pattern is one record of its row.

    Its name is the value of the field `name`, its value that of the field `value`; an empty one is
    no record.
    """

    columns: str  # a regular expression, of the whole name
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class SentAs:
    """What is otherwise in the files of a partner; all else stays as it is by default.

    Of a text file: `encoding`, any of Python's. Of CSV: `separator` and `quote`, one sign each (no
    quote: quotes are text), `escape`, the sign that takes the meaning from the next one,
    `skip_lines` before the header, and the names of a `header` where the file has none. Of `.xlsx`,
    which is taken only where a sheet is declared: `sheet`, its name, or its number from 1.

    Of values: the signs of `decimal` and `thousands` in texts; texts that mean null (`nulls`),
    true and false; the layouts of `dates` and `times`, of all such fields or by field, and the
    `zone` of local times, an IANA name.

    Of records: `names`, from the name in the file, or a path in it such as `properties.mag` or
    `place[0]`, to the field; `from_path`, a pattern for the end of the path with fields in braces,
    such as `{shop_id}/sales_*.csv`; `records`, the list that is one record each, such as
    `data.items[*]`, outside of which `$.title` is found; and columns made long (`wide`).
    """

    encoding: str = "utf-8"
    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skip_lines: int = 0
    header: tuple[str, ...] = ()
    sheet: str | int | None = None
    decimal: str = "."
    thousands: str | None = None
    nulls: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    dates: Layouts | Mapping[str, Layouts] = ()
    times: Layouts | Mapping[str, Layouts] = ()
    zone: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    from_path: str | None = None
    records: str | None = None
    wide: Wide | None = None

    def layouts_of(self, name: str, kind: str) -> tuple[str, ...]:
        """The layouts of a field of type date or time; none where it is sent as by default."""
        declared = self.dates if kind == "date" else self.times
        found = declared.get(name, ()) if isinstance(declared, Mapping) else declared
        return (found,) if isinstance(found, str) else tuple(found)

    def sources_of(self, name: str) -> list[str]:
        """The names by which a field is sent in a file; none where it comes from elsewhere."""
        if name in self.from_elsewhere:
            return []
        return [sent for sent, own in self.names.items() if own == name] or [name]

    @property
    def from_elsewhere(self) -> frozenset[str]:
        """The fields that no column or name of a record holds."""
        long = (self.wide.name, self.wide.value) if self.wide else ()
        return frozenset({*fields_in(self.from_path or ""), *long})

    @property
    def is_utf8(self) -> bool:
        """Whether texts are encoded as by default."""
        return self.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")

    @property
    def told(self) -> dict[str, Any]:
        """What is not as by default."""
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: v for name, v in every.items() if v != getattr(BY_DEFAULT, name)}

    def __repr__(self) -> str:
        """As it is written."""
        return f"SentAs({', '.join(f'{name}={value!r}' for name, value in self.told.items())})"


BY_DEFAULT = SentAs()
Declared = SentAs | Mapping[str, SentAs]  # of all files, or of those whose path matches a pattern


def fields_in(from_path: str) -> list[str]:
    """The fields in braces of a pattern for paths."""
    return [found[1] for found in _PLACEHOLDER.finditer(from_path) if found[1]]


def values_in(from_path: str, path: str) -> dict[str, str]:
    """What the end of a path gives the fields of a pattern; nothing where it does not match."""
    parts, at = [], 0
    for found in _PLACEHOLDER.finditer(from_path):
        inside = f"(?P<{found[1]}>[^/]+?)" if found[1] else "[^/]*"
        parts += [re.escape(from_path[at : found.start()]), inside]
        at = found.end()
    pattern = "(?:.*/)?" + "".join([*parts, re.escape(from_path[at:])])
    match = re.fullmatch(pattern, path)
    return match.groupdict() if match else {}


def of_file(declared: Declared, path: str) -> SentAs:
    """The declaration of a file, by its path below the landing day; the first that matches."""
    if isinstance(declared, SentAs):
        return declared
    return next((one for pattern, one in declared.items() if _matches(path, pattern)), BY_DEFAULT)


def _matches(path: str, pattern: str) -> bool:
    """Whether a path matches, in any case; a pattern without `/` is one for the name alone."""
    told = path if "/" in pattern else path.rpartition("/")[2]
    parts, wanted = told.lower().split("/"), pattern.lower().split("/")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))
