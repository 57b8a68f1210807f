"""Bronze rows: what fits is kept, all else is rescued, in every format alike."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.ingestion.decoding import bounds, fitted
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing import files
from mega_toys.lake.store.place import place_of
from mega_toys_tests.ingestion.formats.delivered import FIELDS, avro, packed, read_file, rescued

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


@pytest.mark.parametrize(
    ("name", "good", "bad", "header"),
    [
        ("a.csv", "a,1\n", "a\n", "id,n\n"),
        ("b.csv", "a,1\n", '"a"b,1\n', "id,n\n"),
        ("a.ndjson", '{"id": "a"}\n', "{\n", ""),
        ("a.json", '{"id": "a"},', "1,", "["),
    ],
)
def test_a_file_of_very_many_records_that_cannot_be_read_and_fewer_others_is_refused(
    name: str, good: str, bad: str, header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_UNREADABLE", 3)

    def rows(good_ones: int, bad_ones: int) -> int:
        text = header + good * good_ones + bad * bad_ones
        text = f"{text[:-1]}]" if header == "[" else text
        return read_file(tmp_path, name, text).height

    assert (rows(0, 3), rows(4, 4)) == (3, 8)
    with pytest.raises(UnreadableFileError, match="more than 3 records that cannot be read"):
        rows(3, 4)


@pytest.mark.parametrize(("name", "record"), [("a.csv", "a\n"), ("a.ndjson", "{\n")])
def test_such_a_file_is_refused_before_all_of_it_is_read(
    name: str, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_UNREADABLE", 3)
    path = tmp_path / "d" / "s" / "2026-03-10" / name
    path.parent.mkdir(parents=True)
    path.write_text("id,n\n" + record * 150_000)
    (file,) = files(place_of(tmp_path))

    seen = []
    with pytest.raises(UnreadableFileError):
        seen.extend(batch.records.height for batch in fitted.read(file, FIELDS))
    assert sum(seen) <= 50_001


def test_a_compressed_file_has_no_more_records_than_bytes_beside_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_RECORDS", 300)
    records = "id,n\n" + "a,1\n" * 300

    assert read_file(tmp_path, "a.csv.gz", packed(records.encode(), "gz")).height == 300
    with pytest.raises(UnreadableFileError, match="records, too many for its size"):
        read_file(tmp_path, "b.csv.gz", packed((records + "a,1\n" * 300).encode(), "gz"))


def test_a_file_of_columns_has_no_more_records_than_bytes_beside_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = io.BytesIO()
    pl.DataFrame({"id": ["a"] * 100_000}).write_parquet(held)
    monkeypatch.setattr(bounds, "MOST_RECORDS", 300)

    with pytest.raises(UnreadableFileError, match="records, too many for its size"):
        read_file(tmp_path, "a.parquet", held.getvalue())


@pytest.mark.parametrize(
    ("name", "header", "empty", "good"),
    [
        ("a.ndjson", "", '{"strange": 1}\n', '{"id": "a"}\n'),
        ("a.csv", "id,n\n", ",\n", "a,\n"),
        ("b.csv", "id,n\n", '"",""\n', "a,\n"),
    ],
)
def test_a_file_of_very_many_records_without_a_value_and_fewer_others_is_refused(
    name: str, header: str, empty: str, good: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_EMPTY", 60_000)

    def rows(good_ones: int, empty_ones: int) -> int:
        return read_file(tmp_path, name, header + good * good_ones + empty * empty_ones).height

    assert (rows(0, 60_000), rows(150_000, 80_000)) == (60_000, 230_000)
    with pytest.raises(UnreadableFileError, match="60,000 records without a value in any field"):
        rows(0, 200_000)


def test_fields_that_do_not_fit_are_named_in_the_order_of_the_declaration(tmp_path: Path) -> None:
    lines = '{"id": "a"}\n{"n": "x", "id": []}\n{"ok": 3, "n": 1}'
    rows = read_file(tmp_path, "a.ndjson", lines)

    assert rows["_unfit"].to_list() == [None, ["id", "n"], ["ok"]]


def test_a_name_told_once_that_each_record_would_be_rescued_with_is_bounded(tmp_path: Path) -> None:
    name, records = "z" * 20_000, "a,1\n" * 3_000  # 32 kB; 60 MB with the names

    assert read_file(tmp_path, "a.csv", f"id,{name}\n{records}").height == 3_000
    with pytest.raises(UnreadableFileError, match="names"):
        read_file(tmp_path, "b.csv", f"id,{name * 20}\n{records}")
