"""The landing zone: which files are there, and what their paths say of them."""

import datetime as dt
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mega_toys.declared.errors import MegaToysError, SettingsError
from mega_toys.ingestion import landing_bucket
from mega_toys.ingestion.landing_file import (
    DELTA_LOG,
    UNFINISHED,
    LandingFile,
    calendar_day,
    text_of,
)
from mega_toys.lake.store.bucket import Bucket
from mega_toys.lake.store.place import Place

_IS_SPECIAL = "is a pipe, a socket or a device, and no file"
_DAY_DEPTH = 3  # <domain>/<dataset>/<landing day>


def why_missing(root: Place) -> str | None:
    """Why nothing can be taken in from a landing root that is not there, and the way out."""
    if root.folder is None:
        return _why_unreachable(root)
    if root.folder.is_dir():
        return None
    return (
        f"The landing zone {root} is not there. Mount its disk, make it (`mkdir -p {root}`), or "
        "set MEGA_TOYS_LANDING_ROOT to the folder in which files arrive."
    )


def _why_unreachable(root: Place) -> str | None:
    try:
        root.refuse_unreachable()
    except MegaToysError as error:
        return str(error)
    return None


def refuse_missing(root: Place) -> None:
    """Raise SettingsError where the landing root is not there: an empty lake would look well."""
    if why := why_missing(root):
        raise SettingsError(why)


def first_landing_day(root: Place, since: dt.date) -> dt.date | None:
    """The earliest landing day that has a folder, among those since a day."""
    days = {calendar_day(path.rpartition("/")[2]) for path in root.folders_at(_DAY_DEPTH)}
    return min((day for day in days if day and day >= since), default=None)


def files(root: Place, below: str = "", since: dt.date | None = None) -> Iterator[LandingFile]:
    """Every file that is complete, in the order of its path; `below` is a folder of the root.

    Of a bucket, where `since` is given, without what landed on the days before it.
    """
    if isinstance(root, Bucket):
        yield from landing_bucket.files(root, below, since)
    elif root.folder:
        yield from _on_disk(root.folder, below)


def _on_disk(zone: Path, below: str) -> Iterator[LandingFile]:
    top, real_root = zone / below if below else zone, os.path.realpath(zone)
    real = os.path.realpath(top)
    if not (os.path.isdir(top) and _inside(real, real_root)):
        return
    entries = _entries(os.fspath(top))
    if entries is None and not below:  # of a folder below it, the walk from the root tells
        raise PermissionError(errno.EACCES, "The landing root may not be listed", str(zone))
    yield from _walk(entries or [], below.split("/") if below else [], real, real_root, {real})


def forbidden_folders(root: Place, below: str) -> list[str]:
    """The folders at or below a folder of the root that may not be listed or entered."""
    if not root.folder:
        return []
    try:
        if _entries(os.fspath(root.folder / below)) is None:
            return [below]
    except NotADirectoryError:
        return []
    return [file.path for file in files(root, below) if file.is_folder]


def _walk(
    entries: list[os.DirEntry[str]],
    parts: list[str],
    folder: str,
    root: str,
    seen: set[str],
    of_delta_table: bool = False,
) -> Iterator[LandingFile]:
    """The files of a folder, given by its real path, and of those below it."""
    copied = of_delta_table or any(entry.name == DELTA_LOG for entry in entries)
    for entry in entries:
        is_folder = _is_folder(entry)
        hidden = len(parts) > 2 and entry.name[0] in "._"
        if hidden or (entry.name.endswith(UNFINISHED) and not is_folder):
            continue
        here, why = [*parts, entry.name], None
        real = f"{folder}/{entry.name}"
        if entry.is_symlink():
            real = os.path.realpath(entry.path)
            why = _why_not_followed(entry.path, real, root, seen)
        inside = _entries(entry.path) if is_folder and not why else None
        if inside is not None:
            yield from _walk(inside, here, real, root, seen | {real}, copied)
        else:  # what may not be listed or opened is told
            with suppress(FileNotFoundError):  # gone since it was listed
                yield _landing_file(entry, here, why, copied)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _why_not_followed(link: str, real: str, root: str, seen: set[str]) -> str | None:
    """What is wrong with a link; `seen` are the folders that hold it, by their real paths."""
    if not _inside(real, root):
        return "is a link that leaves the landing root"
    if not os.path.exists(link):
        return "is a link to nothing"
    return "is a link to a folder that holds it" if real in seen else None


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    """What lies in a folder, in the order of names; none where it may not be listed or entered."""
    try:
        with os.scandir(folder) as found:
            if not os.access(folder, os.X_OK):
                return None
            return sorted(found, key=lambda entry: os.fsencode(entry.name))
    except FileNotFoundError:  # gone since its folder was listed
        return []
    except PermissionError:
        return None


def _inside(real: str, root: str) -> bool:
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def _landing_file(
    entry: os.DirEntry[str], parts: list[str], why_not_opened: str | None, of_delta_table: bool
) -> LandingFile:
    if not why_not_opened and not stat.S_ISREG(mode := entry.stat().st_mode):
        why_not_opened = None if stat.S_ISDIR(mode) else _IS_SPECIAL
    found = entry.stat(follow_symlinks=not why_not_opened)
    return LandingFile(
        path=text_of("/".join(parts)),
        location=Path(entry.path),
        size=found.st_size,
        modified_ns=found.st_mtime_ns,
        changed_ns=found.st_ctime_ns,
        inode=found.st_ino,
        why_not_opened=why_not_opened,
        of_delta_table=of_delta_table,
    )
