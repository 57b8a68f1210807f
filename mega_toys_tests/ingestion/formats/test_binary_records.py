"""Records of Avro and Parquet files."""

import datetime as dt
import io
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from mega_toys.ingestion.formats import records
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys_tests.hostile.corpus import avro as written
from mega_toys_tests.hostile.corpus import number, record, text
from mega_toys_tests.ingestion.formats.delivered import avro, ids, read_file, rescued, unreadable

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
NOON_TEXT = "2026-03-10T12:00:00.000000Z"


def schema(**fields: Any) -> dict[str, Any]:
    told = [{"name": name, "type": kind} for name, kind in fields.items()]
    return {"type": "record", "name": f"of_{'_'.join(fields)}", "fields": told}


def parquet(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2"])
def test_avro_is_read_in_every_codec(codec: str, tmp_path: Path) -> None:
    content = avro(tmp_path / "x", schema(id="string"), [{"id": "a"}, {"id": "b"}], codec)

    assert ids(read_file(tmp_path, "a.avro", content)) == ["a", "b"]


def zstd_packed(path: Path, record: dict[str, Any], rows: list[Any]) -> bytes:
    """An Avro file packed by zstandard, made of one that is not: fastavro has no codec here."""
    plain = avro(path, record, rows)
    sync, (block,) = plain[-16:], fastavro.block_reader(io.BytesIO(plain))
    head = plain[: plain.index(sync) + 16].replace(b"\x08null", b"\x12zstandard")
    packed = zstandard.compress(block.bytes_.getvalue())
    numbers = io.BytesIO()
    for told in (block.num_records, len(packed)):
        fastavro.schemaless_writer(numbers, {"type": "long"}, told)
    return head + numbers.getvalue() + packed + sync


def test_avro_packed_by_zstandard_is_read(tmp_path: Path) -> None:
    rows = [{"id": f"{n}"} for n in range(2000)]
    content = zstd_packed(tmp_path / "x", schema(id="string"), rows)

    assert ids(read_file(tmp_path, "a.avro", content)) == [row["id"] for row in rows]
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, "b.avro", content[:-100] + content[-90:])


@pytest.mark.parametrize(
    ("logical", "kind", "value", "unit"),
    [
        ("timestamp-micros", "long", 2**63 - 1, "us"),
        pytest.param("timestamp-millis", "long", 2**63 - 1, "ms", marks=pytest.mark.slow),
        pytest.param("timestamp-millis", "long", -(10**15), "ms", marks=pytest.mark.slow),
        pytest.param("date", "int", 2**31 - 1, "days", marks=pytest.mark.slow),
    ],
)
def test_an_instant_that_no_calendar_has_is_its_fields_fault_alone(
    logical: str, kind: str, value: int, unit: str, tmp_path: Path
) -> None:
    told = f"{value} {unit} since 1970"
    instant = {"type": kind, "logicalType": logical}
    rows = [{"id": f"{n}", "at": value if n == 60_000 else 0, "z": [value]} for n in range(60_002)]
    field = {"at": instant, "z": {"type": "array", "items": instant}, "id": "string"}

    found = read_file(tmp_path, "a.avro", avro(tmp_path / "x", schema(**field), rows))

    assert found["_row"].to_list() == list(range(60_002))
    assert ids(found) == [row["id"] for row in rows]
    assert rescued(found, 60_000) == {"at": told, "z": [told]}
    assert rescued(found, 60_001)["z"] == [told]


def test_avro_values_are_fitted_like_any_other(tmp_path: Path) -> None:
    money = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
    told = schema(
        id=["null", "int"], n="double", x="string", price=money,
        at={"type": "long", "logicalType": "timestamp-millis"},
        on={"type": "int", "logicalType": "date"}, ok="boolean",
        items={"type": "array", "items": schema(k="int")},
        box={"type": "map", "values": "string"},
        z={"type": "enum", "name": "e", "symbols": ["A"]},
    )  # fmt: skip
    row = {
        "id": 7, "n": 12.0, "x": "2.5", "price": Decimal("1.50"), "at": NOON, "on": NOON.date(),
        "ok": True, "items": [{"k": 1}], "box": {"k": "v"}, "z": "A",
    }  # fmt: skip

    rows = read_file(tmp_path, "a.avro", avro(tmp_path / "x", told, [row]))

    assert rows.drop("_file", "_row", "_landed_on", "_ingested_at", "_unfit").rows() == [
        ("7", 12, 2.5, Decimal("1.5"), NOON_TEXT, NOON.date(), True, '[{"k":1}]', '{"k":"v"}',
         '{"z":"A"}')
    ]  # fmt: skip


def test_local_times_and_epoch_numbers_are_no_instants(tmp_path: Path) -> None:
    local = {"type": "long", "logicalType": "local-timestamp-micros"}
    rows = read_file(
        tmp_path, "a.avro",
        avro(tmp_path / "x", schema(id="string", at=[local, "double"]),
             [{"id": "a", "at": NOON.replace(tzinfo=None)}, {"id": "b", "at": 1.77e9}]),
    )  # fmt: skip

    assert rows["at"].to_list() == [None, None]
    assert rows["_unfit"].to_list() == [["at"], ["at"]]


@pytest.mark.parametrize("cut", [3, 60, -5, -20])
def test_a_torn_avro_file_is_unreadable_as_a_whole(cut: int, tmp_path: Path) -> None:
    content = avro(tmp_path / "x", schema(id="string"), [{"id": str(n)} for n in range(500)])

    with pytest.raises(UnreadableFileError, match="Avro"):
        read_file(tmp_path, "a.avro", content[:cut])


@pytest.mark.parametrize("name", ["a.avro", "a.parquet", "a.kafka.parquet"])
@pytest.mark.parametrize("content", [b"{}", b"PAR1", b"Obj\x01", b"\x00" * 100, b"PAR1" * 30])
def test_what_is_not_of_its_name_s_format_is_unreadable(
    name: str, content: bytes, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, name, content)


def test_an_avro_file_of_another_thing_than_records_has_unreadable_records(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.avro", avro(tmp_path / "x", {"type": "string"}, ["a", "b"]))

    assert unreadable(rows) == [0, 1]


def test_parquet_values_are_fitted_like_any_other(tmp_path: Path) -> None:
    content = parquet(
        id=pa.array([7, 8], pa.uint64()), n=pa.array(["12", "x"]),
        x=pa.array([1.5, float("nan")], pa.float32()),
        price=pa.array([Decimal("1.50"), None], pa.decimal128(38, 10)),
        at=pa.array([NOON, None], pa.timestamp("ns", "Europe/Berlin")),
        on=pa.array([NOON.date(), None]), ok=pa.array([True, None]),
        items=pa.array([[{"k": 1}], []]), box=pa.array([{"k": 1}, None]),
        z=pa.array([None, "extra"]),
    )  # fmt: skip

    rows = read_file(tmp_path, "a.parquet", content)

    assert ids(rows) == ["7", "8"]
    assert rows["n"].to_list() == [12, None]
    assert rows["x"].to_list() == [1.5, None]
    assert rows["price"].to_list() == [Decimal("1.5"), None]
    assert rows["at"].to_list() == [NOON_TEXT, None]
    assert rows["items"].to_list() == ['[{"k":1}]', "[]"]
    assert rows["box"].to_list() == ['{"k":1}', None]
    assert rows["_unfit"].to_list() == [None, ["n", "x"]]
    assert rescued(rows, 1)["z"] == "extra"
    assert rescued(rows, 1)["n"] == "x"


@pytest.mark.parametrize("kind", ["s", "ms", "us", "ns"])
def test_a_timestamp_not_adjusted_to_utc_is_no_instant(kind: str, tmp_path: Path) -> None:
    local = pa.array([NOON.replace(tzinfo=None)], pa.timestamp(kind))

    rows = read_file(tmp_path, "a.parquet", parquet(id=["a"], at=local))

    assert rows["_unfit"].to_list() == [["at"]]
    assert rescued(rows)["at"].startswith("2026-03-10")


@pytest.mark.parametrize("cut", [4, 100, -1, -8])
def test_a_torn_parquet_file_is_unreadable_as_a_whole(cut: int, tmp_path: Path) -> None:
    content = parquet(id=[str(n) for n in range(1000)])

    with pytest.raises(UnreadableFileError, match="Parquet"):
        read_file(tmp_path, "a.parquet", content[:cut])


def test_a_parquet_file_damaged_inside_is_unreadable_as_a_whole(tmp_path: Path) -> None:
    content = bytearray(parquet(id=[str(n) for n in range(1000)]))
    content[4:200] = b"\xff" * 196

    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, "a.parquet", bytes(content))


def damaged() -> dict[str, bytes]:
    content = parquet(id=[str(n) for n in range(1000)])
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return {
        "short.parquet": content[:100],
        "tail.parquet": content[:-1],
        "body.parquet": content[:4] + b"\xff" * 196 + content[200:],
        "footer.parquet": content[:footer] + b"\x00" * 52 + content[footer + 52 :],
        "other.parquet": b"PAR1 this is no Parquet file PAR1",
        "none.avro": b"no Avro",
        "cut.avro": b"Obj\x01\x04\x16avro.schema",
        "cut.csv.gz": b"\x1f\x8b\x08 and no more",
    }


@pytest.mark.parametrize("name", damaged())
def test_why_a_file_is_unreadable_tells_nothing_of_the_process_that_read_it(
    name: str, tmp_path: Path
) -> None:
    def why(root: str) -> str:
        with pytest.raises(UnreadableFileError) as told:
            read_file(tmp_path / root, name, damaged()[name])
        return str(told.value)

    first = why("here")
    with (tmp_path / "a").open("w"), (tmp_path / "b").open("w"):  # other descriptors are free
        assert why("elsewhere") == first
    assert not any(told in first for told in (str(tmp_path), "/fd/", "elsewhere", name))


@pytest.mark.parametrize(
    ("told", "is_left"),
    [
        ("No magic bytes at end of file '/dev/fd/31'", "No magic bytes at end of file …"),
        ("<_io.BufferedReader name=7>", "<_io.BufferedReader name=…>"),
        ("<Block object at 0x7f3a10> fails", "<Block object at …> fails"),
        ("No such file: /tmp/mega_toys_x1/0.parquet, 1/2 read", "No such file: …, 1/2 read"),
        ("file:///home/ann/a.parquet: I/O error", "…: I/O error"),
        ("unknown magic 0x28b52ffd", "unknown magic 0x28b52ffd"),
    ],
)
def test_paths_descriptors_and_addresses_are_left_out_of_an_error(told: str, is_left: str) -> None:
    assert str(UnreadableFileError(told)) == is_left


def test_a_parquet_file_without_rows_or_fields_of_ours_is_read(tmp_path: Path) -> None:
    assert ids(read_file(tmp_path, "a.parquet", parquet(id=pa.array([], pa.string())))) == []
    rows = read_file(tmp_path, "b.parquet", parquet(z=[1]))
    assert rows["id"].to_list() == [None]
    assert rescued(rows) == {"z": 1}


def test_a_large_parquet_file_keeps_positions(tmp_path: Path) -> None:
    out = io.BytesIO()
    pl.DataFrame({"id": pl.int_range(120_000, eager=True).cast(pl.String)}).write_parquet(out)

    rows = read_file(tmp_path, "a.parquet", out.getvalue())

    assert rows["_row"].cast(pl.String).equals(rows["id"].alias("_row"))
    assert rows.height == 120_000


def test_each_value_of_a_stream_is_a_record_at_its_position(tmp_path: Path) -> None:
    content = parquet(
        topic=["t"] * 4, partition=[0] * 4, offset=[5, 6, 7, 8], timestamp=[NOON] * 4,
        key=pa.array([None] * 4, pa.binary()),
        value=pa.array([b'{"id": "a"}', b"torn {", None, b'{"id": "b"}'], pa.binary()),
        headers=pa.array([[]] * 4, pa.list_(pa.string())),
    )  # fmt: skip

    rows = read_file(tmp_path, "a.kafka.parquet", content)

    assert ids(rows) == ["a", None, None, "b"]
    assert unreadable(rows) == [1, 2]
    assert rows["_row"].to_list() == [0, 1, 2, 3]


def test_a_stream_s_file_without_values_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="value"):
        read_file(tmp_path, "a.kafka.parquet", parquet(id=["a"]))


@pytest.mark.parametrize("values", [[{"id": "a"}], [["a"]], [1], [NOON]], ids=str)
def test_a_stream_s_file_of_other_values_than_bytes_is_unreadable(
    values: list[Any], tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match="value"):
        read_file(tmp_path, "a.kafka.parquet", parquet(value=values))


BEYOND = {
    "instant": pa.array([10**18, 0], pa.timestamp("us", "UTC")),
    "local": pa.array([10**18, 0], pa.timestamp("us")),
    "day": pa.array([2932897, 0], pa.date32()),
    "list": pa.array([[10**18], [0]], pa.list_(pa.timestamp("us", "UTC"))),
}


@pytest.mark.parametrize("kind", BEYOND)
@pytest.mark.parametrize("field", ["at", "on", "n", "items", "unknown"])
def test_a_native_time_beyond_every_calendar_harms_no_other_record(
    field: str, kind: str, tmp_path: Path
) -> None:
    rows = read_file(tmp_path, "a.parquet", parquet(id=["a", "b"], **{field: BEYOND[kind]}))

    assert ids(rows) == ["a", "b"]
    assert "beyond those that can be held" in json.dumps(rescued(rows))


def test_the_last_instant_is_one_in_every_zone(tmp_path: Path) -> None:
    last = pa.array([253402300799 * 10**6], pa.timestamp("us", "Asia/Shanghai"))

    rows = read_file(tmp_path, "a.parquet", parquet(id=["a"], at=last, n=last, unknown=last))

    assert rows["at"].to_list() == ["9999-12-31T23:59:59.000000Z"]
    assert rescued(rows).keys() == {"n", "unknown"}


def as_spark(table: pa.Table) -> bytes:
    """A Parquet file without an Arrow schema, its timestamps as INT96."""
    out = io.BytesIO()
    pq.write_table(table, out, use_deprecated_int96_timestamps=True, store_schema=False)
    return out.getvalue()


def by_duckdb(folder: Path, query: str) -> bytes:
    """A Parquet file as DuckDB writes it."""
    path = folder / "duck.parquet"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_int96_is_an_instant_in_utc_and_never_another_than_was_sent(tmp_path: Path) -> None:
    noon = NOON.replace(tzinfo=None)
    sent = [
        noon,
        None,
        dt.datetime.fromisoformat("9999-12-31"),
        dt.datetime.fromisoformat("0001-01-01"),
    ]
    table = pa.table({"id": ["a", "b", "c", "d"], "at": pa.array(sent, pa.timestamp("us"))})

    rows = read_file(tmp_path, "a.parquet", as_spark(table))

    assert rows["at"].to_list() == [NOON_TEXT, None, None, None]
    assert [rescued(rows, at) for at in (0, 1)] == [None, None]
    told = "an instant beyond those that can be held"
    assert [rescued(rows, at) for at in (2, 3)] == [{"at": told}, {"at": told}]


def test_a_uuid_is_its_36_characters(tmp_path: Path) -> None:
    told = ["8a2f0f3e-1b2c-4d5e-8f90-a1b2c3d4e5f6", "41424344-4546-4748-494a-4b4c4d4e4f50"]
    query = (
        f"SELECT '{told[0]}'::UUID AS id UNION ALL SELECT '{told[1]}'::UUID UNION ALL SELECT NULL"
    )

    rows = read_file(tmp_path, "a.parquet", by_duckdb(tmp_path, query))

    assert ids(rows) == [*told, None]


def test_a_uuid_of_avro_that_is_none_is_the_text_it_is_and_takes_no_file(tmp_path: Path) -> None:
    told = ["8a2f0f3e-1b2c-4d5e-8f90-a1b2c3d4e5f6", "no UUID", ""]
    uuid = {"type": "string", "logicalType": "uuid"}
    rows = b"".join(number(1) + text(one.encode()) for one in told) + number(0)
    content = written(record(id=["null", uuid]), (len(told) + 1, rows))

    assert ids(read_file(tmp_path, "a.avro", content)) == [*told[:2], None, None]


def test_a_file_of_very_many_columns_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_COLUMNS", 1000)
    names = [f"c{at}" for at in range(1000)]
    within = {"type": "record", "name": "r", "fields": [{"name": n, "type": "int"} for n in names]}
    rows = [{"id": "a", "box": dict.fromkeys(names, 1)}]
    files = {
        "a.parquet": parquet(id=["a"], **{name: [1] for name in names}),
        "b.parquet": parquet(id=["a"], box=[dict.fromkeys(names, 1)]),
        "c.avro": avro(tmp_path / "x", schema(id="string", box=within), rows),
        "d.csv": f"id,{','.join(names)}\na{',1' * 1000}\n".encode(),
    }
    for name, content in files.items():
        with pytest.raises(UnreadableFileError, match="has more than 1,000 columns"):
            read_file(tmp_path, name, content)


@pytest.mark.slow
def test_twenty_thousand_unknown_columns_take_seconds_and_are_all_rescued(tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(20_000)]
    fields = {"id": "string", **dict.fromkeys(names, "int")}
    row = {"id": "a", **dict.fromkeys(names, 1)}
    files = {
        "a.parquet": parquet(**{name: [value] for name, value in row.items()}),
        "b.avro": avro(tmp_path / "x", schema(**fields), [row]),
        "c.csv": f"id,{','.join(names)}\na{',1' * 20_000}\n".encode(),
        "d.ndjson": json.dumps(row).encode(),
    }
    begun_s = time.process_time()
    found = [read_file(tmp_path, name, content) for name, content in files.items()]

    assert time.process_time() - begun_s < 30
    assert [(ids(rows), len(rescued(rows))) for rows in found] == 4 * [(["a"], 20_000)]


def of_one_name(name: str) -> bytes:
    """A Parquet file of two records, three columns of which have one name."""
    out = io.BytesIO()
    columns = [["a", "b"], ["u", None], [1, 2], [[3], [4]]]
    named = ["id", name, name, name]
    pq.write_table(pa.Table.from_arrays([pa.array(c) for c in columns], names=named), out)
    return out.getvalue()


def test_columns_of_one_unknown_name_are_all_rescued(tmp_path: Path) -> None:
    for name in ("w", "weight", "größe"):
        rows = read_file(tmp_path, "a.parquet", of_one_name(name))

        assert ids(rows) == ["a", "b"]
        assert [rescued(rows, at) for at in (0, 1)] == [{name: ["u", 1, [3]]}, {name: [2, [4]]}]


def test_columns_of_one_known_name_make_the_file_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="names n twice"):
        read_file(tmp_path, "a.parquet", of_one_name("n"))


def test_an_interval_is_rescued_and_takes_no_file(tmp_path: Path) -> None:
    query = (
        "SELECT 'a' AS id, INTERVAL '14 months 3 days 1500 milliseconds' AS z, INTERVAL 1 DAY AS n"
    )

    rows = read_file(tmp_path, "a.parquet", by_duckdb(tmp_path, query))

    assert ids(rows) == ["a"]
    assert rescued(rows) == {
        "z": {"months": 14, "days": 3, "milliseconds": 1500},
        "n": {"months": 0, "days": 1, "milliseconds": 0},
    }


@pytest.mark.parametrize("zone", ["+05:30", "-00:30", "Asia/Kolkata", "UTC"])
def test_an_instant_is_one_in_whichever_zone_its_writer_embedded(zone: str, tmp_path: Path) -> None:
    at = pa.array([NOON], pa.timestamp("us", zone))

    rows = read_file(tmp_path, "a.parquet", parquet(id=["a"], at=at))

    assert rows["at"].to_list() == [NOON_TEXT]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pa.array([86_400_000], pa.date64()), "1970-01-02"),
        (pa.array([5], pa.duration("us")), 5),
        (pa.array([[1, 2]], pa.list_view(pa.int64())), [1, 2]),
        (pa.array(["x"]).dictionary_encode(), "x"),
    ],
    ids=str,
)
def test_a_files_own_types_count_and_not_those_that_its_writer_embedded(
    values: pa.Array, told: object, tmp_path: Path
) -> None:
    rows = read_file(tmp_path, "a.parquet", parquet(id=["a"], z=values))

    assert (ids(rows), rescued(rows)) == (["a"], {"z": told})
