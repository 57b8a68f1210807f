"""A read that is refused retracts nothing, is told, and is tried again."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.errors import LakeError
from mega_toys.ingestion.decoding.fitted import read
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.lake.own.files import FILES, newest
from mega_toys.operations.rebuild import rebuild
from mega_toys_tests.lakes import Lake, copy_of, needed_for
from mega_toys_tests.quick import one_quick

SILVER, BRONZE = "commerce.silver.web_events", "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"
EVENT = {
    "event_id": "e1", "client_id": "c1", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip


def event(number: int, **told: Any) -> dict[str, Any]:
    return EVENT | {"event_id": f"e{number}", **told}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(SILVER))
    made.send(f"{DAY}/a.ndjson", event(1))
    made.send(f"{DAY}/b.ndjson", event(2))
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def ids(lake: Lake, name: str = SILVER) -> list[str]:
    return sorted(lake.rows(name)["event_id"].to_list())


def seen(lake: Lake, name: str) -> tuple[Any, ...]:
    rows = newest(lake.store.scan(FILES.name)).filter(pl.col("path").str.ends_with(name))
    return rows.select("status", "rows", "error").collect().row(0)


def touch(path: Path) -> None:
    os.utime(path, (1, 1))


def refusing(monkeypatch: pytest.MonkeyPatch, code: int, *names: str) -> None:
    """A store that does not let files of these names be opened."""
    opened = Path.open

    def refuse(path: Path, *how: Any, **more: Any) -> Any:
        if path.name in names:
            raise OSError(code, os.strerror(code), str(path))
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", refuse)


def giving_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A store that lets a file be opened, and fails to read it."""
    opened = Path.open

    def fail(path: Path, *how: Any, **more: Any) -> Any:
        file = opened(path, *how, **more)
        if path.name == name:
            folder = os.open(path.parent, os.O_RDONLY)
            os.dup2(folder, file.fileno())  # the kernel refuses to read a folder
            os.close(folder)
        return file

    monkeypatch.setattr(Path, "open", fail)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_file_that_is_refused_keeps_what_it_gave_and_is_told(
    lake: Lake, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(lake.landing / DAY / "a.ndjson")
    with monkeypatch.context() as patched:
        refusing(patched, code, "a.ndjson")
        outcome = lake.refresh()[BRONZE]
        assert lake.refresh()[BRONZE].failed == []

    assert ids(lake) == ids(lake, BRONZE) == ["e1", "e2"]
    assert outcome.failed == []
    assert "files_are_read" in [one.name for one in outcome.checks if not one.passed]
    why = f"may not be read: {os.strerror(code).lower()}"
    assert seen(lake, "a.ndjson") == ("unreadable", 1, why)
    assert refused(lake.work(), Listing(lake.zone)) == [f"{DAY}/a.ndjson"]

    version = lake.store.version(BRONZE)
    lake.refresh()

    assert refused(lake.work(), Listing(lake.zone)) == []
    assert seen(lake, "a.ndjson") == ("loaded", 1, None)
    assert not lake.store.since(BRONZE, version).changed  # the same content is not read again


def test_a_file_that_is_refused_and_sent_again_meanwhile_is_replaced_once_it_is_given(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        lake.send(f"{DAY}/c.ndjson", event(3))
        lake.send(f"{DAY}/a.ndjson", event(5), event(6))
        refusing(patched, errno.EACCES, "a.ndjson")
        lake.refresh()
        assert ids(lake) == ["e1", "e2", "e3"]

    lake.send(f"{DAY}/a.ndjson", event(4))
    lake.refresh()

    assert ids(lake) == ids(lake, BRONZE) == ["e2", "e3", "e4"]


@pytest.mark.parametrize("name", ["z.csv", "z.ndjson"])
def test_a_file_whose_bytes_the_store_fails_to_give_keeps_what_it_gave(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    text = b"event_id\ne1\n" if name.endswith("csv") else b'{"event_id": "e1"}\n'
    path = lake.land(f"{DAY}/{name}", text)
    lake.refresh()
    assert ids(lake, BRONZE) == ["e1"]
    touch(path)
    with monkeypatch.context() as patched:
        patched.setattr(LandingFile, "content_hash", hash_once(LandingFile.content_hash))
        giving_nothing(patched, name)
        lake.refresh()

    assert ids(lake, BRONZE) == ["e1"]
    assert seen(lake, name) == ("unreadable", 1, "may not be read: is a directory")


def hash_once(real: Callable[[LandingFile], str]) -> Callable[[LandingFile], str]:
    """The first look finds another content; from then on the store decides."""
    looked: list[LandingFile] = []

    def hashed(file: LandingFile) -> str:
        looked.append(file)
        return "other" if len(looked) == 1 else real(file)

    return hashed


@pytest.mark.parametrize("code", one_quick([errno.EMFILE, errno.ENOSPC, errno.ENOMEM]))
@pytest.mark.parametrize("new", one_quick([True, False]))
def test_a_machine_that_is_short_of_something_makes_no_file_unreadable(
    lake: Lake, code: int, new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lake.send(f"{DAY}/c.ndjson", event(3)) if new else lake.landing / DAY / "a.ndjson"
    touch(path)
    versions = lake.versions()
    versions[BRONZE] += 1  # a note that it could not be built
    with monkeypatch.context() as patched:
        refusing(patched, code, path.name)
        with pytest.raises(OSError, match=os.strerror(code)):
            lake.refresh()
    assert lake.versions() == versions

    lake.refresh()
    assert ids(lake) == ["e1", "e2", *(["e3"] if new else [])]


@pytest.mark.parametrize(
    "error", one_quick([OSError(errno.ENOSPC, "No space left"), MemoryError()])
)
def test_a_machine_that_fails_while_it_reads_makes_no_file_unreadable(
    lake: Lake, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(file: LandingFile, *declared: Any) -> Any:
        yield from read(file, *declared)
        raise error

    lake.send(f"{DAY}/a.ndjson", event(3))
    with monkeypatch.context() as patched:
        patched.setattr("mega_toys.ingestion.decoding.spool.read", reading)
        with pytest.raises(type(error)):
            lake.refresh()

    assert ids(lake) == ["e1", "e2"]
    lake.refresh()
    assert ids(lake) == ["e2", "e3"]


def test_a_rebuild_swaps_in_nothing_while_files_are_refused(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, errno.EACCES, "a.ndjson")
    versions = lake.versions()

    with pytest.raises(LakeError, match=r"1 path .* may not be read, such as .*a\.ndjson"):
        rebuild(lake.catalog, lake.work(), lake.zone, swap=True, say=lambda text: None)

    assert lake.versions() == versions


@pytest.mark.parametrize("folder", one_quick(["commerce", "commerce/web_events", DAY]))
def test_a_folder_that_may_not_be_listed_takes_back_nothing_and_is_told_while_it_may_not(
    lake: Lake, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if str(path).startswith(str(lake.landing / folder)):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        lake.refresh()
        assert ids(lake) == ["e1", "e2"]
        assert refused(lake.work(), Listing(lake.zone)) == [folder]
        with pytest.raises(LakeError, match="may not be read"):
            rebuild(lake.catalog, lake.work(), lake.zone, swap=True, say=lambda text: None)

    lake.refresh()

    assert ids(lake) == ["e1", "e2"]
    assert refused(lake.work(), Listing(lake.zone)) == []
    assert seen(lake, folder) == ("empty", 0, None)
    before = lake.versions()
    lake.refresh()
    assert lake.versions() == before
    assert not lake.plan().of(lake.catalog[BRONZE]).has_news
