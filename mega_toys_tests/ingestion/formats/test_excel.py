"""Excel workbooks, taken where a sheet is declared."""

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from mega_toys.declared.sent_as import SentAs
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing import files
from mega_toys.ingestion.loading.arrivals import is_data
from mega_toys.lake.store.place import place_of
from mega_toys_tests.ingestion.formats.delivered import read_file, rescued
from mega_toys_tests.ingestion.formats.workbooks import workbook

pytest.importorskip("python_calamine", reason="the extra `excel` is not installed")
NOON, MIDNIGHT = dt.datetime(2026, 3, 10, 12), dt.datetime(2026, 3, 11)  # noqa: DTZ001
BOOK = {
    "Notes": [["nothing"]],
    "Lines": [
        ["Report of March"],
        [None],
        ["Nr", "n", "price", "at", "on", "ok", "z", "z"],
        [4711, 3, 2.5, NOON, MIDNIGHT, True, "x", 1.5],
        [],
        ["b", "three", None, MIDNIGHT, NOON, None, None, None],
    ],
}
LINES = SentAs(sheet="Lines", skip_lines=2, names={"Nr": "id"}, zone="Europe/Berlin")


@pytest.mark.parametrize("sheet", ["Lines", 2])
def test_a_sheet_is_read_with_its_cells_as_they_are(sheet: str | int, tmp_path: Path) -> None:
    declared = SentAs(sheet=sheet, skip_lines=2, names={"Nr": "id"}, zone="Europe/Berlin")

    rows = read_file(tmp_path, "a.xlsx", workbook(BOOK), declared)

    assert rows.select("id", "n", "price", "at", "on", "ok").rows() == [
        ("4711", 3, Decimal("2.5000"), "2026-03-10T12:00:00.000000+01:00", MIDNIGHT.date(), True),
        ("b", None, None, "2026-03-11T00:00:00.000000+01:00", None, None),
    ]
    assert rescued(rows, 0) == {"z": ["x", 1.5]}
    assert rescued(rows, 1) == {"n": "three", "on": "2026-03-10T12:00:00"}


def test_without_a_sheet_declared_a_workbook_holds_no_records(tmp_path: Path) -> None:
    folder = tmp_path / "d" / "s" / "2026-03-10"
    folder.mkdir(parents=True)
    (folder / "a.XLSX").write_bytes(workbook(BOOK))
    (file,) = files(place_of(tmp_path))

    assert not is_data(file)
    assert not is_data(file, {"*.csv": LINES})
    assert is_data(file, {"*.xlsx": LINES})


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="has no sheet `Liens`: it has Notes, Lines"):
        read_file(tmp_path, "a.xlsx", workbook(BOOK), SentAs(sheet="Liens"))


def test_what_is_no_workbook_is_unreadable_and_expands_within_bounds(tmp_path: Path) -> None:
    whole = workbook(BOOK)
    bomb = workbook({"Lines": [["x" * 3_000_000]]})
    with pytest.raises(UnreadableFileError, match="Excel"):
        read_file(tmp_path, "a.xlsx", whole[: len(whole) // 2], LINES)
    with pytest.raises(UnreadableFileError, match="expands beyond"):
        read_file(tmp_path, "b.xlsx", bomb, LINES)


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)

    with pytest.raises(UnreadableFileError, match=r"pip install .*\[excel\]'"):
        read_file(tmp_path, "a.xlsx", workbook(BOOK), LINES)
