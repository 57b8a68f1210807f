"""Text exports in which a backslash takes the meaning from the sign that follows it."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.sent_as import SentAs
from mega_toys.ingestion.formats.csv_escapes import fields_of, rows_of
from mega_toys.ingestion.formats.csv_rows import Dialect, Lines
from mega_toys.ingestion.landing import files
from mega_toys.lake.store.place import place_of
from mega_toys_tests.ingestion.formats.delivered import ids, read_file, rescued, unreadable

OUTFILE = SentAs(separator="\t", quote=None, escape="\\", header=("id", "note", "n"))
TABBED = Dialect("\t", None, "\\")


def test_an_export_of_mysql_is_read_with_its_breaks_tabs_and_nulls(tmp_path: Path) -> None:
    told = "a\tone\\\ntwo\\\tthree\\\\\t1\nb\t\\N\t\\N\nc\tit says \\N here\t2\nd\tfew\n"

    rows = read_file(tmp_path, "a.csv", told, OUTFILE)

    assert ids(rows) == ["a", "b", "c", None]
    assert rows["n"].to_list() == [1, None, 2, None]
    assert [rescued(rows, at) for at in range(3)] == [
        {"note": "one\ntwo\tthree\\"}, None, {"note": "it says N here"}
    ]  # fmt: skip
    assert unreadable(rows) == [3]


def test_a_copy_of_postgresql_names_breaks_by_letters(tmp_path: Path) -> None:
    rows = read_file(tmp_path, "a.csv", "a\tone\\ntwo\\tthree\t1\n", OUTFILE)

    assert rescued(rows) == {"note": "one\ntwo\tthree"}


def test_quotes_may_be_escaped_and_one_never_closed_takes_no_line_for_another(
    tmp_path: Path,
) -> None:
    declared = SentAs(escape="\\")
    told = 'id,note\na,"x \\"y\\", z\nand ""more"""\nb,plain\nc,"never\nd,x\n'

    rows = read_file(tmp_path, "a.csv", told, declared)

    assert ids(rows) == ["a", "b", None, None]
    assert rescued(rows) == {"note": 'x "y", z\nand "more"'}
    assert [rescued(rows, at) for at in (2, 3)] == ['c,"never', "d,x"]


TEXTS = st.text(st.sampled_from('ab\\\t\n"N,'), max_size=6)


@settings(max_examples=100)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=3), min_size=1, max_size=4))
def test_what_is_written_with_escapes_is_read_as_it_was(records: list[list[str]]) -> None:
    def written(text: str) -> str:
        return "".join(f"\\{sign}" if sign in "\\\t\n" else sign for sign in text)

    for record in records:
        line = "\t".join(map(written, record)) + "\n"
        assert fields_of(line, TABBED) == record


def test_a_record_of_very_many_lines_is_gone_through_once(tmp_path: Path) -> None:
    path = tmp_path / "d/s/2026-03-10/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\\\n" * 60_000 + "end\nnext\tx\n")
    (file,) = files(place_of(tmp_path))

    found = list(rows_of(Lines(file, OUTFILE)))

    assert [len(row.fields) for row in found] == [1, 2]
    assert found[0].fields[0].endswith("\nend")
