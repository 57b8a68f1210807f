"""Records of JSON, one a line or in one array."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from mega_toys.ingestion.formats.json_file import syntax_error
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys_tests.ingestion.formats.delivered import ids, read_file, rescued, unreadable


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
    ("text", "message", "at", "fault"),
    [
        (
            '{"id": 1 , }',
            "Illegal trailing comma before end of object",
            9,
            ("Expecting property name enclosed in double quotes", 11),
        ),
        ("[1,]", "Illegal trailing comma before end of array", 2, ("Expecting value", 3)),
        ('["a', "Unterminated string starting at", 1, ("Unterminated string", 1)),
    ],
)
def test_a_fault_of_syntax_is_told_alike_by_all_versions_of_python(
    text: str, message: str, at: int, fault: tuple[str, int]
) -> None:
    assert syntax_error(json.JSONDecodeError(message, text, at)) == fault
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    assert syntax_error(raised.value) == fault


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5", "`5` begins neither an array nor an object at line 1, column 1"),
        (" ", "nothing but blanks"),
        ("\n ]", "line 2, column 2"),
        ('[{"id": "a"}', "`,` or `]` is missing at line 1, column 13"),
        ('[{"id": "a"},', "line 1, column 14"),
        ('[{"id": "a"},]', "line 1, column 14"),
        ("[,]", "line 1, column 2"),
        ('[\n{"id": "ü"} {"id": "b"}]', "`,` or `]` is missing at line 2, column 13"),
        ("[] []", "more after the array at line 1, column 4"),
        ('[{"id": "NaN"},\n{"n": NaN}]', "NaN is no JSON at line 2, column 7"),
        ('["a', "Unterminated string at line 1, column 2"),
        ('[{"id": "a",}]', "line 1, column 13"),
        ('{"id": "a"} {"id": "b"}', "each on its line at line 1, column 13"),
        ('{"id": "a"},\n{"id": "b"}', "`,` stands where an object, .* at line 1, column 12"),
        ('{"id": "a"}\n[1]', "line 2, column 1"),
        ('{"id":\n"a"}\n{"id": "b"}', "line 3, column 1"),
        ('{"id": "a"}\n{"id":\n"b"}', "takes several lines"),
        ('{"id": "a"}\n{"id": "b"', "line 2, column 11"),
    ],
)
def test_what_is_neither_array_nor_objects_is_unreadable_as_a_whole_and_says_where(
    text: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read_file(tmp_path, "a.json", text)


def test_a_fault_after_many_blocks_is_told_at_its_line_and_column(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(n), "z": "x" * 90}) for n in range(30_000)]

    with pytest.raises(UnreadableFileError, match="delimiter at line 30001, column 12"):
        read_file(tmp_path, "a.json", "[" + ",\n".join([*lines, '{"id": "a" 1}]']))


@pytest.mark.parametrize(
    "text", ['{"id": "a"}', '\n{"id":\n\n"a"}\n', '{"id": "a"}\n\n', '\ufeff{"id": "a"}']
)
def test_a_json_file_may_be_one_object(text: str, tmp_path: Path) -> None:
    assert ids(read_file(tmp_path, "a.json", text)) == ["a"]


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n\t"])
def test_a_json_file_may_be_an_object_a_line(end: str, tmp_path: Path) -> None:
    deep = '{"a":' * 101 + "1" + "}" * 101
    lines = ['{"id": "a"}', deep, '{"z": {"k": ["\\n"]}, "id": "b"}', '{"id": "c"}']

    rows = read_file(tmp_path, "a.json", end.join(lines))

    assert ids(rows) == ["a", None, "b", "c"]
    assert unreadable(rows) == [1]


def test_after_an_object_too_deep_to_be_decoded_the_next_line_is_read(tmp_path: Path) -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000

    assert ids(read_file(tmp_path, "a.json", f'{deep}\n{{"id": "b"}}')) == [None, "b"]


def test_a_json_file_that_is_no_utf_8_is_unreadable_as_a_whole_and_says_where(
    tmp_path: Path,
) -> None:
    with pytest.raises(UnreadableFileError, match="0xff is no UTF-8 at line 2, column 10"):
        read_file(tmp_path, "a.json", b'[\n{"id": "\xc3\xbc\xff"}]'.replace(b"\xc3\xbc", b"u"))


EXTENDED = {
    "id": {"$oid": "65f0a0a0a0a0a0a0a0a0a0a0"},
    "n": {"$numberLong": "9223372036854775807"},
    "x": {"$numberDouble": "-1.5E3"},
    "price": {"$numberDecimal": "1.2E+1"},
    "at": {"$date": {"$numberLong": "1773133200123"}},
    "items": [{"k": {"$numberInt": "1"}, "u": {"$uuid": "8a2f0f3e"}, "d": {"$date": -1000}}],
    "z": {"a": {"$date": "2026-03-10T09:00:00Z"}},
}


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_extended_json_of_mongodb_is_unwrapped_at_any_depth(name: str, tmp_path: Path) -> None:
    rows = read_file(tmp_path, name, json.dumps(EXTENDED))

    assert ids(rows) == ["65f0a0a0a0a0a0a0a0a0a0a0"]
    assert rows["n"].to_list() == [2**63 - 1]
    assert rows["x"].to_list() == [-1500.0]
    assert rows["price"].to_list() == [Decimal("12")]
    assert rows["at"].to_list() == ["2026-03-10T09:00:00.123000Z"]
    assert json.loads(rows["items"].item()) == [
        {"k": 1, "u": "8a2f0f3e", "d": "1969-12-31T23:59:59.000000Z"}
    ]
    assert rescued(rows) == {"z": {"a": "2026-03-10T09:00:00Z"}}


@pytest.mark.parametrize(
    "value",
    [{"$date": "2026-03-10T09:00:00Z", "k": 1}, {"$dates": 1}, {"$date": 10**18}, {"a": {"$k": 1}},
     {"$numberLong": "1.5"}, {"$numberInt": None}],
)  # fmt: skip
def test_other_objects_and_values_out_of_range_are_left_to_their_field(
    value: object, tmp_path: Path
) -> None:
    rows = read_file(tmp_path, "a.ndjson", json.dumps({"id": "a", "at": value}))

    assert ids(rows) == ["a"]
    assert rows["at"].to_list() == [None]
    inside = {"$numberLong": "1.5", "$numberInt": None}
    key = next(iter(value)) if isinstance(value, dict) else ""
    left = inside.get(key, value)
    assert rescued(rows) == ({"at": left} if left is not None else None)


@pytest.mark.slow
def test_records_of_many_batches_keep_their_position(tmp_path: Path) -> None:
    records = [{"id": str(n), "n": n} for n in range(120_000)]

    lines = read_file(tmp_path, "a.ndjson", "\n".join(map(json.dumps, records)))
    array = read_file(tmp_path, "a.json", json.dumps(records))

    for rows in (lines, array):
        assert rows["_row"].to_list() == rows["n"].to_list() == list(range(120_000))
