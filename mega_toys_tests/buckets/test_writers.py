"""Two machines write one lake: nothing is lost and nothing doubled."""

import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from mega_toys.declared.errors import LeaseLostError
from mega_toys.lake.store import lease
from mega_toys.lake.store.lock import holder, only_writer
from mega_toys.lake.store.store import Store
from mega_toys_tests.buckets.lakes import LakeInBucket
from mega_toys_tests.lakes import needed_for

BRONZE, SILVER = "commerce.bronze.web_events", "commerce.silver.web_events"
DAY = "commerce/web_events/2026-03-10"
ROUNDS = 3
SHORT_S = 3.0  # a lease of the tests
pytestmark = pytest.mark.parametrize("server", ["seaweed"], indirect=True)
SPAWN = multiprocessing.get_context("spawn")


def be_a_machine(name: str, clock_ahead_s: float) -> None:
    """Let this process look like the only one of a machine whose clock is wrong."""
    lease._machine = lambda: name
    lease.LEASE_S, lease._RENEWED_EVERY_S, lease._LOOKED_AT_EVERY_S = SHORT_S, 0.4, 0.1
    right = time.time
    time.time = lambda: right() + clock_ahead_s


def of(address: str, folder: Path) -> LakeInBucket:
    folder.mkdir(exist_ok=True)
    return LakeInBucket(folder, needed_for(SILVER), address=address)


def event(name: str) -> dict[str, str]:
    return {
        "event_id": name, "client_id": "c", "ts": "2026-03-10T12:00:00Z",
        "event_name": "page_view", "device": "mobile",
    }  # fmt: skip


def deliver_and_refresh(address: str, folder: Path, name: str, clock_ahead_s: float) -> None:
    be_a_machine(name, clock_ahead_s)
    lake = of(address, folder / name)
    for number in range(ROUNDS):
        lake.send(f"{DAY}/{name}-{number}.ndjson", event(f"{name}{number}"))
        with only_writer(lake.store.root, lambda text: None):
            lake.refresh(Store(lake.store.root))


def ids(lake: LakeInBucket, table: str) -> list[str]:
    return sorted(lake.rows(table)["event_id"].to_list())


@pytest.mark.slow
def test_machines_whose_clocks_are_a_day_apart_write_in_turn(address: str, tmp_path: Path) -> None:
    writers = [
        SPAWN.Process(target=deliver_and_refresh, args=(address, tmp_path, name, ahead_s))
        for name, ahead_s in (("a", -43_200.0), ("b", 43_200.0))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0, 0]
    lake = of(address, tmp_path / "look")
    wanted = sorted(f"{name}{number}" for name in "ab" for number in range(ROUNDS))
    assert ids(lake, SILVER) == wanted
    assert ids(lake, BRONZE) == wanted


def pause_in_the_middle(address: str, folder: Path, told: Connection) -> None:
    """Read a file, then stand still, then try to commit its rows."""
    be_a_machine("paused", 0)
    lake = of(address, folder / "paused")
    append = Store.append

    def late(store: Store, *args: object) -> None:
        told.send(os.getpid())
        told.recv()
        append(store, *args)  # type: ignore[arg-type]

    Store.append = late  # type: ignore[method-assign, assignment]
    try:
        with only_writer(lake.store.root, lambda text: None):
            lake.refresh(Store(lake.store.root))
    except LeaseLostError as error:
        told.send(str(error))
    else:
        told.send("it went on")


@pytest.fixture
def paused(address: str, tmp_path: Path) -> tuple[BaseProcess, Connection]:
    ours, theirs = SPAWN.Pipe()
    return SPAWN.Process(target=pause_in_the_middle, args=(address, tmp_path, theirs)), ours


@pytest.mark.slow
def test_a_machine_that_stood_still_while_another_took_over_commits_nothing(
    address: str,
    tmp_path: Path,
    paused: tuple[BaseProcess, Connection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, told = paused
    lake = of(address, tmp_path / "here")
    lake.send(f"{DAY}/a.ndjson", event("e1"))
    lake.refresh()
    lake.send(f"{DAY}/b.ndjson", event("e2"))
    process.start()
    os.kill(told.recv(), signal.SIGSTOP)
    told.send("go on")
    monkeypatch.setattr(lease, "_LOOKED_AT_EVERY_S", 0.1)

    who = holder(lake.store.root)
    assert who
    assert who.process == process.pid
    with only_writer(lake.store.root, lambda text: None):
        lake.refresh(Store(lake.store.root))
        assert process.pid
        os.kill(process.pid, signal.SIGCONT)
        assert "nothing is lost" in told.recv()
    process.join()

    lake.refresh()
    assert ids(lake, BRONZE) == ids(lake, SILVER) == ["e1", "e2"]
