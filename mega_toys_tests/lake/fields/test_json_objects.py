"""JSON texts of many records at once."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.field import Sent, Type
from mega_toys.lake.fields.fit import STORED
from mega_toys.lake.fields.json_objects import objects
from mega_toys.lake.fields.native import json_text

_CENTS = st.integers(-(10**18) + 1, 10**18 - 1).map(lambda units: Decimal(units).scaleb(-4))
_NESTED = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=6,
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_VALUES: Mapping[Type, st.SearchStrategy[Any]] = {
    "text": _TEXT | st.sampled_from(['a"b', "\\", "\x00\x1f", "null", "\x7f\u2028"]),
    "int": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "money": _CENTS,
    "bool": st.booleans(),
    "date": st.dates(),
    "time": st.just("2026-03-01T12:00:00Z"),
    "list": st.lists(_NESTED, max_size=3).map(json.dumps),
    "object": st.dictionaries(st.text(), _NESTED, max_size=3).map(json.dumps)
    | st.sampled_from(['{"far": 1e999}', '{"a": 1, "a": 2}', '{"long": 123456789012345678901}']),
}
_FIELDS = {f'{kind} "': Sent(type=kind) for kind in _VALUES}
_RECORD = st.fixed_dictionaries(
    {f'{kind} "': st.none() | values for kind, values in _VALUES.items()}
)


def one_by_one(record: Mapping[str, Any]) -> str:
    """A record as one JSON text, made of Python's values."""
    there = {name: record[name] for name in _FIELDS if record[name] is not None}
    for name in ('list "', 'object "'):
        if name in there:
            try:
                there[name] = orjson.loads(there[name])
            except orjson.JSONDecodeError:
                continue
    return json_text(there)


@settings(max_examples=30)
@given(st.lists(_RECORD, max_size=5))
def test_objects_made_column_by_column_are_those_made_one_by_one(
    records: list[dict[str, Any]],
) -> None:
    schema = {name: STORED[sent.type] for name, sent in _FIELDS.items()}

    texts = objects(pl.DataFrame(records, schema=schema), _FIELDS)

    assert texts.to_list() == [one_by_one(record) for record in records]


def test_a_number_that_json_has_no_form_for_is_its_plain_text() -> None:
    rows = pl.DataFrame({"a": [1.5, float("nan"), None], "b": [None, dt.date(1, 2, 3), None]})
    fields = {"a": Sent(type="number"), "b": Sent(type="date")}

    texts = objects(rows, fields)

    assert texts.to_list() == ['{"a":1.5}', '{"a":"nan","b":"0001-02-03"}', "{}"]
