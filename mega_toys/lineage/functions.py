"""What is done to a frame as a whole: unpivot, explode, unnest, and functions of Python."""

import functools
import pickle
from collections.abc import Callable

import polars as pl

from mega_toys.declared.opaque import TOLD, Told
from mega_toys.lineage.asked import Json
from mega_toys.lineage.expressions import Reading
from mega_toys.lineage.frames import Frame, UnreadError, made
from mega_toys.lineage.origins import NOTHING, together

_PICKLED = b"\x80"  # how what Python has pickled begins, after what Polars says of it


def _names(selector: Json, frame: Frame) -> list[str]:
    return Reading(frame).names([{"Selector": selector}])


def _explode(told: Json, before: Frame, after: pl.Schema) -> Frame:
    lists = [before.columns[name] for name in _names(told["columns"], before)]
    return made(after, before.columns, before.rows).chosen("explode", lists)


def _unnest(told: Json, before: Frame, after: pl.Schema) -> Frame:
    """Each field of a struct comes from all of it."""
    structs = _names(told["columns"], before)
    columns = {name: one for name, one in before.columns.items() if name not in structs}
    for name in structs:
        prefix = f"{name}{told['separator']}" if told["separator"] else ""
        dtype = before.schema[name]
        assert isinstance(dtype, pl.Struct)  # noqa: S101, Polars has unnested it
        columns |= {f"{prefix}{one.name}": before.columns[name] for one in dtype.fields}
    return made(after, columns, before.rows)


def _unpivot(told: Json, before: Frame, after: pl.Schema) -> Frame:
    args = told["args"]
    index = _names(args["index"], before)
    on = _names(args["on"], before) if args["on"] is not None else []
    on = on or [name for name in before.columns if name not in index]
    name, value = args["variable_name"] or "variable", args["value_name"] or "value"
    values = together(before.columns[one] for one in on)
    kept = {one: before.columns[one] for one in index}
    return made(after, {**kept, name: NOTHING, value: values}, before.rows)


def _row_index(told: Json, before: Frame, after: pl.Schema) -> Frame:
    return made(after, {told["name"]: NOTHING, **before.columns}, before.rows)


def _rename(told: Json, before: Frame, after: pl.Schema) -> Frame:
    new = dict(zip(told["existing"], told["new"], strict=True))
    columns = {new.get(name, name): one for name, one in before.columns.items()}
    unique = None if before.unique is None else {new.get(name, name) for name in before.unique}
    return made(after, columns, before.rows).unique_by(unique)


def _fill(told: Json, before: Frame, after: pl.Schema) -> Frame:
    by = Reading(before).one(told)
    return made(after, {name: one | by for name, one in before.columns.items()}, before.rows)


def _as_it_is(told: Json, before: Frame, after: pl.Schema) -> Frame:
    return made(after, before.columns, before.rows)


def _of_python(told: Json, before: Frame, after: pl.Schema) -> Frame:
    """A function that Python does, by what is declared of it."""
    function = _unpickled(bytes(told["function"]))
    said = getattr(function, TOLD, None)
    if not isinstance(said, Told):
        name = getattr(function, "__qualname__", str(function))
        raise UnreadError(
            f"`map_batches` of `{name}`, which may do anything to a frame: say above it, with "
            "`@columns_from(...)` of `declared/opaque.py`, what each of its columns comes from"
        )
    _refuse_unknown(said, before)
    columns = {
        name: together(before.columns[one] for one in sources)
        for name, sources in said.columns.items()
    }
    found = made(after, columns, before.rows)
    for effect, names in said.uses:
        found = found.chosen(effect, [before.columns[name] for name in names])
    return found


def _refuse_unknown(said: Told, before: Frame) -> None:
    named = [*said.columns.values(), *(names for _, names in said.uses)]
    for name in (one for names in named for one in names):
        if name not in before.columns:
            raise UnreadError(
                f"`@columns_from` that names `{name}`; its frame has {', '.join(before.columns)}"
            )


def _unpickled(told: bytes) -> object:
    """The function itself; of one with arguments filled in, the one that takes them."""
    function: object = pickle.loads(told[told.index(_PICKLED) :])  # noqa: S301, pickled by ourselves
    while isinstance(function, functools.partial):
        function = function.func
    return function


FUNCTIONS: dict[str, Callable[[Json, Frame, pl.Schema], Frame]] = {
    "Explode": _explode,
    "FillNan": _fill,
    "Hint": _as_it_is,
    "OpaquePython": _of_python,
    "Rename": _rename,
    "RowIndex": _row_index,
    "Stats": _as_it_is,
    "Unnest": _unnest,
    "Unpivot": _unpivot,
}
