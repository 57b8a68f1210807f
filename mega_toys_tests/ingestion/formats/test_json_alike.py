import datetime as dt
import io
import json
import sys
from dataclasses import dataclass

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.ingestion.decoding.fitted import frames, read
from mega_toys.ingestion.formats import json_alike, json_records
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields import native

FIELDS = {
    name: Sent(type=kind)
    for name, kind in {
        "t": "text", "i": "int", "n": "number", "m": "money", "b": "bool", "d": "date",
        "s": "time", "l": "list", "o": "object",
    }.items()
}  # fmt: skip
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
USUAL = {
    "t": "Köln", "i": 7, "n": 2.5, "m": 14.99, "b": True, "d": "2026-03-01",
    "s": "2026-03-01T08:00:00Z", "l": [{"x": 1, "y": 0.1}], "o": {"p": "q", "r": None}, "new": "x",
}  # fmt: skip
TEXTS = st.text(max_size=4) | st.sampled_from(
    ["", " ", "null", "1", "2026-03-01T24:00:00Z", '"', "\\", "$oid", "\x7f", "\u2028", "9" * 20]
)
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-1000, 1000, places=3).map(float)
    | st.sampled_from([0, -0.0, 1e-5, 0.0001, 0.1, 1e16, 5.0, 1e22, 12345678.123456])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
NAMES = st.sampled_from(["x", "y", "$oid", "$date", "é", ""])
INNER = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=3)
)
WRITERS = st.sampled_from(
    [
        lambda value: native.json_text(value).encode(),
        lambda value: json.dumps(value, ensure_ascii=False).encode(),
        lambda value: json.dumps(value, separators=(",", ":")).encode(),
    ]
)
CHANGED = st.dictionaries(st.sampled_from(sorted(USUAL)), INNER, max_size=3)
GONE = st.sets(st.sampled_from(sorted(USUAL)), max_size=1)
RAW = st.sampled_from(
    [
        b"{}", b"[1]", b'{"t":"a"', b'{"i":1,"i":2}', b'{"i":-0}', b'{"n":1.50,"m":1E2}',
        b'{"l":[{"x":1,"x":2,"y":0.1}]}', b'{"o":{"p":"q","r":1.10}}', b'{"t":"\xff"}',
        b'{"t":"\\n"}', b' {"t":"a"}', b'{"t":"a"}\r', b'{"o":{"$oid":"1"}}',
        b'{"n":123456789012345678.5}',
    ]
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> bytes:
    write = draw(WRITERS)
    usual = USUAL | draw(st.dictionaries(st.sampled_from(sorted(USUAL)), INNER, max_size=2))
    odd = [
        write({k: v for k, v in (usual | changed).items() if k not in gone})
        if isinstance(changed, dict)
        else changed
        for changed, gone in draw(st.lists(st.tuples(CHANGED | RAW, GONE), max_size=12))
    ]
    return b"\n".join([write(usual)] * draw(st.integers(3, 12)) + odd)


PRIVATE = SentAs(
    nulls=("null",), decimal=",", true=("1",), false=("0",), names={"new": "t", "o.p": "d"}
)


@dataclass(frozen=True)
class Text:
    content: bytes

    def open(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self.content)


def rows(content: bytes, fewest: int, sent_as: SentAs = BY_DEFAULT) -> pl.DataFrame:
    file = LandingFile(
        path="a/b/2026-03-01/f.ndjson",
        location=Text(content),  # type: ignore[arg-type]
        size=len(content),
        modified_ns=0,
        changed_ns=0,
        inode=0,
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_alike, "FEWEST", fewest)
        patched.setattr(json_records, "_BATCH", 20)
        batches = list(read(file, FIELDS, sent_as))
    whole = pl.concat(
        [frame.select(sorted(frame.columns)) for frame in frames(batches, FIELDS, AT)]
    )
    return whole.sort("_row")


@settings(max_examples=8)
@given(content=files(), sent_as=st.sampled_from([BY_DEFAULT, PRIVATE]))
def test_lines_laid_out_alike_give_the_rows_that_each_gives_alone(
    content: bytes, sent_as: SentAs
) -> None:
    assert_frame_equal(rows(content, 1, sent_as), rows(content, sys.maxsize, sent_as))


def test_all_lines_but_those_that_need_care_are_read_without_an_object_for_each() -> None:
    lines = [orjson.dumps(USUAL | {"i": at}) for at in range(1200)]
    lines[7], lines[900] = b'{"t":"a"', orjson.dumps(USUAL | {"i": "seven"})
    found, left = json_alike.alike(lines, list(FIELDS))
    assert [records.height for _, records in found] == [1198]
    assert left == [7, 900]


def test_lines_without_an_optional_field_are_a_layout_of_their_own() -> None:
    lines = [orjson.dumps({"t": "a"} | ({"n": 1.5} if at % 2 else {})) for at in range(1000)]
    found, left = json_alike.alike(lines, ["t", "n"])
    assert [records.height for _, records in found] == [500, 500]
    assert not left


def test_objects_of_many_fields_are_taken_apart_in_steps() -> None:
    wide = {f"field {at}": at for at in range(40)}
    found, left = json_alike.alike([orjson.dumps(wide)] * 1000, list(wide))
    ((_, records),) = found
    assert {name: records.columns[name][0] for name in wide} == wide
    assert not left


def test_lists_nested_deep_are_no_layout() -> None:
    deep = b'{"new":' + b"[" * 99 + b"]" * 99 + b"}"
    found, left = json_alike.alike([deep] * 1000, ["t"])
    assert not found
    assert len(left) == 1000
