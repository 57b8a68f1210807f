"""Folders of this machine for what a lake's processes have on disk; each goes with its process."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from mega_toys.declared.errors import PlaceError
from mega_toys.lake.store.place import Place

TEMPORARY = ".tmp"  # of a lake's scratch; in it folders that are named by their process
_MINE: set[Path] = set()  # the folders of this process, and of those that it is a fork of


def temporary(root: str) -> Path:
    """The folder of this process, for a lake, in the one for temporary files."""
    mine = temporary_of_all(root) / TEMPORARY / f"{os.getpid()}-process"
    while not mine.is_dir():  # who ends removes what is empty
        with suppress(FileNotFoundError):
            _make_private(mine.parents[1])
            mine.parent.mkdir(exist_ok=True)
            mine.mkdir(exist_ok=True)
    if mine not in _MINE:
        _MINE.add(mine)
        atexit.register(clear)
    return mine


def temporary_of_all(root: str) -> Path:
    """The folder for all processes of a lake: there while one lives, or has left a note in it."""
    address = root if "://" in root else os.path.realpath(root)
    short = blake2b(address.encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir(), f"mega_toys-{os.getuid()}-{short}")


def _make_private(folder: Path) -> None:
    """Make a folder that others cannot enter; PlaceError where it is another user's."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not folder.is_dir() or folder.is_symlink() or found.st_uid != os.getuid():
        raise PlaceError(f"{folder} is not this user's: remove it, or set TMPDIR.")


def clear() -> None:
    """Remove what this process has among the temporary files, before it ends."""
    for mine in [path for path in _MINE if path.name == f"{os.getpid()}-process"]:
        _MINE.discard(mine)
        shutil.rmtree(mine, ignore_errors=True)
        remove_empty(mine.parent)


def remove_empty(folders: Path) -> None:
    """Remove the folder of a lake's processes, and what holds it, where nothing is in them."""
    with suppress(OSError):
        folders.rmdir()
        folders.parent.rmdir()


@contextmanager
def folder_of_load(lake: Place) -> Iterator[Path]:
    """A folder of this lake and process for what waits on disk; it goes with the load."""
    every = lake.scratch / TEMPORARY
    every.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=every) as folder:
        yield Path(folder)


def left_behind(lake: Place) -> list[Path]:
    """The folders that processes of the lake have left that are gone."""
    places = {lake.scratch / TEMPORARY, temporary_of_all(lake.root) / TEMPORARY}
    folders = [path for place in places for path in place.glob("[0-9]*-*") if _is_folder(path)]
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
