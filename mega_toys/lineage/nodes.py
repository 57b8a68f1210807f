"""The nodes of a plan: what the columns of each frame come from, down to the inputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from mega_toys.lineage.asked import Json, keeps_rows, names_of, scan_of, schema_of
from mega_toys.lineage.expressions import Reading
from mega_toys.lineage.frames import Frame, UnreadError, made
from mega_toys.lineage.functions import FUNCTIONS
from mega_toys.lineage.joins import joined
from mega_toys.lineage.origins import NO_USES, NOTHING, Origins, together

Inputs = Mapping[str, Frame]


def frame_of(plan: Json, inputs: Inputs) -> Frame:
    """What a plan makes of its inputs, which its scans name."""
    ((kind, body),) = plan.items()
    if kind == "PythonScan":
        return _input(body, inputs)
    if kind not in _NODES:
        raise UnreadError(f"the plan node `{kind}`")
    return _NODES[kind](body, inputs)


def _input(body: Json, inputs: Inputs) -> Frame:
    name = body["options"].get("explain_name")
    if name not in inputs:
        raise UnreadError(f"a scan `{name}`, which is none of its inputs")
    return inputs[name]


def _rows_of_the_code(body: Json, inputs: Inputs) -> Frame:
    """Rows that stand in the code: stand-ins cannot be collected, so no input is among them."""
    schema = schema_of({"DataFrameScan": body})
    return Frame(schema, dict.fromkeys(schema.names(), NOTHING))


def _known(body: Json, inputs: Inputs) -> Frame:
    """A plan of which the schema was asked for."""
    return frame_of(body["dsl"], inputs)


def _as_it_is(body: Json, inputs: Inputs) -> Frame:
    return frame_of(body["input"], inputs)


def _filter(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    return before.chosen("filter", Reading(before).of(body["predicate"]))


def _sort(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    return before.chosen("sort", Reading(before).all(body["by_column"]))


def _distinct(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    subset = body["options"]["subset"]
    if subset is None:
        return before.chosen("group", before.columns.values()).unique_by(before.columns)
    reading = Reading(before)
    return before.chosen("group", reading.all(subset)).unique_by(reading.names(subset))


def _select(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    reading = Reading(before)
    schema = schema_of({"Select": {**body, "input": scan_of(before.schema)}})
    columns = named(schema.names(), reading.all(body["expr"]))
    shortening = [one for one in body["expr"] if not keeps_rows(one)]
    after = made(schema, columns, before.rows)
    if shortening:
        return after.chosen("filter", [reading.one(one) for one in shortening])
    return after.unique_by(_passed_on(before, body["expr"]))


def _passed_on(before: Frame, told: Sequence[Json]) -> set[str] | None:
    """The names under which the columns go on by which rows are unique; none if one does not."""
    new = dict(pair for one in told for pair in _same(before, one))
    if before.unique is None or not before.unique <= new.keys():
        return None
    return {new[name] for name in before.unique}


def _same(before: Frame, told: Json) -> list[tuple[str, str]]:
    """The columns that an expression passes on as they are, with their new names."""
    match told:
        case {"Selector": _}:
            return [(name, name) for name in Reading(before).names([told])]
        case {"Column": name}:
            return [(name, name)]
        case {"Alias": [{"Column": name}, new]}:
            return [(name, new)]
    return []


def _with_columns(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    schema = schema_of({"HStack": {**body, "input": scan_of(before.schema)}})
    names = names_of(body["exprs"], before.schema)
    columns = {**before.columns, **named(names, Reading(before).all(body["exprs"]))}
    is_kept = before.unique is not None and not before.unique & set(names)
    return made(schema, columns, before.rows).unique_by(before.unique if is_kept else None)


def named(names: Sequence[str], found: Sequence[Origins]) -> dict[str, Origins]:
    """Origins by the names that Polars gives the columns."""
    if len(names) != len(found):
        raise UnreadError(f"columns {list(names)}, of which {len(found)} were read")
    return dict(zip(names, found, strict=True))


def _group_by(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    if body["apply"] is not None:
        raise UnreadError("the function of `map_groups`")
    reading, index = Reading(before), _index_of(body["options"])
    keys = reading.all(body["keys"])
    key_names = reading.names(body["keys"]) if body["keys"] else []
    by = [*keys, *(before.columns[name] for name in index)]
    of_group = replace(reading, keys=frozenset((*key_names, *index)))
    made_of = of_group.all(body["aggs"])
    schema = schema_of({"GroupBy": {**body, "input": scan_of(before.schema)}})
    between = len(schema) - len(keys) - len(made_of)  # the index, and the bounds of its windows
    around = [together(before.columns[name] for name in index)] * between
    if between != 0 and not index:
        raise UnreadError(f"a group_by to {schema.names()}")
    grouped = made(schema, named(schema.names(), [*keys, *around, *made_of]), before.rows)
    kept = grouped.chosen("group", by).unique_by([*key_names, *index])
    return kept.chosen("filter", [of_group.one(one) for one in body["predicates"]])


def _index_of(options: Json) -> list[str]:
    """The column by which windows of a dynamic or rolling group_by go."""
    return [told["index_column"] for told in (options["dynamic"], options["rolling"]) if told]


def _join(body: Json, inputs: Inputs) -> Frame:
    return joined(body, frame_of(body["input_left"], inputs), frame_of(body["input_right"], inputs))


def _union(body: Json, inputs: Inputs) -> Frame:
    """Rows below each other."""
    frames = [frame_of(one, inputs) for one in body["inputs"]]
    schema = schema_of({"Union": {**body, "inputs": [scan_of(one.schema) for one in frames]}})
    columns = {
        name: together(one.columns.get(name, NOTHING) for one in frames) for name in schema.names()
    }
    return made(schema, columns, NO_USES.union(*(one.rows for one in frames)))


def _beside(body: Json, inputs: Inputs) -> Frame:
    """Frames beside each other."""
    frames = [frame_of(one, inputs) for one in body["inputs"]]
    schema = pl.Schema({name: dtype for one in frames for name, dtype in one.schema.items()})
    columns = {name: found for one in frames for name, found in one.columns.items()}
    return made(schema, columns, NO_USES.union(*(one.rows for one in frames)))


def _map(body: Json, inputs: Inputs) -> Frame:
    before = frame_of(body["input"], inputs)
    kind, told = next(iter(body["function"].items()))
    if kind not in FUNCTIONS:
        raise UnreadError(f"the function `{kind}` of a frame")
    after = schema_of({"MapFunction": {**body, "input": scan_of(before.schema)}})
    return FUNCTIONS[kind](told, before, after)


def _pivot(body: Json, inputs: Inputs) -> Frame:
    """Each new column holds the values of the rows that have its name in `on`."""
    before = frame_of(body["input"], inputs)
    reading = Reading(before)
    on, values = (reading.one({"Selector": body[name]}) for name in ("on", "values"))
    cell = replace(reading, element=values).one(body["agg"]).using("filter", on)
    index = reading.names([{"Selector": body["index"]}])
    schema = schema_of({"Pivot": {**body, "input": scan_of(before.schema)}})
    columns = {name: before.columns[name] if name in index else cell for name in schema.names()}
    by = [before.columns[name] for name in index]
    return made(schema, columns, before.rows).chosen("group", by)


_NODES: dict[str, Callable[[Json, Inputs], Frame]] = {
    "Cache": _as_it_is,
    "DataFrameScan": _rows_of_the_code,
    "Distinct": _distinct,
    "Filter": _filter,
    "GroupBy": _group_by,
    "HConcat": _beside,
    "HStack": _with_columns,
    "IR": _known,
    "Join": _join,
    "MapFunction": _map,
    "Pivot": _pivot,
    "Select": _select,
    "Slice": _as_it_is,
    "Sort": _sort,
    "Union": _union,
}
