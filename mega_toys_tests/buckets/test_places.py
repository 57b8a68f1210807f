"""A bucket keeps the promises of a place as a folder does."""

import pickle
from pathlib import Path

import pytest

from mega_toys.lake.store.place import Place, place_of


@pytest.fixture(params=["folder", "moto", "seaweed"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return place_of(tmp_path)
    server = request.getfixturevalue(f"{request.param}_server")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return place_of(f"s3://lake/{tmp_path.name}/{request.param}")


def paths(place: Place, below: str = "") -> list[str]:
    return sorted(entry.path for entry in place.below(below))


def test_new_files_are_there_as_a_whole_and_are_listed(place: Place) -> None:
    place.put_new({"a/b.txt": b"one", "a/c/d 100%#?.txt": b"three"})

    assert paths(place) == ["a/b.txt", "a/c/d 100%#?.txt"]
    assert paths(place, "a/c") == ["a/c/d 100%#?.txt"]
    assert paths(place, "nowhere") == []
    assert place.read("a/c/d 100%#?.txt") == b"three"
    assert place.sizes("a", ["b.txt", "none", "c/d 100%#?.txt"]) == [3, None, 5]
    assert list(place.folders_at(2)) == ["a/c"]


def test_of_new_files_none_stays_where_one_is_there_already(place: Place) -> None:
    place.put_new({"b": b"before"})

    with pytest.raises(FileExistsError):
        place.put_new({"a": b"new", "b": b"new", "c": b"new"})

    assert paths(place) == ["b"]
    assert place.read("b") == b"before"


def test_a_file_that_is_not_there_is_nothing(place: Place) -> None:
    assert place.look("a") is None
    assert place.read("a") is None
    assert place.local("a") is None
    place.remove("a")
    assert not place.remove_below("a")


def test_another_content_has_another_mark(place: Place) -> None:
    place.append("a", b"1\n")
    first = place.look("a")
    place.append("a", b"2\n")
    second = place.look("a")

    assert first
    assert second
    assert first.mark != second.mark
    assert (first.size, second.size) == (2, 4)


def test_lines_are_added_in_the_place_of_one_that_was_not_ended(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "torn").write_bytes(b"whole\nto")
    place.put("notes", tmp_path / "torn")

    place.append("notes", b"next\n")

    assert place.read("notes") == b"whole\nnext\n"


def test_a_file_that_is_put_replaces_the_one_before_and_its_copy(
    place: Place, tmp_path: Path
) -> None:
    for content in (b"first", b"second"):
        (tmp_path / "made").write_bytes(content)
        place.put("x/file.db", tmp_path / "made")
        local = place.local("x/file.db")
        assert local
        assert local.read_bytes() == content
        assert place.local("x/file.db") == local


def test_all_below_a_path_goes_and_nothing_beside_it(place: Place) -> None:
    place.put_new({"a/1": b"", "a/b/2": b"x", "ab": b"x"})

    assert place.remove_below("a")

    assert paths(place) == ["ab"]


def test_a_place_goes_to_another_process_as_its_address(place: Place) -> None:
    place.put_new({"a": b"x"})

    assert pickle.loads(pickle.dumps(place)).read("a") == b"x"
