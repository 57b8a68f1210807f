import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mega_toys.ingestion.formats.json_file import NoRecordError
from mega_toys.ingestion.formats.json_records import decoded
from mega_toys.ingestion.formats.json_together import plain_objects

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
OBJECTS = st.dictionaries(st.text(), VALUES).map(
    lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
)
NEIGHBOURS = st.sampled_from(
    [
        b'{"a":[{"x":1}', b'{"y":2}]}', b'{"a":1},{"b":2}', b'{"a":1', b'"b":2}', b"{}", b"{}\r",
        b'{"a":1}{"b":2}', b'{"$date":"2026-01-01"}', b'{"n":12345678901234567890}', b"[1]", b"{]}",
        b'{"a":"\\ud800"}', b'{"a":NaN}', b'{"a":1,"a":2}',
        b'{"a":' + b"[" * 101 + b"]" * 101 + b"}",
        b'{"a":"\xff"}', b' {"a":1}', b'{"a":1} ', b"<html>502</html>",
    ]
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(OBJECTS | NEIGHBOURS | st.binary(max_size=8), max_size=12))
@example([b'{"a":[{"x":1}', b'{"y":2}]}', b'{"a":1},{"b":2}'])
def test_what_is_read_together_is_what_is_read_one_by_one(lines: list[bytes]) -> None:
    for line, together in zip(lines, plain_objects(lines), strict=True):
        if together is not None:
            assert together == decoded(line)


def test_a_line_that_is_none_costs_its_neighbours_nothing() -> None:
    lines = [orjson.dumps({"at": at}) for at in range(1200)]
    lines[3], lines[700] = b'{"at":[{"x":1}', b'{"y":2}]}'
    found = plain_objects(lines)
    assert [at for at, value in enumerate(found) if value is None] == [3, 700]
    assert found[701] == {"at": 701}


@pytest.mark.parametrize("line", [b'{"n":12345678901234567890}', b'{"t":{"$oid":"1"}}'])
def test_long_integers_and_extended_json_are_left_to_the_careful_reading(line: bytes) -> None:
    assert plain_objects([b'{"a":1}', line]) == [{"a": 1}, None]


def test_no_line_can_make_up_for_one_that_swallowed_its_end() -> None:
    swallowing, doubled = [b'{"a":[{"x":1}', b'{"y":2}]}'], b'{"a":1},{"b":2}'
    assert plain_objects([*swallowing, doubled]) == [None, None, None]
    with pytest.raises(NoRecordError):
        decoded(doubled)
