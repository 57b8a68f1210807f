"""The landing zone: which files are there, and what their paths say of them."""

import datetime as dt
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
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
_IS_HOLLOW = "is mostly holes: less than a 200th of its size was ever written"
_LARGE, _HOLLOW_TIMES, _BLOCK_BYTES = 1 << 30, 200, 512
_DAY_DEPTH = 3  # <domain>/<dataset>/<landing day>
_MOST_FOLDERS = 100  # one in another
_MOST_LINKS = 2  # of these; links to folders of links to folders of links make ways without end
_PATH_BYTES = os.pathconf("/", "PC_PATH_MAX")  # one too many
_MOST_BYTES = 4  # of a character


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
    names = {path.rpartition("/")[2] for path in root.folders_at(_DAY_DEPTH)}
    days = (calendar_day(name) for name in sorted(names))
    return next((day for day in days if day and day >= since), None)


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
    parts = below.split("/") if below else []
    yield from _walk(entries or [], _Way(real_root, real, parts, frozenset([real])))


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


@dataclass(frozen=True)
class _Way:
    """The way to a folder: its names, and the real paths of the folders that hold it."""

    root: str  # real, as `folder`
    folder: str
    parts: list[str]
    seen: frozenset[str]
    links: int = 0
    of_delta_table: bool = False


def _walk(entries: list[os.DirEntry[str]], way: _Way) -> Iterator[LandingFile]:
    """The files of a folder, and of those below it."""
    copied = way.of_delta_table or any(entry.name == DELTA_LOG for entry in entries)
    for entry in entries:
        is_folder, is_link = _is_folder(entry), entry.is_symlink()
        hidden = len(way.parts) > 2 and entry.name[0] in "._"
        if hidden or (entry.name.endswith(UNFINISHED) and not is_folder):
            continue
        here = [*way.parts, entry.name]
        real = os.path.realpath(entry.path) if is_link else f"{way.folder}/{entry.name}"
        why = _why_not_followed(entry.path, real, way) if is_link else None
        why = why or _why_too_far(entry.path, way, is_folder, is_link)
        inside = _entries(entry.path) if is_folder and not why else None
        if inside is not None:
            seen, links = way.seen | {real}, way.links + is_link
            yield from _walk(inside, _Way(way.root, real, here, seen, links, copied))
        else:  # what may not be listed or opened is told
            with suppress(FileNotFoundError):  # gone since it was listed
                yield _landing_file(entry, here, why, copied)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _why_not_followed(link: str, real: str, way: _Way) -> str | None:
    """What is wrong with a link."""
    if not _inside(real, way.root):
        return "is a link that leaves the landing root"
    if not os.path.exists(link):
        return "is a link to nothing"
    return "is a link to a folder that holds it" if real in way.seen else None


def _why_too_far(path: str, way: _Way, is_folder: bool, is_link: bool) -> str | None:
    """Why what lies on a way cannot, or shall not, be reached."""
    if len(path) * _MOST_BYTES >= _PATH_BYTES and len(os.fsencode(path)) >= _PATH_BYTES:
        return "has a path that is too long to be opened"
    if is_folder and len(way.parts) >= _MOST_FOLDERS:
        return f"is a folder in {_MOST_FOLDERS} others: it is not looked into"
    if is_folder and is_link and way.links >= _MOST_LINKS:
        return f"is a link to a folder, reached by {_MOST_LINKS} others: it is not followed"
    return None


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
    is_folder = False
    if not why_not_opened and not stat.S_ISREG(mode := entry.stat().st_mode):
        is_folder = stat.S_ISDIR(mode)
        why_not_opened = None if is_folder else _IS_SPECIAL
    found = _stat(entry, follow=not why_not_opened)
    if not why_not_opened and _is_hollow(entry.path, found):
        why_not_opened, found = _IS_HOLLOW, _stat(entry, follow=False)
    return LandingFile(
        path=text_of("/".join(parts)),
        location=Path(entry.path),
        size=found.st_size,
        modified_ns=found.st_mtime_ns,
        changed_ns=found.st_ctime_ns,
        inode=found.st_ino,
        why_not_opened=why_not_opened,
        of_delta_table=of_delta_table,
        is_folder=is_folder,
    )


def _stat(entry: os.DirEntry[str], *, follow: bool) -> os.stat_result:
    """What the file says of itself; what its folder does where its path is too long to ask."""
    try:
        return entry.stat(follow_symlinks=follow)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return os.stat(os.path.dirname(entry.path))


def _is_hollow(path: str, found: os.stat_result) -> bool:
    """Whether a file is large by its holes, of which reading it all the same would take hours."""
    size, written = found.st_size, found.st_blocks * _BLOCK_BYTES
    if size <= _LARGE or written * _HOLLOW_TIMES >= size:
        return False
    try:
        with open(path, "rb") as opened:  # some file systems tell no blocks
            return os.lseek(opened.fileno(), 0, os.SEEK_HOLE) < size
    except OSError:
        return False
