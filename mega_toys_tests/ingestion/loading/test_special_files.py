"""Pipes, sockets and devices in the landing zone are told, and never opened."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mega_toys.command.doctor import findings
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.store.place import place_of
from mega_toys.settings import Settings
from mega_toys_tests.ingestion.loading.test_refused import BRONZE, DAY, event, ids
from mega_toys_tests.lakes import Lake, needed_for

WHY = "is a pipe, a socket or a device, and no file"


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Who opens a pipe waits for ever: that ends the test."""
    signal.alarm(100)
    yield
    signal.alarm(0)


def test_a_pipe_or_socket_is_told_and_hides_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    lake.send(f"{DAY}/good.ndjson", event(1))
    folder = lake.landing / DAY
    pipes = [folder / f"pipe.{ending}" for ending in ("csv", "json.gz", "parquet", "avro", "txt")]
    for pipe in (*pipes, folder.with_name("2026-03-11")):
        os.mkfifo(pipe)
    (folder / "link.ndjson").symlink_to(pipes[0])
    monkeypatch.chdir(folder)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.ndjson")

    for _ in range(2):
        lake.refresh()

    assert ids(lake, BRONZE) == ["e1"]
    seen = newest(lake.store.scan(FILES.name)).collect()
    told = {row["path"].rsplit("/", 1)[-1]: row for row in seen.iter_rows(named=True)}
    assert {name for name, row in told.items() if row["status"] == "ignored"} == {
        "pipe.txt",
        "2026-03-11",
    }
    assert {name for name, row in told.items() if row["status"] == "unreadable"} == {
        *(pipe.name for pipe in pipes[:-1]),
        "link.ndjson",
        "socket.ndjson",
    }
    assert {row["error"] for name, row in told.items() if name != "good.ndjson"} == {WHY}
    settings = Settings(
        landing_root=lake.landing, lake_root=lake.store.root, dagster_home=tmp_path / "home"
    )
    assert all(one.said for one in findings(settings, lake.catalog))


def test_a_file_in_the_place_of_a_pipe_is_taken_in(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    (lake.landing / DAY).mkdir(parents=True)
    pipe = lake.landing / DAY / "a.ndjson"
    os.mkfifo(pipe)
    lake.refresh()

    pipe.unlink()
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()

    assert ids(lake, BRONZE) == ["e1"]


@pytest.mark.parametrize("what", ["a pipe", "a link out of the landing zone"])
def test_what_is_never_opened_takes_nothing_back_where_a_file_gave_rows(
    tmp_path: Path, what: str
) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    path = lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    path.unlink()
    if what == "a pipe":
        os.mkfifo(path)
    else:
        (tmp_path / "elsewhere.ndjson").write_text("")
        path.symlink_to(tmp_path / "elsewhere.ndjson")

    for _ in range(2):
        lake.refresh()
        assert ids(lake, BRONZE) == ["e1"]
        assert refused(lake.work(), Listing(place_of(str(lake.landing)))) == [f"{DAY}/a.ndjson"]
    settings = Settings(
        landing_root=lake.landing, lake_root=lake.store.root, dagster_home=tmp_path / "home"
    )
    assert any(f"{DAY}/a.ndjson" in one.said for one in findings(settings, lake.catalog))

    path.unlink()
    lake.send(f"{DAY}/a.ndjson", event(2))
    lake.refresh()
    assert ids(lake, BRONZE) == ["e2"]
