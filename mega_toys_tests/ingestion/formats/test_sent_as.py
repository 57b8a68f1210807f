"""Files of partners who send otherwise, read as their declarations say."""

import csv
import datetime as dt
import io
import json
import zoneinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.sent_as import Declared, SentAs, Wide
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.lake.fields.as_sent import by_default
from mega_toys.lake.fields.fit import fit_objects
from mega_toys.lake.fields.native import Beyond
from mega_toys_tests.ingestion.formats.delivered import (
    FIELDS,
    avro,
    ids,
    packed,
    read_file,
    rescued,
    unreadable,
)

GERMAN = SentAs(
    separator=";",
    encoding="cp1252",
    decimal=",",
    thousands=".",
    names={"Nr": "id", "Preis": "price", "Gebucht am": "at", "Tag": "on", "Aktiv": "ok"},
    times="%d.%m.%Y %H:%M",
    zone="Europe/Berlin",
    dates="%d.%m.%Y",
    true=("ja",),
    false=("nein",),
    nulls=("n/a", "-"),
)
HEADER = "Nr;Preis;Gebucht am;Tag;Aktiv;Größe"


def test_a_german_spreadsheet_is_read_as_declared(tmp_path: Path) -> None:
    lines = f"{HEADER}\r\nä1;1.234,50;10.03.2026 18:00;10.03.2026;JA;n/a\r\nn/a;-;;-;Nein;5\r\n"

    rows = read_file(tmp_path, "a.csv", lines.encode("cp1252"), GERMAN)

    assert rows.select("id", "price", "at", "on", "ok").rows() == [
        (
            "ä1",
            Decimal("1234.5000"),
            "2026-03-10T18:00:00.000000+01:00",
            dt.date(2026, 3, 10),
            True,
        ),
        (None, None, None, None, False),
    ]
    assert rows["_unfit"].to_list() == [None, None]
    assert rescued(rows, 1) == {"Größe": "5"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ("a;12.50;;;;", "price"),  # thousands are three digits
        ("a;1.23,4.5;;;;", "price"),
        ("a;1,5 €;;;;", "price"),
        ("a;;2026-03-10T18:00:00Z;;;", "at"),  # not as declared
        ("a;;31.02.2026 10:00;;;", "at"),
        ("a;;29.03.2026 02:30;;;", "at"),  # the clocks are put on
        ("a;;;2026-03-10;;", "on"),
        ("a;;;;true;", "ok"),
    ],
)
def test_what_does_not_fit_the_declaration_is_rescued_as_it_was_sent(
    sent: str, field: str, tmp_path: Path
) -> None:
    rows = read_file(tmp_path, "a.csv", f"{HEADER}\n{sent}\nb;1;;;;\n".encode("cp1252"), GERMAN)

    assert rows["_unfit"].to_list() == [[field], None]
    assert rescued(rows, 0) == {field: next(value for value in sent.split(";")[1:] if value)}


def test_a_local_time_that_comes_twice_is_the_first(tmp_path: Path) -> None:
    rows = read_file(
        tmp_path, "a.csv", f"{HEADER}\na;;25.10.2026 02:30;;;\n".encode("cp1252"), GERMAN
    )

    assert rows["at"].to_list() == ["2026-10-25T02:30:00.000000+02:00"]


def test_a_line_with_a_byte_that_is_none_of_the_encoding_is_shown_with_that_byte(
    tmp_path: Path,
) -> None:
    rows = read_file(tmp_path, "a.csv", b"id,n\na\xc3\xa4,1\nb,2\n", SentAs(encoding="ascii"))

    assert (ids(rows), unreadable(rows)) == ([None, "b"], [0])
    assert rescued(rows) == "a\\xc3\\xa4,1"


@pytest.mark.parametrize("encoding", ["idna", "punycode", "utf-7", "utf-16-be"])
def test_a_file_of_another_encoding_than_declared_is_unreadable_or_has_unreadable_records(
    encoding: str, tmp_path: Path
) -> None:
    try:
        rows = read_file(tmp_path, "a.csv", b"id,n\n\xff\xfe\x80,1\n", SentAs(encoding=encoding))
    except UnreadableFileError as error:
        assert encoding in str(error) or "header" in str(error)  # noqa: PT017
    else:
        assert unreadable(rows) == [0]


def test_a_native_value_of_no_calendar_fits_no_text_whatever_is_declared() -> None:
    values = by_default(["a", Beyond("2 s"), "-"], "id", FIELDS["id"], SentAs(nulls=("-",)))

    assert fit_objects(list(values), "text").unfit.to_list() == [False, True, False]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp932", "utf-8", "UTF_8"])
@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "id,n\n表,1\n"), ("a.ndjson", '{"id":"表","n":1}\n'), ("a.json", '[{"id":"表"}]')],
)
def test_any_encoding_may_be_declared(name: str, text: str, encoding: str, tmp_path: Path) -> None:
    sent = text.encode(encoding)

    assert ids(read_file(tmp_path, name, sent, SentAs(encoding=encoding))) == ["表"]
    zipped = read_file(tmp_path, f"{name}.gz", packed(sent, "gz"), SentAs(encoding=encoding))
    assert ids(zipped) == ["表"]


@pytest.mark.parametrize(
    ("sent", "sent_as"),
    [
        ("Report\n\nof 2026\nid\tn\na\t\nb\t2\n", SentAs(separator="\t", skip_lines=3)),
        ("a,\nb,2\n", SentAs(header=("id", "n"))),
        ("x,y\na,\nb,2\n", SentAs(header=("id", "n"), skip_lines=1)),
        ("id|n\na|\nb|'2'\n", SentAs(separator="|", quote="'")),
        ('id,n,z\na,,"\nb,2,""x\n', SentAs(quote=None)),
        ("id n\n'a' \n b  2\n".replace(" b  2", "b 2"), SentAs(separator=" ", quote="'")),
    ],
)
def test_the_form_of_csv_may_be_declared(sent: str, sent_as: SentAs, tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", sent, sent_as)

    assert rows.select("id", "n").rows() == [("a", None), ("b", 2)]


@pytest.mark.parametrize(
    ("layout", "sent", "time"),
    [
        ("epoch s", "1773162000", "2026-03-10T17:00:00.000000Z"),
        ("epoch s", 1773162000.25, "2026-03-10T17:00:00.250000Z"),
        ("epoch ms", 1773162000250, "2026-03-10T17:00:00.250000Z"),
        ("epoch us", -1, "1969-12-31T23:59:59.999999Z"),
        ("epoch ns", 1773162000000000999, "2026-03-10T17:00:00.000000Z"),
        ("epoch s", 1e30, None),
        ("epoch s", True, None),
        ("epoch s", "1_000", None),
        ("epoch s", "2026-03-10T17:00:00Z", None),
        (("epoch s", "iso"), "2026-03-10T17:00:00Z", "2026-03-10T17:00:00Z"),
        ("%Y%m%d%H%M%S%z", "20260310180000+0100", "2026-03-10T18:00:00.000000+01:00"),
        ("%d %b %Y %I:%M:%S.%f %p %z", "10 Mar 2026 06:00:00.5 PM Z",
         "2026-03-10T18:00:00.500000+00:00"),
    ],
)  # fmt: skip
def test_times_are_read_by_their_layouts(
    layout: Any, sent: Any, time: str | None, tmp_path: Path
) -> None:
    line = json.dumps({"id": "a", "at": sent})

    rows = read_file(tmp_path, "a.ndjson", line, SentAs(times={"at": layout}))

    assert rows["at"].to_list() == [time]
    assert rows["_unfit"].to_list() == [None if time else ["at"]]


def test_the_zone_alone_makes_local_times_in_the_default_form_instants(tmp_path: Path) -> None:
    lines = "id,at\na,2026-07-01 09:00\nb,2026-03-10T09:00:00.1234567\nc,2026-03-10T09:00:00Z\n"

    rows = read_file(tmp_path, "a.csv", lines, SentAs(zone="Europe/Berlin"))

    assert rows["at"].to_list() == [
        "2026-07-01T09:00:00.000000+02:00",
        "2026-03-10T09:00:00.123456+01:00",
        "2026-03-10T09:00:00Z",
    ]


def test_native_local_times_and_numbers_of_parquet_are_read_as_declared(tmp_path: Path) -> None:
    written = io.BytesIO()
    pl.DataFrame(
        {
            "key": ["a"],
            "at": [dt.datetime(2026, 3, 10, 9)],  # noqa: DTZ001
            "on": pl.Series([20_522], dtype=pl.Int32),
            "ok": pl.Series([1], dtype=pl.Int8),
            "in": [{"price": 2.5, "z": 1}],
        }
    ).write_parquet(written)
    sent_as = SentAs(
        zone="Asia/Shanghai",
        dates="epoch d",
        true=("1",),
        false=("0",),
        names={"key": "id", "in.price": "price"},
    )

    rows = read_file(tmp_path, "a.parquet", written.getvalue(), sent_as)

    assert rows.select("id", "at", "on", "ok", "price").rows() == [
        ("a", "2026-03-10T09:00:00.000000+08:00", dt.date(2026, 3, 10), True, Decimal("2.5"))
    ]
    assert rescued(rows) == {"in": {"z": 1}}


def test_names_of_avro_are_those_declared(tmp_path: Path) -> None:
    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "key", "type": "string"}, {"name": "ms", "type": "long"}],
    }
    content = avro(tmp_path / "x", schema, [{"key": "a", "ms": 1773162000250}])
    sent_as = SentAs(names={"key": "id", "ms": "at"}, times="epoch ms")

    rows = read_file(tmp_path, "a.avro", content, sent_as)

    assert rows.select("id", "at").rows() == [("a", "2026-03-10T17:00:00.250000Z")]


QUAKES = {
    "type": "FeatureCollection",
    "metadata": {"title": "week", "count": 3},
    "features": [
        {"id": "q1", "properties": {"mag": 1.5, "place": "x", "time": 1773162000250},
         "geometry": {"type": "Point", "coordinates": [10.5, 20]}},
        {"id": "q2", "properties": {"mag": "much", "time": None}, "geometry": None},
        17,
    ],
}  # fmt: skip
GEOJSON = SentAs(
    records="features[*]",
    names={
        "properties.mag": "x",
        "properties.time": "at",
        "geometry.coordinates[1]": "price",
        "$.metadata.count": "n",
    },
    times="epoch ms",
)


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_a_list_inside_an_object_is_one_record_each(name: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, name, json.dumps(QUAKES), GEOJSON)

    assert rows.select("id", "x", "at", "price", "n").rows() == [
        ("q1", 1.5, "2026-03-10T17:00:00.250000Z", Decimal(20), 3),
        ("q2", None, None, None, 3),
        (None, None, None, None, None),
    ]
    assert rescued(rows, 0) == {
        "properties": {"place": "x"},
        "geometry": {"type": "Point", "coordinates": [10.5, None]},
        "$": {"type": "FeatureCollection", "metadata": {"title": "week"}},
    }
    assert rescued(rows, 1) == {"x": "much"}
    assert rescued(rows, 2) == "17"


def test_an_object_without_the_list_is_an_unreadable_record_and_an_empty_list_none(
    tmp_path: Path,
) -> None:
    lines = '{"error": "none"}\n{"features": []}\n{"features": [{"id": "a"}]}\nx\n'

    rows = read_file(tmp_path, "a.ndjson", lines, GEOJSON)

    assert (ids(rows), unreadable(rows)) == ([None, "a", None], [0, 2])
    assert rescued(rows, 0) == '{"features":null,"error":"none"}'


def test_several_names_of_a_field_give_the_first_and_keep_the_others(tmp_path: Path) -> None:
    lines = "new,old,id,n\na,b,c,1\n,d,,2\n"

    rows = read_file(tmp_path, "a.csv", lines, SentAs(names={"new": "id", "old": "id"}))

    assert rows.select("id", "n").rows() == [("a", 1), ("d", 2)]
    assert rescued(rows, 0) == {"old": "b", "id (in the file)": "c"}


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("{id}/*_{on}.csv", "shop-7/sales_20260310.csv", ("shop-7", dt.date(2026, 3, 10))),
        ("{id}_*", "x/y/b4_of_5.csv", ("b4", None)),
        ("{id}-{on}.csv", "other.csv", (None, None)),
    ],
)
def test_fields_come_from_the_path_below_the_day(
    pattern: str, name: str, found: tuple[Any, ...], tmp_path: Path
) -> None:
    rows = read_file(tmp_path, name, "n\n1\n", SentAs(from_path=pattern, dates="%Y%m%d"))

    assert rows.select("id", "on").rows() == [found]


def test_wide_columns_become_records_and_empty_ones_none(tmp_path: Path) -> None:
    lines = "Date,USD,JPY,note,\n2026-03-10,1.1,N/A,x,\n2026-03-11,,180,,\n2026-03-12,,,,\ntorn\n"
    wide = SentAs(
        wide=Wide(columns="[A-Z]{3}", name="id", value="x"), names={"Date": "on"}, nulls=("N/A",)
    )

    rows = read_file(tmp_path, "a.csv", lines, wide)

    assert rows.select("on", "id", "x", "_row").rows() == [
        (dt.date(2026, 3, 10), "USD", 1.1, 0),
        (dt.date(2026, 3, 11), "JPY", 180.0, 1),
        (dt.date(2026, 3, 12), None, None, 2),
        (None, None, None, 3),
    ]
    assert (rescued(rows, 0), unreadable(rows)) == ({"note": "x"}, [3])


@pytest.mark.parametrize(
    ("name", "reads"),
    [("partner-a/x.CSV", True), ("x.csv", False), ("partner-a/b/x.csv", False), ("old.csv", True)],
)
def test_a_pattern_says_which_files_a_declaration_is_of(
    name: str, reads: bool, tmp_path: Path
) -> None:
    declared: Declared = {"partner-a/*.csv": SentAs(separator=";"), "old*": SentAs(separator=";")}

    if reads:
        assert ids(read_file(tmp_path, name, "id;n\na;1\n", declared)) == ["a"]
    else:
        with pytest.raises(
            UnreadableFileError, match=r"declare `sent_as=SentAs\(separator=';'\)`$"
        ):
            read_file(tmp_path, name, "id;n\na;1\n", declared)


def test_a_correction_is_read_as_by_default_whatever_is_declared(tmp_path: Path) -> None:
    line = '{"id": "a", "price": "1.5", "at": "2026-03-10T17:00:00Z"}'

    rows = read_file(tmp_path, "a.csv.correction-0001.ndjson", line, GERMAN)

    assert rows.select("id", "price").rows() == [("a", Decimal("1.5"))]
    assert rows["_rescued"].to_list() == [None]


TEXTS = st.text(alphabet="aé;,\t|'\"~ \n7", min_size=1).map(lambda text: f"x{text}x")
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
CLOCKS = st.datetimes(min_value=dt.datetime(1990, 1, 1), max_value=dt.datetime(2030, 1, 1))  # noqa: DTZ001
SIGNS = st.sampled_from([(",", "."), (".", ","), (",", " "), (".", None), (",", None)])
ZONE = zoneinfo.ZoneInfo("America/New_York")


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(TEXTS, AMOUNTS, CLOCKS), min_size=1, max_size=5),
    separator=st.sampled_from(";\t|~"),
    quote=st.sampled_from("\"'"),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16"]),
    signs=SIGNS,
)
def test_what_is_written_in_a_declared_form_is_read_as_it_was(
    rows: list[tuple[str, Decimal, dt.datetime]],
    separator: str,
    quote: str,
    encoding: str,
    signs: tuple[str, str | None],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    point, thousands = signs
    marks = str.maketrans({",": thousands or "", ".": point})
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator, quotechar=quote, lineterminator="\n")
    writer.writerow(["id", "price", "at"])
    for text, amount, clock in rows:
        writer.writerow([text, f"{amount:,}".translate(marks), f"{clock:%d/%m/%y %H.%M.%S}"])
    sent_as = SentAs(
        separator=separator, quote=quote, encoding=encoding, decimal=point, thousands=thousands,
        times="%d/%m/%y %H.%M.%S", zone="America/New_York",
    )  # fmt: skip

    content = written.getvalue().encode(encoding)
    found = read_file(tmp_path_factory.mktemp("csv"), "a.csv", content, sent_as)

    for row, (text, amount, clock) in zip(found.to_dicts(), rows, strict=True):
        local = clock.replace(microsecond=0, tzinfo=ZONE)
        is_there = local.astimezone(dt.UTC).astimezone(ZONE).replace(tzinfo=None) == (
            local.replace(tzinfo=None)
        )
        assert (row["id"], row["price"]) == (text, amount)
        assert row["at"] == (local.isoformat(timespec="microseconds") if is_there else None)
