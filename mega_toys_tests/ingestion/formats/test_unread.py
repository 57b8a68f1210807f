"""The fault of a record that could not be read is said in words."""

from pathlib import Path

import pytest

from mega_toys.ingestion.formats.unread import Unread
from mega_toys.lake.store.place import place_of
from mega_toys_tests.ingestion.formats.delivered import read_file, rescued, unreadable

HEADER = "id,n,z\n"


def fault(root: Path, name: str, content: bytes | str, row: int = 0) -> str:
    """The fault of a record in a file of this content."""
    rows = read_file(root, name, content)
    assert row in unreadable(rows)
    return Unread(place_of(root)).why(rescued(rows, row), rows["_file"][0])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("w1,1,2,", "It has 4 fields, its header 3."),
        ("w2", "It has 1 field, its header 3."),
        (b"B\xe4r,1,2", "The byte 0xe4 at character 2 is no UTF-8."),
        ('"a" b,1,2', "More than blanks follow a quoted field."),
        ('"a,1,2', "A quoted field is never closed on its line."),
        ('"a" b,"1\n2"', "More than blanks follow a quoted field."),
        ("a\rb,1,2", "A carriage return stands within a field that is not quoted."),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "A.CSV"])
def test_the_fault_of_a_csv_record_is_told(
    name: str, content: bytes | str, why: str, tmp_path: Path
) -> None:
    body = content if isinstance(content, bytes) else content.encode()

    assert fault(tmp_path, name, HEADER.encode() + body) == why


def test_without_its_file_the_number_of_fields_is_told_alone(tmp_path: Path) -> None:
    assert Unread(place_of(tmp_path)).why("a,b", "d/s/2026-03-10/gone.csv") == (
        "It has 2 fields, another number than its header."
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"n": "NaN", "x": NaN}', "NaN is no JSON: it stands at character 19."),
        ('{"id": "a"},', "A comma follows the object that ends at character 11."),
        ('{"id": "a",}', "No value follows the comma at character 11."),
        ('{"id": "a"} {}', "More follows the object that ends at character 11."),
        ('[{"id": "a"}]', "It is an array in one line: an array of records is read from a "
         "`.json` file."),
        ("7", "It is a single value, not an object."),
        ('{"id" 7}', "Expecting ':' delimiter at character 7."),
        ('{"id": "a', "Unterminated string at character 8."),
        (b'{"id": "\xfc"}', "The byte 0xfc at character 9 is no UTF-8."),
        ('{"a":' * 101 + "1" + "}" * 101, "It is nested more than 100 deep."),
        ('{"id": "\\ud800"}', "A text in it has half of a pair of surrogates, which is no "
         "character."),
    ],
)  # fmt: skip
def test_the_fault_of_a_json_record_is_told(line: bytes | str, why: str, tmp_path: Path) -> None:
    assert fault(tmp_path, "a.ndjson", line) == why
