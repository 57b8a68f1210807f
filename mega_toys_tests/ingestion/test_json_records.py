"""Records of JSON, one a line or in one array."""

import json
from pathlib import Path

import pytest

from mega_toys.ingestion.records import UnreadableFileError
from mega_toys_tests.ingestion.delivered import ids, read_file, rescued, unreadable


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n \t\r\n"])
def test_a_record_is_a_line_and_blank_lines_are_none(end: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", end.join(['{"id": "a"}', ' {"id": "b"} ', '{"id":"c"}']))

    assert ids(rows) == ["a", "b", "c"]
    assert rows["_row"].to_list() == [0, 1, 2]


@pytest.mark.parametrize(
    "line",
    ['{"id": "x"', "[1]", "5", '"x"', "null", "true", "nonsense", '{"id": NaN}', '{"n": Infinity}',
     "{'id': 1}", '{"id": "x",}', '{"id": "x"} {"id": "y"}', '{"id": "\x01"}', '{"id": 01}',
     '{"id": "\\ud800"}', '{"id": "\\ud800", "n": 123456789012345678901234567890}',
     '{"z": 123456789012345678901234567890, "id": "\\ud800"}',
     '{"a":' * 101 + "1" + "}" * 101, "{" * 100_000],
    ids=lambda line: line[:40],
)  # fmt: skip
def test_a_line_that_is_no_object_is_an_unreadable_record(line: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", f'{{"id": "a"}}\n{line}\n{{"id": "b"}}\n')

    assert ids(rows) == ["a", None, "b"]
    assert unreadable(rows) == [1]
    assert rescued(rows, 1) == line


def test_a_line_that_is_no_utf_8_is_an_unreadable_record(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", b'{"id": "a"}\n{"id": "\xff\xe9"}\n{"id": "b"}\n')

    assert ids(rows) == ["a", None, "b"]
    assert unreadable(rows) == [1]


def test_a_torn_last_line_is_one_unreadable_record(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.ndjson", '{"id": "a"}\n{"id": "b", "n"')

    assert ids(rows) == ["a", None]
    assert unreadable(rows) == [1]


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_of_a_name_given_twice_the_last_counts(name: str, tmp_path: Path) -> None:
    record = '{"id": "a", "n": 1, "id": "b"}'

    assert ids(read_file(tmp_path, name, f"[{record}]" if name == "a.json" else record)) == ["b"]


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_integers_of_any_length_are_exact(name: str, tmp_path: Path) -> None:
    record = f'{{"id": {2**80}, "n": {2**63 - 1}, "z": {2**90}, "x": {2**70}}}'

    rows = read_file(tmp_path, name, f"[{record}]" if name == "a.json" else record)

    assert ids(rows) == [str(2**80)]
    assert rows["n"].to_list() == [2**63 - 1]
    assert rows["x"].to_list() == [2.0**70]
    assert rescued(rows) == {"z": 2**90}


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_an_integer_of_more_digits_than_python_reads_harms_no_other_record(
    name: str, tmp_path: Path
) -> None:
    digits = "9" * 5000
    records = ['{"id": "a", "x": ' + digits + "}", '{"id": ' + digits + "}", '{"id": "b"}']
    text = f"[{','.join(records)}]" if name == "a.json" else "\n".join(records)

    rows = read_file(tmp_path, name, text)

    assert ids(rows) == ["a", digits, "b"]
    assert unreadable(rows) == []
    assert rescued(rows) == {"x": digits}


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_names_match_exactly_and_unknown_ones_are_rescued(name: str, tmp_path: Path) -> None:
    record = json.dumps({"ID": "a", " id": "b", "id ": "c", "z": None, "y": {"k": [1]}})

    rows = read_file(tmp_path, name, f"[{record}]" if name == "a.json" else record)

    assert ids(rows) == [None]
    assert rescued(rows) == {"ID": "a", " id": "b", "id ": "c", "y": {"k": [1]}}


def test_values_nested_a_hundred_deep_are_read(tmp_path: Path) -> None:
    record = '{"id": "a", "z": ' + "[" * 99 + "]" * 99 + "}"

    assert ids(read_file(tmp_path, "a.ndjson", record)) == ["a"]
    assert ids(read_file(tmp_path, "a.json", f"[{record}]")) == ["a"]


def test_a_value_nested_deeper_is_an_unreadable_record_of_its_array(tmp_path: Path) -> None:
    deep = '{"id": "x", "z": ' + "[" * 100 + "]" * 100 + "}"

    rows = read_file(tmp_path, "a.json", f'[{{"id": "a"}}, {deep}, {{"id": "b"}}]')

    assert ids(rows) == ["a", None, "b"]
    assert unreadable(rows) == [1]


def test_elements_that_are_no_objects_are_unreadable_records(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.json", '[{"id": "a"}, 5, null, [1], "s", {"id": "\\ud800"}]')

    assert unreadable(rows) == [1, 2, 3, 4, 5]
    assert [rescued(rows, at) for at in (1, 2, 3, 4)] == ["5", "null", "[1]", '"s"']


def test_after_an_element_too_deep_to_be_decoded_the_array_goes_on(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    rows = read_file(tmp_path, "a.json", f'[{{"id": "a"}}, {deep} , {{"id": "b"}}]')

    assert ids(rows) == ["a", None, "b"]
    assert unreadable(rows) == [1]


@pytest.mark.parametrize("text", ["[]", " [ ] \n", "\ufeff[]"])
def test_an_empty_array_has_no_records(text: str, tmp_path: Path) -> None:
    assert ids(read_file(tmp_path, "a.json", text)) == []


@pytest.mark.parametrize(
    "text",
    ['{"id": "a"}', "5", '[{"id": "a"}', '[{"id": "a"},', '[{"id": "a"},]', "[,]", "[] []", "[] x",
     '[{"id": "a"} {"id": "b"}]', '{"id": "a"}\n{"id": "b"}', "[NaN]", '["\\ud800', " ", "]", "[}"],
)  # fmt: skip
def test_what_is_no_array_is_unreadable_as_a_whole(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, "a.json", text)


def test_an_array_that_is_no_utf_8_is_unreadable_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        read_file(tmp_path, "a.json", b'[{"id": "\xff"}]')


def test_records_of_many_batches_keep_their_position(tmp_path: Path) -> None:
    records = [{"id": str(n), "n": n} for n in range(120_000)]

    lines = read_file(tmp_path, "a.ndjson", "\n".join(map(json.dumps, records)))
    array = read_file(tmp_path, "a.json", json.dumps(records))

    for rows in (lines, array):
        assert rows["_row"].to_list() == rows["n"].to_list() == list(range(120_000))
