"""Which files are there, and what their paths say of them."""

import datetime as dt
import os
import re
import subprocess
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mega_toys.ingestion.landing import files
from mega_toys.ingestion.landing_file import text_of
from mega_toys.lake.store.place import place_of


def put(root: Path, path: str, content: str = "x") -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)
    return root / path


def unopened(root: Path) -> dict[str, str | None]:
    """Why each file of a landing zone is not opened, by its name."""
    return {file.location.name: file.why_not_opened for file in files(place_of(root))}


def paths(root: Path, below: str = "") -> list[str]:
    return [file.path for file in files(place_of(root), below)]


@pytest.mark.parametrize(
    ("name", "format_", "compression"),
    [
        ("a.csv", "csv", None), ("a.CSV", "csv", None), ("a.json", "json", None),
        ("a.ndjson", "ndjson", None), ("a.jsonl", "ndjson", None), ("a.avro", "avro", None),
        ("a.parquet", "parquet", None), ("a.kafka.parquet", "kafka", None),
        ("a.Kafka.PARQUET", "kafka", None), ("a.csv.gz", "csv", "gz"),
        ("a.NDJSON.ZST", "ndjson", "zst"), ("a.json.gz", "json", "gz"),
        ("a.b.c.csv", "csv", None), ("a.csv.json", "json", None), (".csv", "csv", None),
        ("a.avro.gz", None, "gz"), ("a.parquet.zst", None, "zst"), ("a.gz", None, None),
        ("a.csv.bz2", None, None), ("csv", None, None), ("a.txt", None, None), ("a.", None, None),
        ("a.csv.gz.gz", None, "gz"),
    ],
)  # fmt: skip
def test_the_extension_tells_the_format(
    name: str, format_: str | None, compression: str | None, tmp_path: Path
) -> None:
    if name.startswith("."):
        return  # hidden
    put(tmp_path, f"commerce/orders/2026-03-10/{name}")

    (file,) = files(place_of(tmp_path))

    assert (file.format, file.compression) == (format_, compression)


@pytest.mark.parametrize(
    ("path", "dataset", "day"),
    [
        ("commerce/orders/2026-03-10/a.csv", "commerce.orders", dt.date(2026, 3, 10)),
        ("commerce/orders/2026-03-10/x/y/a.csv", "commerce.orders", dt.date(2026, 3, 10)),
        ("commerce/orders/2026-02-30/a.csv", "commerce.orders", None),
        ("commerce/orders/20260310/a.csv", "commerce.orders", None),
        ("commerce/orders/2026-3-10/a.csv", "commerce.orders", None),
        ("commerce/orders/0000-01-01/a.csv", "commerce.orders", None),
        ("commerce/orders/2026-03-10.csv", "", None),
        ("commerce/2026-03-10/a.csv", "", None),
        ("a.csv", "", None),
    ],
)
def test_the_path_tells_the_dataset_and_the_landing_day(
    path: str, dataset: str, day: dt.date | None, tmp_path: Path
) -> None:
    put(tmp_path, path)

    (file,) = files(place_of(tmp_path))

    assert (file.path, file.dataset, file.landing_day) == (path, dataset, day)


@pytest.mark.parametrize(
    "name",
    ["a.csv.tmp", "a.part", "a.parquet.crc", ".a.csv", "_SUCCESS", ".x/a.csv", "_temporary/0/a.csv",
     "sub/_x/a.csv"],
)  # fmt: skip
def test_what_is_not_finished_is_not_there(name: str, tmp_path: Path) -> None:
    put(tmp_path, f"commerce/orders/2026-03-10/{name}")

    assert paths(tmp_path) == []


def test_a_folder_may_be_called_like_an_unfinished_file(tmp_path: Path) -> None:
    path = "commerce/orders/2026-03-10/upload.tmp/a.csv"
    put(tmp_path, path)

    assert paths(tmp_path) == [path]


def test_files_come_in_the_order_of_the_bytes_of_their_path(tmp_path: Path) -> None:
    day = "commerce/orders/2026-03-10"
    for name in ("b.csv", "B.csv", "é.csv", "a.csv", "木.csv", "a b.csv"):
        put(tmp_path, f"{day}/{name}")

    names = ["B.csv", "a b.csv", "a.csv", "b.csv", "é.csv", "木.csv"]
    assert paths(tmp_path) == [f"{day}/{name}" for name in names]
    assert paths(tmp_path, "commerce/orders") == paths(tmp_path)


@pytest.mark.parametrize(
    "name", ["a b", "it's", 'say "x"', "new\nline", "木", "50%25#?*[]{}", "\\"]
)
def test_names_may_have_any_letters(name: str, tmp_path: Path) -> None:
    put(tmp_path, f"commerce/orders/2026-03-10/{name}.csv", "content")

    (file,) = files(place_of(tmp_path))

    assert file.path == f"commerce/orders/2026-03-10/{name}.csv"
    assert file.location.read_text() == "content"


def test_a_name_that_is_no_utf_8_is_told_with_its_bytes(tmp_path: Path) -> None:
    folder = put(tmp_path, "commerce/orders/2026-03-10/a.csv").parent
    (folder / "a.csv").rename(os.fsdecode(os.fsencode(folder) + b"/\xff.csv"))

    (file,) = files(place_of(tmp_path))

    assert file.path.endswith("\\xff.csv")
    assert file.content_hash()


def test_a_link_that_leaves_the_root_is_told_and_one_inside_is_followed(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.csv")
    root = tmp_path / "root"
    inside = put(root, "commerce/orders/2026-03-10/a.csv")
    (inside.parent / "b.csv").symlink_to(outside)
    (inside.parent / "c.csv").symlink_to(inside)
    (inside.parent / "d.csv").symlink_to("../../../../../outside/secret.csv")

    leaves = "is a link that leaves the landing root"
    assert unopened(root) == {"a.csv": None, "b.csv": leaves, "c.csv": None, "d.csv": leaves}


@pytest.mark.parametrize("linked", ["commerce", "commerce/orders", "commerce/orders/2026-03-10"])
def test_a_linked_folder_that_leaves_the_root_gives_no_file_of_its_dataset(
    linked: str, tmp_path: Path
) -> None:
    root = tmp_path / "landing"
    put(tmp_path / "outside", "commerce/orders/2026-03-10/secret.csv")
    (root / linked).parent.mkdir(parents=True)
    (root / linked).symlink_to(tmp_path / "outside" / linked)

    below = files(place_of(root), "commerce/orders")
    assert [file.path for file in below if not file.why_not_opened] == []
    (told,) = files(place_of(root))
    assert (told.path, told.why_not_opened) == (linked, "is a link that leaves the landing root")


def test_a_landing_root_that_is_a_link_is_read(tmp_path: Path) -> None:
    put(tmp_path / "share", "commerce/orders/2026-03-10/a.csv")
    (tmp_path / "landing").symlink_to(tmp_path / "share")

    assert paths(tmp_path / "landing", "commerce/orders") == ["commerce/orders/2026-03-10/a.csv"]


@pytest.mark.parametrize("name", ["loop", "loop.csv"])
def test_a_link_to_a_folder_that_holds_it_is_told(name: str, tmp_path: Path) -> None:
    folder = put(tmp_path, "commerce/orders/2026-03-10/a.csv").parent
    (folder / name).symlink_to(folder)

    assert unopened(tmp_path) == {"a.csv": None, name: "is a link to a folder that holds it"}


@pytest.mark.parametrize("target", ["self.csv", "nowhere.csv", "nowhere/../a.csv"])
def test_a_link_to_nothing_is_told_and_hides_no_other_file(target: str, tmp_path: Path) -> None:
    folder = put(tmp_path, "commerce/orders/2026-03-10/a.csv").parent
    (folder / "self.csv").symlink_to(target)
    (folder / "self.tmp").symlink_to("self.tmp")

    assert unopened(tmp_path) == {"a.csv": None, "self.csv": "is a link to nothing"}


def dig(folder: Path, *names: str) -> None:
    """Make folders one in another, also where the path is too long to be told at once."""
    opened = os.open(folder, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=opened)
        below = os.open(name, os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = below
    os.close(os.open("a.csv", os.O_CREAT, dir_fd=opened))
    os.close(opened)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["d"] * 1200, "is a folder in 100 others: it is not looked into"),
        (["d" * 250] * 20, "has a path that is too long to be opened"),
    ],
)
def test_folders_in_folders_without_end_are_told_and_hide_no_file(
    names: list[str], why: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = put(tmp_path, "a/b/2026-03-10/good.csv").parent
    dig(folder, *names)
    request.addfinalizer(lambda: subprocess.run(["/bin/rm", "-r", folder], check=True))

    far, good = files(place_of(tmp_path))
    assert (far.why_not_opened, far.is_as_listed()) == (why, True)
    assert (good.location.name, good.why_not_opened) == ("good.csv", None)


def test_links_to_folders_of_links_are_followed_twice(tmp_path: Path) -> None:
    folder = put(tmp_path, "a/b/2026-03-10/l12/a.csv").parent.parent
    for at in range(12):
        (folder / f"l{at}").mkdir()
        for name in "pqr":
            (folder / f"l{at}" / name).symlink_to(f"../l{at + 1}")

    found = list(files(place_of(tmp_path)))
    assert sum(file.location.name == "a.csv" for file in found) == 1 + 3 + 9
    told = {file.why_not_opened for file in found} - {None}
    assert told == {"is a link to a folder, reached by 2 others: it is not followed"}


@pytest.mark.parametrize(("size", "why"), [(2 << 30, "is mostly holes"), (1 << 20, None)])
def test_a_large_file_of_holes_is_told_and_never_read(
    size: int, why: str | None, tmp_path: Path
) -> None:
    path = put(tmp_path, "a/b/2026-03-10/a.csv")
    os.truncate(path, size)
    (path.parent / "b.csv").symlink_to("a.csv")

    for file in files(place_of(tmp_path)):
        assert (file.why_not_opened or "").partition(":")[0] == (why or "")
        assert file.is_as_listed()


def test_a_missing_landing_zone_has_no_files(tmp_path: Path) -> None:
    assert paths(tmp_path / "nowhere") == []
    assert paths(tmp_path, "commerce/orders") == []


def test_what_is_no_file_is_told_and_never_opened(tmp_path: Path) -> None:
    folder = put(tmp_path, "commerce/orders/2026-03-10/a.csv").parent
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()

    assert unopened(tmp_path) == {
        "a.csv": None,
        "pipe.csv": "is a pipe, a socket or a device, and no file",
    }


NAMES = [
    b"a\xff.csv",
    b"a\\xff.csv",
    b"a\\x5cxff.csv",
    b"a\\x5c\xff.csv",
    b"a\\\xff.csv",
    b"a\\b.csv",
]


def test_no_two_names_are_one_path_whatever_their_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "d" / "s" / "2026-03-10"
    folder.mkdir(parents=True)
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")

    paths = [file.path for file in files(place_of(tmp_path))]

    assert len(set(paths)) == len(NAMES)
    assert "d/s/2026-03-10/a\\b.csv" in paths
    assert "d/s/2026-03-10/a\\xff.csv" in paths


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_any_two_names_are_two_paths(names: list[bytes]) -> None:
    first, second = (text_of(os.fsdecode(name)) for name in names)

    assert first != second


@given(
    st.lists(
        st.sampled_from([b"\\", b"x", b"5", b"c", b"f", b"\xff", b"\xc3", b"\xa4"]), max_size=7
    )
)
def test_a_path_tells_the_bytes_of_its_name(parts: list[bytes]) -> None:
    name = b"".join(parts)
    told = text_of(os.fsdecode(name))

    bytes_of = lambda found: bytes([int(found[1], 16)])  # noqa: E731
    assert re.sub(rb"\\x([89a-f][0-9a-f]|5c)", bytes_of, told.encode()) == name
