"""What the log tells of the rows of a data file."""

import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from mega_toys.declared.field import STATISTICS_BYTES
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.statistics import as_json, just_after, statistics
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored

LAST = "\U0010ffff"


def told(frame: pl.DataFrame) -> dict[str, object]:
    found = frame.select(statistics(frame.schema)).row(0, named=True)
    return json.loads(as_json(frame.schema, found), parse_float=Decimal)  # type: ignore[no-any-return]


def test_both_ends_and_the_nulls_of_each_column_are_told_exactly() -> None:
    at = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
    frame = pl.DataFrame(
        {
            "n": [3, None, -1],
            "amount": [Decimal("0.10"), Decimal("123456789012345.67"), None],
            "at": [at, None, at + dt.timedelta(seconds=1)],
            "local": [at.replace(tzinfo=None), None, None],
            "day": [dt.date(2026, 3, 1), None, dt.date(1999, 12, 31)],
            "yes": [True, None, False],
            "list": [[1], None, []],
        }
    )

    assert told(frame) == {
        "numRecords": 3,
        "minValues": {
            "n": -1,
            "amount": Decimal("0.10"),
            "at": "2026-03-01T12:00:00.123456Z",
            "local": "2026-03-01T12:00:00.123456",
            "day": "1999-12-31",
        },
        "maxValues": {
            "n": 3,
            "amount": Decimal("123456789012345.67"),
            "at": "2026-03-01T12:00:01.123456Z",
            "local": "2026-03-01T12:00:00.123456",
            "day": "2026-03-01",
        },
        "nullCount": dict.fromkeys(("n", "at", "day", "yes", "list"), 1)
        | {"amount": 1, "local": 2},
    }


def test_a_largest_number_is_not_told_where_some_hold_not_a_number_for_larger() -> None:
    frame = pl.DataFrame({"a": [1.5, math.nan], "b": [math.inf, 1.0], "c": [math.nan, math.nan]})

    found = told(frame)

    assert found["minValues"] == {"a": Decimal("1.5"), "b": Decimal("1.0")}
    assert found["maxValues"] == {}


def test_only_the_first_columns_of_a_wide_table_are_told_of() -> None:
    found = told(pl.DataFrame({f"c{n}": [n] for n in range(40)}))

    assert len(found["nullCount"]) == len(found["minValues"]) == 32  # type: ignore[arg-type]


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.text(f"a{LAST}\ud7ff", min_size=60)))
def test_the_ends_of_texts_are_short_and_no_text_lies_beyond_them(texts: list[str]) -> None:
    found = told(pl.DataFrame({"s": texts}, schema={"s": pl.String()}))

    least, most = (found[end].get("s") for end in ("minValues", "maxValues"))  # type: ignore[attr-defined]
    for text in texts:
        assert least.encode() <= text.encode()
        assert most is None or text.encode() <= most.encode()
    for end in (least, most):
        assert end is None or len(end.encode()) <= STATISTICS_BYTES + 1  # one sign may be wider


def test_a_text_comes_right_after_all_that_begin_alike_where_there_is_one() -> None:
    assert just_after("ab") == "ac"
    assert just_after("a\ud7ff") == "a\ue000"  # not half a sign of two
    assert just_after(f"a{LAST}") == "b"
    assert just_after(LAST * 2) is None


def test_other_readers_of_the_log_take_what_it_tells(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "n": [1, 2],
            "amount": [Decimal("1.50"), Decimal("99999999999999.99")],
            "at": [dt.datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=dt.UTC)] * 2,
            "s": ["a" * 100, "ü"],
        },
        schema_overrides={"amount": pl.Decimal(18, 2)},
    )
    store, stored = Store(str(tmp_path)), Stored("a.silver.b", rows.schema)
    store.create(stored)

    store.append(stored, rows.lazy(), Note(run="r", batch="b"))

    file = pl.DataFrame(DeltaTable(store.uri(stored.name)).get_add_actions(flatten=True)).row(
        0, named=True
    )
    assert (file["num_records"], file["min.n"], file["max.n"]) == (2, 1, 2)
    assert (file["min.amount"], file["max.amount"]) == tuple(rows["amount"])
    assert file["max.at"] == rows["at"][0]
    assert file["min.s"] == "a" * STATISTICS_BYTES
    assert Path(store.uri(stored.name), file["path"]).stat().st_size == file["size_bytes"]
