"""One writer per lake."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from mega_toys.declared.errors import LakeBusyError, SettingsError
from mega_toys.lake.store.holder import STUCK_AFTER_S
from mega_toys.lake.store.lock import holder, only_writer
from mega_toys.lake.store.step import step
from mega_toys.settings import Settings


def hold(root: str, told: Connection) -> None:
    with only_writer(root, lambda text: None), only_writer(root, lambda text: None):
        told.send("held")
        while told.recv() == "step":
            step("commit.done")
            told.send("passed")


@pytest.fixture
def rival(tmp_path: Path) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that holds the lake, and passes a step when it is told to."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    rival = spawn.Process(target=hold, args=(str(tmp_path), theirs))
    rival.start()
    assert ours.recv() == "held"
    yield rival, ours
    rival.kill()
    rival.join()


def test_who_holds_a_lake_is_told_and_stuck_where_it_passes_no_step(
    tmp_path: Path, rival: tuple[BaseProcess, Connection]
) -> None:
    process, told = rival
    long_ago = time.time() - STUCK_AFTER_S - 60
    os.utime(tmp_path / ".writer.pid", (long_ago, long_ago))

    who = holder(str(tmp_path))
    assert who
    assert who.is_stuck
    assert f"process {process.pid} holds the lake, its last step was 31 min ago" in str(who)

    told.send("step")
    assert told.recv() == "passed"
    who = holder(str(tmp_path))
    assert who
    assert not who.is_stuck

    process.kill()
    process.join()
    assert holder(str(tmp_path)) is None


def test_a_lake_is_held_by_nobody_before_and_after_a_writer(tmp_path: Path) -> None:
    assert holder(str(tmp_path / "none")) is None
    with only_writer(str(tmp_path), print):
        assert holder(str(tmp_path)) is None  # nobody else
    assert holder(str(tmp_path)) is None


def test_a_lake_that_is_held_is_refused_and_free_once_its_holder_is_killed(
    tmp_path: Path, rival: tuple[BaseProcess, Connection]
) -> None:
    said: list[str] = []
    with (
        pytest.raises(LakeBusyError, match="Another refresh has held"),
        only_writer(str(tmp_path), said.append, patience_s=0.2),
    ):
        pass

    assert f"process {rival[0].pid} holds the lake" in said[0]
    rival[0].kill()
    rival[0].join()

    with only_writer(str(tmp_path), said.append, patience_s=5):
        assert len(said) == 1


def test_the_lake_can_be_held_again_inside_and_after(tmp_path: Path) -> None:
    for _ in range(2):
        with only_writer(str(tmp_path), print), only_writer(str(tmp_path), print, patience_s=0.1):
            pass


def test_a_refresh_that_fails_frees_the_lake(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_writer(str(tmp_path), print):
        raise ZeroDivisionError

    with only_writer(str(tmp_path), print, patience_s=0.1):
        pass


def test_threads_of_one_process_write_one_after_another(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        for _ in range(5):
            with only_writer(str(tmp_path), print), only_writer(str(tmp_path), print):
                inside.append(number)
                time.sleep(0.001)
                most.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))

    assert most == [1] * 20


def test_a_thread_waits_for_another_of_its_process_and_is_told_of_it(tmp_path: Path) -> None:
    root, said = str(tmp_path), list[str]()
    with only_writer(root, print), ThreadPoolExecutor(1) as other:
        who = other.submit(holder, root).result()
        assert who
        assert who.process == os.getpid()
        refused = other.submit(enter, root, said)
        with pytest.raises(LakeBusyError):
            refused.result()

    assert f"process {os.getpid()} holds the lake" in said[0]
    with ThreadPoolExecutor(1) as other:
        other.submit(enter, root, said).result()


def enter(root: str, said: list[str]) -> None:
    with only_writer(root, said.append, patience_s=0.1):
        pass


def test_a_lake_held_by_way_of_a_link_is_the_same_lake(tmp_path: Path) -> None:
    lake, link = tmp_path / "lake", tmp_path / "link"
    lake.mkdir()
    link.symlink_to(lake)

    with only_writer(str(lake), print), ThreadPoolExecutor(1) as other:
        assert isinstance(other.submit(enter, str(link), []).exception(), LakeBusyError)


def test_whoever_waits_is_told_on_the_error_output_too_where_there_is_no_terminal(
    tmp_path: Path, rival: tuple[BaseProcess, Connection], capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(LakeBusyError),
        only_writer(str(tmp_path), lambda text: None, patience_s=0.1),
    ):
        pass

    assert f"process {rival[0].pid} holds the lake" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("LAKE_ROOT", "https://bucket/lake"),
        ("LANDING_ROOT", "s3://"),
        ("LAKE_ROOT", "s3:/bucket/lake"),
        ("LANDING_ROOT", "file:/srv/landing"),
        ("DAGSTER_HOME", "s3:/bucket/home"),
        ("DAGSTER_HOME", "s3://bucket/home"),
    ],
)
def test_an_address_in_the_settings_is_refused_in_one_line(name: str, address: str) -> None:
    with pytest.raises(SettingsError, match=f"^MEGA_TOYS_{name}: .*a folder is wanted") as told:
        Settings.load({f"MEGA_TOYS_{name}": address})

    assert "\n" not in str(told.value)
