"""Folders for what waits on this machine's disk until it is committed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mega_toys.lake.store.place import Place

TEMPORARY = ".tmp"  # of a lake's scratch; a folder for each load, named by its process


@contextmanager
def folder_of_load(lake: Place) -> Iterator[Path]:
    """A folder of this lake and process for what waits on disk; it goes with the load."""
    every = lake.scratch / TEMPORARY
    every.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=every) as folder:
        yield Path(folder)


def left_behind(lake: Place) -> list[Path]:
    """The folders of loads whose process is gone."""
    folders = [path for path in (lake.scratch / TEMPORARY).glob("[0-9]*-*") if _is_folder(path)]
    return [path for path in folders if not _lives(int(path.name.partition("-")[0]))]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and path.name.partition("-")[0].isdecimal()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
