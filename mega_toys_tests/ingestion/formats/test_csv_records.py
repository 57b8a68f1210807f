"""Records of CSV: RFC 4180 with a header line."""

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.lake.fields.texts import instant
from mega_toys.lake.reading.saved import WRITERS
from mega_toys_tests.ingestion.formats.delivered import (
    FIELDS,
    ids,
    packed,
    read_file,
    rescued,
    unreadable,
)
from mega_toys_tests.oracle import formats


def test_columns_come_in_any_order_and_an_empty_field_is_null(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'n, id\t,z\n1,a,\n,b,"x"\n"",c,\n')

    assert ids(rows) == ["a", "b", "c"]
    assert rows["n"].to_list() == [1, None, None]
    assert rows["_row"].to_list() == [0, 1, 2]
    assert [rescued(rows, at) for at in range(3)] == [None, {"z": "x"}, None]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quoted_fields_hold_commas_quotes_and_line_ends(end: str, tmp_path: Path) -> None:
    text = end.join(["id,n", '"a,b",1', '"say ""x""",2', f'"two{end}lines",3', '" a ",4', ""])

    rows = read_file(tmp_path, "a.csv", text)

    assert ids(rows) == ["a,b", 'say "x"', "two\nlines" if end == "\n" else "two\r\nlines", "a"]
    assert rows["n"].to_list() == [1, 2, 3, 4]


def test_blank_lines_are_no_records_unless_they_are_quoted(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", '\n \nid,n\n\n  \t\r\na,1\n\n"b\n\nc",2\n\n')

    assert ids(rows) == ["a", "b\n\nc"]


@pytest.mark.parametrize("blank", ["\n", "\r\n"])
def test_more_blank_lines_than_are_held_at_once_are_passed_over_but_within_quotes(
    blank: str, tmp_path: Path
) -> None:
    many, few = blank * (9 << 20), "\n" * 1000

    rows = read_file(tmp_path, "a.csv", f'id,n\na,1\n{many}"b{few}c",2\n{many}d,3')

    assert ids(rows) == ["a", f"b{few}c", "d"]


def test_a_quote_inside_an_unquoted_field_is_literal(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,n\n5" nail,1\nx"y"z,2\n "a",3\n')

    assert ids(rows) == ['5" nail', 'x"y"z', '"a"']


def test_a_record_with_text_after_a_closing_quote_is_taken_apart_line_by_line(
    tmp_path: Path,
) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,z\na1,"Very long na\n\na2,b\na3,"Other long n\na4,b\n')

    assert ids(rows) == [None, None, None, "a4"]
    assert [rescued(rows, at) for at in range(3)] == [
        'a1,"Very long na',
        "a2,b",
        'a3,"Other long n',
    ]


@pytest.mark.parametrize("field", ['"a\\"b"', '"a"b', '"a" "b"', '"a"" "b', '""x'])
def test_a_quoted_field_with_more_than_blanks_behind_it_is_no_record(
    field: str, tmp_path: Path
) -> None:
    rows = read_file(tmp_path, "a.csv", f"id,n\n{field},1\nd,2\n")

    assert ids(rows) == [None, "d"]
    assert rescued(rows, 0) == f"{field},1"


def test_blanks_may_follow_a_closing_quote(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,n\n"a" ,"1"\t\r\n"b\n" \t,2\n"c"  \r\n')

    assert ids(rows) == ["a", "b", None]
    assert unreadable(rows) == [2]


def test_of_a_quoted_field_never_closed_every_line_is_an_unreadable_record(
    tmp_path: Path,
) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,n\na,1\n"b,2\nc,3\n\nd,"4"\n')

    assert ids(rows) == ["a", None, None, None]
    assert [rescued(rows, at) for at in (1, 2, 3)] == ['"b,2', "c,3", 'd,"4"']


@pytest.mark.parametrize(("bound", "value"), [("text.LONGEST_LINE", 50), ("csv_rows._FEW", 1)])
def test_of_a_quoted_field_too_long_or_of_too_many_lines_to_be_held_no_line_is_lost(
    bound: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"mega_toys.ingestion.formats.{bound}", value)
    lines = [f'"{at},1' if at == 0 else f"{at},1" for at in range(40)]

    closed = read_file(tmp_path, "a.csv", "\n".join(["id,n", *lines, '"', "d,1"]))
    torn = read_file(tmp_path, "b.csv", "\n".join(["id,n", *lines]))

    assert [rescued(closed, at) for at in range(41)] == [*lines, '"']
    assert ids(closed)[-1] == "d"
    assert [rescued(torn, at) for at in range(40)] == lines


def test_a_row_with_too_many_or_too_few_fields_is_an_unreadable_record(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", "id,n\na,1\nb\nc,1,2\n,\nd,4")

    assert ids(rows) == ["a", None, None, None, "d"]
    assert unreadable(rows) == [1, 2]
    assert rescued(rows, 2) == "c,1,2"


def test_a_torn_last_line_is_one_unreadable_record(tmp_path: Path) -> None:
    assert unreadable(read_file(tmp_path, "a.csv", "id,n,z\na,1,2\nb,")) == [1]


def test_a_line_that_is_no_utf_8_is_an_unreadable_record(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", b"id,n\na,1\n\xff,2\n\xc3\xa9,3\n")

    assert ids(rows) == ["a", None, "é"]
    assert unreadable(rows) == [1]


@pytest.mark.parametrize("header", ["z,y", "a b c", "ID,N", ",,", "id;n;x"])
def test_a_header_with_none_of_the_fields_makes_a_file_unreadable_and_is_shown(
    header: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match=f"none of the dataset's fields: `{header}`"):
        read_file(tmp_path, "a.csv", f"{header}\n1,2\n")


@pytest.mark.parametrize(("mark", "name"), [(";", "`;`"), ("\t", "a tab"), ("|", r"`\|`")])
def test_a_header_with_another_separator_is_told_with_that_separator(
    mark: str, name: str, tmp_path: Path
) -> None:
    told = f"Separated by {name} and not by `,` it would have 2 fields of it"

    with pytest.raises(UnreadableFileError, match=told):
        read_file(tmp_path, "a.csv", mark.join(["id", "n", "z"]) + "\n")


def test_of_a_long_header_the_beginning_and_the_length_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"`z{120}…` \(500 characters\)\. To read"):
        read_file(tmp_path, "a.csv", "z" * 500 + "\n1")


def test_a_header_that_names_a_field_twice_makes_a_file_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="names id twice"):
        read_file(tmp_path, "a.csv", "id,n, id\na,1,b\n")


def test_all_values_of_columns_without_a_known_name_are_rescued(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", "z,id,z,,y,\n1,a,2,3,4,\n,b,5,,,\n")

    assert ids(rows) == ["a", "b"]
    assert rescued(rows, 0) == {"z": ["1", "2"], "": ["3"], "y": "4"}
    assert rescued(rows, 1) == {"z": ["5"]}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ('id,"n,x\na,1,2\nb,1,2', 'has a quote that is never closed: `id,"n,x`'),
        ('id,"n"x', "has more than blanks behind a quoted name"),
        (b"id,gr\xf6\xdfe", r"is no UTF-8 \(it has the byte 0xf6\): `id,gr\\xf6\\xdfe`"),
        ("id,n\ra,1\nb,2", "carriage return"),
        (
            "id\tgröße\na\t1".encode("utf-16"),
            r"\(it begins like UTF-16\): `id\tgröße`.*separator='\\t', encoding='utf-16'\)",
        ),
        ("größe\n".encode("utf-32"), r"UTF-32\): `größe`.*encoding='utf-32', names={…}\)"),
    ],
)
def test_a_header_that_is_no_record_makes_a_file_unreadable_and_says_why(
    header: str | bytes, why: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read_file(tmp_path, "a.csv", header)


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_lines_may_all_end_in_a_carriage_return_alone(packing: str, tmp_path: Path) -> None:
    text = b'id,n\ra,1\r\r"b\rc",2\r'

    rows = read_file(tmp_path, f"a.csv{packing}", packed(text, "gz") if packing else text)

    assert ids(rows) == ["a", "b\nc"]
    assert rows["n"].to_list() == [1, 2]


def test_a_header_alone_has_no_records(tmp_path: Path) -> None:
    for text in ("id,n", "id,n\n", "id\n\n\n"):
        assert ids(read_file(tmp_path, "a.csv", text)) == []


def test_a_carriage_return_inside_an_unquoted_field_harms_no_other_record(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", "id,n\na,1\nb\rc,2\nd,3\n")

    assert [one for one in ids(rows) if one in ("a", "d")] == ["a", "d"]
    assert rows.height == 3


def test_lists_and_objects_are_json_text(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,items,box\na,"[{""k"": 1}]",{}\nb,[1,"{""k"":"\n')

    assert rows["items"].to_list() == ['[{"k": 1}]', None]
    assert rescued(rows, 1) == {"items": "[1", "box": '{"k":'}


def test_a_field_of_many_megabytes_is_read(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", f"id,z\na,{'x' * (20 << 20)}\nb,1\n")

    assert ids(rows) == ["a", "b"]


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(told=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=6))
def test_what_a_csv_writer_writes_is_read_as_it_was(
    tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "z"), *told])

    rows = read_file(tmp_path, "a.csv", text.getvalue())

    assert ids(rows) == [one.strip(" \t\r\n") or None for one, _ in told]
    assert unreadable(rows) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(body=st.text(st.sampled_from('",\n\t b"'), max_size=24), end=st.sampled_from(["\n", "\r\n"]))
def test_any_quotes_commas_and_lines_are_read_as_the_oracle_reads_them(
    tmp_path: Path, body: str, end: str
) -> None:
    content = f"id,z\n{body}".replace("\n", end)

    rows = read_file(tmp_path, "a.csv", content)

    wanted = formats.read_csv(content.encode(), frozenset(FIELDS))
    assert rows.height == len(wanted)
    assert unreadable(rows) == [at for at, raw in enumerate(wanted) if raw is None]
    values = [None if raw is None else raw["id"].strip(" \t\r\n") or None for raw in wanted]
    assert ids(rows) == values


def test_what_a_query_writes_as_csv_can_be_landed_again(tmp_path: Path) -> None:
    noon = dt.datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=dt.UTC)
    answer = pl.DataFrame(
        {"id": ["a", None], "at": [noon, None], "on": [noon.date(), None], "ok": [True, None],
         "n": [1, None], "x": [0.1, None], "price": [Decimal("1.5"), None]},
        schema_overrides={"price": pl.Decimal(18, 4)},
    )  # fmt: skip

    rows = read_file(tmp_path, "a.csv", getattr(answer, WRITERS[".csv"])())

    assert rows["_rescued"].to_list() == [None, None]
    found = rows.with_columns(instant(pl.col("at"))).select(answer.columns)
    assert found.rows() == answer.rows()
