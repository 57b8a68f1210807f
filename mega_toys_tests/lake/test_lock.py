"""One writer per lake."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from mega_toys.lake.errors import LakeBusyError
from mega_toys.lake.lock import only_writer


def hold(root: str, told: Connection) -> None:
    with only_writer(root, lambda text: None):
        told.send("held")
        told.recv()


def test_a_lake_that_is_held_is_refused_and_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    rival = spawn.Process(target=hold, args=(str(tmp_path), theirs))
    rival.start()
    assert ours.recv() == "held"
    said: list[str] = []
    with (
        pytest.raises(LakeBusyError, match="Another refresh has held"),
        only_writer(str(tmp_path), said.append, patience_s=0.2),
    ):
        pass

    rival.kill()
    rival.join()

    with only_writer(str(tmp_path), said.append, patience_s=5):
        assert said == []


def test_the_lake_can_be_held_again_inside_and_after(tmp_path: Path) -> None:
    for _ in range(2):
        with only_writer(str(tmp_path), print), only_writer(str(tmp_path), print, patience_s=0.1):
            pass


def test_a_refresh_that_fails_frees_the_lake(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_writer(str(tmp_path), print):
        raise ZeroDivisionError

    with only_writer(str(tmp_path), print, patience_s=0.1):
        pass
