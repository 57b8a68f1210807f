"""Records of a file become records of its dataset, by what is declared of names and shape."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mega_toys.declared.sent_as import BY_DEFAULT, ENVELOPE, SentAs, Wide, values_in
from mega_toys.ingestion.formats.record_paths import (
    Path,
    is_path,
    items_at,
    path_of,
    value_at,
    without,
)
from mega_toys.ingestion.formats.records import Records, of_objects
from mega_toys.lake.fields.native import Columnar, Values, json_text, plain
from mega_toys.lake.fields.texts import BLANKS

_NO_BYTE = re.compile(r"\\xed\\x(b[0-3])\\x([89ab][0-9a-f])")  # a surrogate, see `text.blocks`


def asked_names(fields: Iterable[str], sent_as: SentAs) -> list[str]:
    """The names that a reader must give as columns, for the fields to be made of them."""
    if sent_as is BY_DEFAULT:
        return list(fields)
    if sent_as.records:
        return [str(path_of(sent_as.records)[0])]
    return _names_of_records(fields, sent_as)


def _names_of_records(fields: Iterable[str], sent_as: SentAs) -> list[str]:
    sources = [source for name in fields for source in sent_as.sources_of(name)]
    roots = [str(path_of(source)[0]) for source in sources if is_path(source)]
    return list(dict.fromkeys([*sources, *roots]))


def reshaped(
    found: Iterable[Records], fields: Sequence[str], sent_as: SentAs, path: str
) -> Iterator[Records]:
    """Records with the fields as columns; `path` is that of their file below the landing day."""
    if sent_as is BY_DEFAULT:
        yield from found
        return
    elsewhere = values_in(sent_as.from_path, path) if sent_as.from_path else {}
    for records in found:
        inner = _inner(records, fields, sent_as) if sent_as.records else records
        named = _named(inner, fields, sent_as)
        long = _long(named, sent_as.wide, frozenset(sent_as.nulls)) if sent_as.wide else named
        columns = dict(long.columns) | {
            name: [elsewhere.get(name)] * long.height for name in fields_of_path(sent_as)
        }
        yield replace(
            long,
            columns=columns,
            extras=_beside(long.extras, fields),
            unreadable={
                at: text if sent_as.is_utf8 else _shown(text)
                for at, text in long.unreadable.items()
            },
            weight=records.weight,
        )


def fields_of_path(sent_as: SentAs) -> frozenset[str]:
    """The fields that a file's path gives."""
    long = {sent_as.wide.name, sent_as.wide.value} if sent_as.wide else set()
    return sent_as.from_elsewhere - long


def _shown(text: str) -> str:
    """The text of an unreadable record, with bytes that are none of its encoding as they were."""
    return _NO_BYTE.sub(_byte, text)


def _byte(found: re.Match[str]) -> str:
    high, low = int(found[1], 16) - 0xB0, int(found[2], 16) - 0x80
    return f"\\x{high * 64 + low:02x}"


def _beside(
    extras: Mapping[int, Mapping[str, Any]], fields: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """What is unknown; a name that is a field's, though this comes from elsewhere, is marked."""
    known = frozenset(fields)
    return {
        at: {f"{name} (in the file)" if name in known else name: v for name, v in extra.items()}
        for at, extra in extras.items()
    }


# Records inside an object.


def _inner(records: Records, fields: Sequence[str], sent_as: SentAs) -> Records:
    """The items of the declared list, one record each; what has no such list is unreadable."""
    steps, names = path_of(sent_as.records or ""), _names_of_records(fields, sent_as)
    objects: list[Any] = []
    unreadable: dict[int, str] = {}
    envelopes: dict[int, Any] = {}
    for at, root in enumerate(_listed(records.columns.get(str(steps[0])), records.height)):
        whole = {str(steps[0]): root, **records.extras.get(at, {})}
        items = None if at in records.unreadable else items_at(root, steps[1:])
        if items is None:
            unreadable[len(objects)] = records.unreadable.get(at) or json_text(whole)
            objects.append(None)
            continue
        rest = without(whole, [steps])
        if rest and items:
            envelopes[len(objects)] = rest
        for item in items:
            if type(item) is not dict:
                unreadable[len(objects)] = json_text(item)
            objects.append({**item, ENVELOPE: rest} if type(item) is dict else item)
    paths = [path[1:] for name in names if (path := path_of(name))[0] == ENVELOPE and path[1:]]
    told = of_objects(objects, [*names, ENVELOPE], unreadable, records.weight)
    extras = {at: dict(extra) for at, extra in told.extras.items()}
    for at, rest in envelopes.items():
        if left := without(rest, paths):
            extras.setdefault(at, {})[ENVELOPE] = left
    return replace(told, extras=extras)


def _listed(values: Values | None, height: int) -> Sequence[Any]:
    if values is None:
        return [None] * height
    return plain(values) if isinstance(values, Columnar) else values


# Names.


def _named(records: Records, fields: Sequence[str], sent_as: SentAs) -> Records:
    """Columns by the names of the fields; what no field takes stays beside them."""
    columns: dict[str, Values] = {}
    extras = {at: dict(extra) for at, extra in records.extras.items()}
    taken: dict[str, list[Path]] = {}
    for name in fields:
        sources = sent_as.sources_of(name)
        if len(sources) == 1 and not is_path(sources[0]):
            if (values := records.columns.get(sources[0])) is not None:
                columns[name] = values
            taken.setdefault(sources[0], []).append(())
        elif sources:
            columns[name] = _first_of(records, sources, extras, taken)
    _keep_rest(records, taken, extras)
    return replace(records, columns=columns, extras=extras)


def _first_of(
    records: Records,
    sources: Sequence[str],
    extras: dict[int, dict[str, Any]],
    taken: dict[str, list[Path]],
) -> list[Any]:
    """The first value that any of the sources gives; the others stay beside it."""
    found: list[Any] = [None] * records.height
    for source in sources:
        path = path_of(source)
        taken.setdefault(source, []).append(())
        exact = _listed(records.columns.get(source), records.height)
        roots: Sequence[Any] = [None] * records.height
        if len(path) > 1:
            roots = _listed(records.columns.get(str(path[0])), records.height)
            taken.setdefault(str(path[0]), []).append(path[1:])
        for at, (value, root) in enumerate(zip(exact, roots, strict=True)):
            mine = value if value is not None else value_at(root, path[1:])
            if found[at] is None:
                found[at] = mine
            elif mine is not None:
                extras.setdefault(at, {})[source] = mine
    return found


def _keep_rest(
    records: Records, taken: Mapping[str, list[Path]], extras: dict[int, dict[str, Any]]
) -> None:
    """Beside the fields, what of the columns that were asked for no field has taken."""
    for name, values in records.columns.items():
        paths = taken.get(name, [])
        if () in paths or name == ENVELOPE:
            continue
        for at, value in enumerate(_listed(values, records.height)):
            rest = without(value, paths)
            if rest not in (None, {}, []):
                extras.setdefault(at, {})[name] = rest


# Wide columns made long.


def _long(records: Records, wide: Wide, nulls: frozenset[str]) -> Records:
    """A record for each value of a wide column; a row without any is one record that lacks it."""

    def is_null(value: Any) -> bool:
        return isinstance(value, str) and value.strip(BLANKS) in nulls

    is_wide = re.compile(wide.columns)
    at_of: list[int] = []
    names: list[str | None] = []
    values: list[Any] = []
    extras: dict[int, dict[str, Any]] = {}
    unreadable: dict[int, str] = {}
    for at in range(records.height):
        extra = records.extras.get(at, {})
        wides = {name: v for name, v in extra.items() if is_wide.fullmatch(name)}
        rest = {name: v for name, v in extra.items() if name not in wides}
        mine = {name: v for name, v in wides.items() if not is_null(v)}
        for name, value in mine.items() or [(None, None)]:
            if rest:
                extras[len(at_of)] = rest
            if at in records.unreadable:
                unreadable[len(at_of)] = records.unreadable[at]
            at_of.append(at)
            names.append(name)
            values.append(value)
    columns: dict[str, Values] = {
        name: sent.gather(at_of) if isinstance(sent, Columnar) else [sent[at] for at in at_of]
        for name, sent in records.columns.items()
    }
    return Records(
        height=len(at_of),
        columns=columns | {wide.name: names, wide.value: values},
        extras=extras,
        unreadable=unreadable,
        weight=records.weight,
    )
