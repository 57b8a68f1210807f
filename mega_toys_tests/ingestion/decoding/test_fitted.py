"""Bronze rows: what fits is kept, all else is rescued, in every format alike."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys_tests.ingestion.formats.delivered import FIELDS, avro, read_file, rescued

COLUMNS = [*FIELDS, "_rescued", "_unfit", "_file", "_row", "_landed_on", "_ingested_at"]
TEXTS = {
    "id": "a", "n": "many", "x": "21.5", "price": "1.00001", "at": "2026-03-10", "on": "2026-03-10",
    "ok": "maybe", "items": "[1]", "box": "[]", "z": "extra",
}  # fmt: skip


def written(form: str, row: dict[str, Any], folder: Path) -> bytes | str:
    if form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        writer.writerow(row)
        return out.getvalue()
    if form == "parquet":
        held = io.BytesIO()
        pl.DataFrame([row]).write_parquet(held)
        return held.getvalue()
    if form == "avro":
        fields = [{"name": name, "type": "string"} for name in row]
        return avro(folder / "x", {"type": "record", "name": "r", "fields": fields}, [row])
    return json.dumps([row]) if form == "json" else json.dumps(row)


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "jsonl", "avro", "parquet"])
def test_the_same_texts_give_the_same_row_in_every_format(form: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, f"a.{form}", written(form, TEXTS, tmp_path))

    assert set(rows.columns) == set(COLUMNS)
    kept = rows.select("id", "n", "x", "price", "at", "ok", "items", "box").row(0)
    assert kept == ("a", None, 21.5, None, None, None, "[1]", None)
    unfit = {name: TEXTS[name] for name in ("n", "price", "at", "ok", "box")}
    assert rescued(rows) == {**unfit, "z": "extra"}
    assert sorted(rows["_unfit"][0]) == sorted(unfit)


def test_a_row_tells_where_it_came_from(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "sub/a b.ndjson", '{"id": "a"}')

    assert rows["_file"].to_list() == ["d/s/2026-03-10/sub/a b.ndjson"]
    assert str(rows["_landed_on"][0]) == "2026-03-10"
    assert rows.schema["_ingested_at"] == pl.Datetime("us", "UTC")


def test_nothing_is_rescued_where_all_fits(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", '{"id": "a", "n": 1, "z": null}\n{"id": "b"}')

    assert rows["_rescued"].to_list() == [None, None]
    assert rows["_unfit"].to_list() == [None, None]


@pytest.mark.parametrize("sent", ["1e400", "-1e400"])
def test_a_number_that_no_double_holds_is_rescued_as_something(sent: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", f'{{"id": "a", "x": {sent}}}')

    assert rows["_unfit"].to_list() == [["x"]]
    assert rescued(rows)["x"] is not None


def test_a_binary_nan_is_rescued_as_something(tmp_path: Path) -> None:
    held = io.BytesIO()
    pl.DataFrame({"id": ["a"], "x": [float("nan")]}).write_parquet(held)

    assert rescued(read_file(tmp_path, "a.parquet", held.getvalue()))["x"] is not None
