"""Joins: from which side each column comes, and what decides which rows meet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from mega_toys.lineage.asked import Json, scan_of, schema_of
from mega_toys.lineage.expressions import Reading
from mega_toys.lineage.frames import Frame, UnreadError
from mega_toys.lineage.origins import Origins, Uses, together, used

_Pairs = list[tuple[str, str]]


def joined(body: Json, left: Frame, right: Frame) -> Frame:
    """What a join makes of both sides.

    Where each row of the left meets at most one of the right and stays in any case, the right only
    adds columns: what chose its rows bears on these alone.
    """
    args = body["options"]["args"]
    keys = used("join", together(_keys(body, left, right)))
    only_adds = _only_adds(body, right)
    if only_adds:
        right = replace(
            right,
            columns={name: _with(one, keys | right.rows) for name, one in right.columns.items()},
        )
    scans = {"input_left": scan_of(left.schema), "input_right": scan_of(right.schema)}
    schema = schema_of({"Join": {**body, **scans}})
    for columns in _candidates(body, left, right):
        if list(columns) == schema.names():
            rows = left.rows if only_adds else left.rows | right.rows | keys
            return Frame(schema, columns, rows, left.unique if _keeps_unique(body, right) else None)
    raise UnreadError(f"a join ({args['how']}) that makes the columns {schema.names()}")


def _with(found: Origins, uses: Uses) -> Origins:
    return Origins(found.values, found.uses | uses)


def _only_adds(body: Json, right: Frame) -> bool:
    how = body["options"]["args"]["how"]
    return "AsOf" in how if isinstance(how, dict) else how == "Left" and _is_one(body, right)


def _is_one(body: Json, right: Frame) -> bool:
    """Whether the right has at most one row for the keys."""
    return right.unique is not None and right.unique <= {name for _, name in _pairs(body)}


def _keeps_unique(body: Json, right: Frame) -> bool:
    how = body["options"]["args"]["how"]
    return (
        _only_adds(body, right)
        or how in ("Semi", "Anti")
        or (how in ("Inner", "Left") and _is_one(body, right))
    )


def _keys(body: Json, left: Frame, right: Frame) -> Iterator[Origins]:
    condition = body["condition"]
    equal = condition.get("Equi", {})
    yield from Reading(left).all(equal.get("left_on", []))
    yield from Reading(right).all(equal.get("right_on", []))
    for one, other in _by(body):
        yield left.columns[one]
        yield right.columns[other]
    for predicate in condition.get("NonEqui", {}).get("predicates", []):
        columns = _named(left.columns, right.columns, body["options"]["args"]["suffix"])
        yield Reading(Frame(pl.Schema(), columns)).one(predicate)


def _by(body: Json) -> _Pairs:
    """The columns by which an as-of join goes, beside the one in order."""
    how = body["options"]["args"]["how"]
    told = how.get("AsOf", {}) if isinstance(how, dict) else {}
    return list(zip(told.get("left_by") or [], told.get("right_by") or [], strict=True))


def _pairs(body: Json) -> _Pairs:
    """The keys that are columns on both sides, which may become one."""
    told = body["condition"].get("Equi", {})
    found = zip(told.get("left_on", []), told.get("right_on", []), strict=True)
    plain = [(_plain(one), _plain(other)) for one, other in found]
    return [*((one, other) for one, other in plain if one and other), *_by(body)]


def _plain(told: Json) -> str:
    return str(told["Column"]) if isinstance(told, dict) and "Column" in told else ""


def _candidates(body: Json, left: Frame, right: Frame) -> Iterator[dict[str, Origins]]:
    """The columns there can be: keys become one, or stay two. Polars says which of it holds."""
    args = body["options"]["args"]
    how, suffix, pairs = args["how"], args["suffix"], _pairs(body)
    if how in ("Semi", "Anti"):
        yield dict(left.columns)
        return
    if how == "Right":
        kept = {name for name, _ in pairs}
        ours = {name: one for name, one in left.columns.items() if name not in kept}
        yield _named(ours, right.columns, suffix)
    else:
        gone = {other: one for one, other in pairs}
        theirs = {name: one for name, one in right.columns.items() if name not in gone}
        ours = dict(left.columns)
        for other, one in gone.items() if how == "Full" else ():
            ours[one] |= right.columns[other]
        yield _named(ours, theirs, suffix)
    yield _named(left.columns, right.columns, suffix)


def _named(
    ours: Mapping[str, Origins], theirs: Mapping[str, Origins], suffix: str
) -> dict[str, Origins]:
    """Both sides; a name of the right that the left has is told apart."""
    added = {f"{name}{suffix}" if name in ours else name: one for name, one in theirs.items()}
    return {**ours, **added}
