"""Records of CSV: RFC 4180 with a header line."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mega_toys.ingestion.records import UnreadableFileError
from mega_toys_tests.ingestion.delivered import ids, read_file, rescued, unreadable


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


def test_a_quote_inside_an_unquoted_field_is_literal(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,n\n5" nail,1\nx"y"z,2\n"a"b,3\n')

    assert ids(rows) == ['5" nail', 'x"y"z', "ab"]


def test_a_quoted_field_never_closed_is_unreadable_to_the_end_of_the_file(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", 'id,n\na,1\n"b,2\nc,3\n')

    assert ids(rows) == ["a", None]
    assert unreadable(rows) == [1]
    assert rescued(rows, 1) == '"b,2\nc,3'


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
def test_a_header_with_none_of_the_fields_makes_a_file_unreadable(
    header: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match="none of the dataset's fields"):
        read_file(tmp_path, "a.csv", f"{header}\n1,2\n")


def test_a_header_that_names_a_field_twice_makes_a_file_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="names id twice"):
        read_file(tmp_path, "a.csv", "id,n, id\na,1,b\n")


def test_unknown_names_may_come_twice_or_be_empty(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", "id,z,z,\na,1,2,3\n")

    assert ids(rows) == ["a"]
    assert rescued(rows)["z"] == "2"


def test_a_header_whose_quote_is_never_closed_makes_a_file_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, "a.csv", 'id,"n,x\na,1,2\nb,1,2\n')


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
