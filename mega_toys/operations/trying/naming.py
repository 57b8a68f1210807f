"""Names for the fields of a file, and which of them are key, business time and sequence."""

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import combinations

import dataframely as dy

from mega_toys.operations.trying.columns import Column

_TAKEN = frozenset({"sent", "day"})  # in a bronze file; of silver
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe"})
_IDENTIFIER = re.compile(r"(?:^|_)(?:id|nr|no|number|key|code|uuid|sku|nummer|currency)(?:_|$)")
_SEQUENCE = re.compile(r"updat|modif|chang|version|geaendert|revis|last_seen")
_BUSINESS = re.compile(
    r"(?:^|_)(?:date|day|time|at|on|ts|timestamp|datum|zeit|created|placed)(?:_|$)"
)
PERSONAL = re.compile(
    r"e?mail|phone|telefon|birth|geburt|(?:full|first|last|sur)_?name|street|strasse|iban"
)
_LONGEST = 40  # characters of a name that is made of words
_MOST_OF_KEY = 3
_MOST_TRIED = 8
_FEW_ROWS = 2000  # by which fields are ranked


def field_names(sources: Sequence[str]) -> dict[str, str]:
    """A name for the field of each source, as Python writes it; none twice."""
    last = [_end(source) for source in sources]
    found: dict[str, str] = {}
    for source, end in zip(sources, last, strict=True):
        made = _cut(identifier(end if last.count(end) == 1 else source))
        name, number = made, 2
        while name in found.values():
            name, number = f"{made}_{number}", number + 1
        found[source] = name
    return found


def _cut(name: str) -> str:
    """A name that a line has room for, with its first words."""
    return name if len(name) <= _LONGEST else name[: _LONGEST + 1].rpartition("_")[0] or name


def _end(source: str) -> str:
    """The last name of a path; a header such as `Art. Nr.` is none."""
    is_path = re.fullmatch(r"[^.\s]+(?:\.[^.\s]+)+", source)
    return source.rpartition(".")[2] if is_path else source


def identifier(text: str) -> str:
    """A text as a name that Python and the tables have."""
    ascii_only = unicodedata.normalize("NFKD", text.translate(_GERMAN)).encode("ascii", "ignore")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", ascii_only.decode())
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "column"
    if name[0].isdigit():
        name = f"n{name}"
    taken = keyword.iskeyword(name) or name in _TAKEN or hasattr(dy.Schema, name)
    return f"{name}_sent" if taken else name


def matched(sources: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """Which source is which field: of the same name, of the same letters, or nearly so."""
    found = {source: source for source in sources if source in fields}
    free = [field for field in fields if field not in found]
    alike = {_letters(field): field for field in free}
    for source in sources:
        ends = (source, source.rpartition(".")[2])
        if source not in found and (hit := next((e for e in ends if _letters(e) in alike), None)):
            found[source] = alike.pop(_letters(hit))
    for source in sources:
        if source not in found and (near := get_close_matches(_letters(source), alike, 1, 0.75)):
            found[source] = alike.pop(near[0])
    return found


def _letters(text: str) -> str:
    return identifier(text).replace("_", "")


def likely_key(
    columns: Mapping[str, Column], rows: Sequence[tuple[object, ...]]
) -> tuple[list[str], int]:
    """The fewest fields that no two records have alike; `rows` has the values of all columns.

    Where no three do it, one after the other that tells the most records apart; and how many
    records are alike in them all the same.
    """
    names = list(columns)
    sure = [at for at, one in enumerate(columns.values()) if not (one.nullable or one.note)]
    kinds = [one.kind for one in columns.values()]
    places = [at for at in sure if kinds[at] in ("text", "int", "date", "time")]
    places.sort(key=lambda at: (not _IDENTIFIER.search(names[at]), at))
    for chosen in _some(places):
        if _distinct(rows, chosen) == len(rows):
            return [names[at] for at in sorted(chosen)], 0
    key = _greedily([*places, *(at for at in sure if at not in places)], rows)
    return [names[at] for at in sorted(key)] or names[:1], len(rows) - _distinct(rows, key)


def _distinct(rows: Sequence[tuple[object, ...]], places: Sequence[int]) -> int:
    return len({tuple(row[at] for at in places) for row in rows})


def _greedily(places: Sequence[int], rows: Sequence[tuple[object, ...]]) -> list[int]:
    """Fields that tell as many of the records apart as all do."""
    some = rows[:: max(1, len(rows) // _FEW_ROWS)]
    ranked = sorted(places, key=lambda at: -_distinct(some, [at]))
    key: list[int] = []
    apart = 0
    for at in ranked:
        more = _distinct(rows, [*key, at])
        if more > apart:
            key, apart = [*key, at], more
    return key


def _some(places: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for many in range(1, _MOST_OF_KEY + 1):
        yield from combinations(places[: len(places) if many == 1 else _MOST_TRIED], many)


def business_time_and_sequence(columns: Mapping[str, Column]) -> tuple[str | None, str | None]:
    """The field that says when it happened, and the one by which the newest version is told."""
    moments = [n for n, one in columns.items() if one.kind in ("time", "date") and not one.nullable]
    sequence = next((name for name in moments if _SEQUENCE.search(name)), None)
    others = [name for name in moments if name != sequence]
    named = [name for name in others if _BUSINESS.search(name)]
    return next(iter([*named, *others]), sequence), sequence
