"""A landing zone is told as unchanged without listing folders that nothing was put into."""

import os
import shutil
import time
from pathlib import Path

import pytest

from mega_toys.ingestion import unchanged
from mega_toys.ingestion.unchanged import Folders
from mega_toys.lake.store.place import place_of

OLD = "shop/orders/2026-01-01"
LONG_AGO = time.time() - 30 * 24 * 3600


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A landing zone of an old day and a new one."""
    for day in (OLD, "shop/orders/2026-03-10"):
        (tmp_path / day).mkdir(parents=True)
        for number in range(3):
            (tmp_path / day / f"{number}.csv").write_text("a")
    for folder in (tmp_path / OLD, tmp_path / "shop/orders", tmp_path / "shop", tmp_path):
        os.utime(folder, (LONG_AGO, LONG_AGO))
    return tmp_path


@pytest.fixture
def folders(root: Path) -> Folders:
    made = Folders()
    made.looks(place_of(root), [])
    return made


def listed(folders: Folders, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    real = os.scandir
    with monkeypatch.context() as within:
        within.setattr(os, "scandir", lambda folder: seen.append(str(folder)) or real(folder))
        folders.looks(place_of(root), [])
    return [os.path.relpath(folder, root) for folder in seen]


def test_only_folders_that_something_was_put_into_lately_are_listed(
    folders: Folders, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(folders, root, monkeypatch) == ["shop/orders/2026-03-10"]


def test_it_looks_the_same_while_nothing_changed(folders: Folders, root: Path) -> None:
    assert folders.looks(place_of(root), []) == folders.looks(place_of(root), [])


@pytest.mark.parametrize(
    "day", [OLD, "shop/orders/2026-03-10", "shop/orders/2026-03-11", "new/one"]
)
def test_a_file_that_came_or_went_is_seen_in_any_folder(
    folders: Folders, root: Path, day: str
) -> None:
    (root / day).mkdir(parents=True, exist_ok=True)
    before = folders.looks(place_of(root), [])
    (root / day / "late.csv").write_text("b")
    with_it = folders.looks(place_of(root), [])
    (root / day / "late.csv").unlink()

    assert with_it not in (before, folders.looks(place_of(root), []))


def test_a_file_written_over_in_its_place_is_seen_in_a_folder_of_late(
    folders: Folders, root: Path
) -> None:
    before = folders.looks(place_of(root), [])
    (root / "shop/orders/2026-03-10/0.csv").write_text("b")

    assert folders.looks(place_of(root), []) != before


def test_one_written_over_in_an_old_folder_is_seen_once_that_is_listed_again(
    folders: Folders, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = folders.looks(place_of(root), [])
    (root / OLD / "0.csv").write_text("b")
    assert folders.looks(place_of(root), []) == before

    wait_ten_minutes(monkeypatch)

    assert folders.looks(place_of(root), []) != before


def wait_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 601
    monkeypatch.setattr(unchanged.time, "time", lambda: later)


def test_folders_that_rest_are_listed_in_turn_so_many_files_by_a_look(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"shop/orders/2025-01-0{day}" for day in range(1, 8)]
    for day in days:
        (root / day).mkdir()
        for number in range(2):
            (root / day / f"{number}.csv").write_text("a")
        os.utime(root / day, (LONG_AGO, LONG_AGO))
    os.utime(root / "shop/orders", (LONG_AGO, LONG_AGO))
    folders = Folders()
    before = folders.looks(place_of(root), [])
    monkeypatch.setattr(unchanged, "AT_ONCE", 4)
    wait_ten_minutes(monkeypatch)

    rounds = [set(listed(folders, root, monkeypatch)) & {*days, OLD} for _ in range(6)]

    assert max(map(len, rounds)) <= 2
    assert set().union(*rounds) == {*days, OLD}
    assert folders.looks(place_of(root), []) == before


def test_what_had_files_that_were_refused_looks_otherwise_every_ten_minutes(
    folders: Folders, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.had_no_news(refused=True)
    before = folders.looks(place_of(root), [])
    assert folders.looks(place_of(root), []) == before

    wait_ten_minutes(monkeypatch)

    assert folders.looks(place_of(root), []) != before


def test_a_root_that_is_not_there_looks_like_nothing(folders: Folders, root: Path) -> None:
    shutil.rmtree(root)

    assert folders.looks(place_of(root), []) is None
