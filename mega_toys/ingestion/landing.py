"""The landing zone: which files are there, and what their paths say of them."""

import datetime as dt
import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mega_toys.declared.errors import SettingsError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIKE_A_BYTE = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")
_UNFINISHED = (".tmp", ".part", ".crc")
TEXT_FORMATS = ("csv", "json", "ndjson", "jsonl")
FORMATS = (*TEXT_FORMATS, "avro", "parquet")
COMPRESSIONS = ("gz", "zst")
DELTA_LOG = "_delta_log"


@dataclass(frozen=True, kw_only=True)
class LandingFile:
    """One file of the landing zone, as its path and its inode describe it."""

    path: str  # below the landing root, with `/`
    location: Path
    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    leaves_root: bool = False
    of_delta_table: bool = False  # `_delta_log` lies beside it, or beside a folder above it

    @property
    def dataset(self) -> str:
        """`<domain>.<dataset>`; empty where the path is too short to say."""
        parts = self.path.split("/")
        return ".".join(parts[:2]) if len(parts) > 3 else ""

    @property
    def landing_day(self) -> dt.date | None:
        """The calendar day in the third part of the path."""
        parts = self.path.split("/")
        return _calendar_day(parts[2]) if len(parts) > 3 else None

    @property
    def format(self) -> str | None:
        """`csv`, `json`, `ndjson`, `avro`, `parquet` or `kafka`, by the extension in any case."""
        parts = self._extensions
        if len(parts) > 1 and parts[-1] in COMPRESSIONS:
            found = parts[-2] if parts[-2] in TEXT_FORMATS else None
        else:
            found = parts[-1] if parts and parts[-1] in FORMATS else None
        if found == "parquet" and parts[-2:] == ["kafka", "parquet"]:
            return "kafka"
        return "ndjson" if found == "jsonl" else found

    @property
    def compression(self) -> str | None:
        """`gz`, `zst` or none."""
        parts = self._extensions
        return parts[-1] if len(parts) > 1 and parts[-1] in COMPRESSIONS else None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, which stands here for what it holds: it may not be listed."""
        return not self.leaves_root and self.location.is_dir()

    @property
    def _extensions(self) -> list[str]:
        return self.path.rsplit("/", 1)[-1].lower().split(".")[1:]

    def is_as_listed(self) -> bool:
        """Whether the file is still there as it was listed, as far as the store tells."""
        try:
            stat = self.location.stat(follow_symlinks=not self.leaves_root)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        seen = (self.size, self.modified_ns, self.changed_ns, self.inode)
        return seen == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    def content_hash(self) -> str:
        """Hash of the bytes of the file as it is now."""
        with self.location.open("rb") as opened:
            return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def _calendar_day(text: str) -> dt.date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def why_missing(root: Path) -> str | None:
    """Why nothing can be taken in from a landing root that is not there, and the way out."""
    if root.is_dir():
        return None
    place = root.absolute()
    return (
        f"The landing zone {place} is not there. Mount its disk, make it (`mkdir -p {place}`), or "
        "set MEGA_TOYS_LANDING_ROOT to the folder in which files arrive."
    )


def refuse_missing(root: Path) -> None:
    """Raise SettingsError where the landing root is not there: an empty lake would look well."""
    if why := why_missing(root):
        raise SettingsError(why)


def first_landing_day(root: Path, since: dt.date) -> dt.date | None:
    """The earliest landing day that has a folder, among those since a day."""
    days = {_calendar_day(folder.name) for folder in root.glob("*/*/*")}
    return min((day for day in days if day and day >= since), default=None)


def files(root: Path, below: str = "") -> Iterator[LandingFile]:
    """Every file that is complete, in the order of its path; `below` is a folder of the root."""
    top, real_root = root / below if below else root, os.path.realpath(root)
    real = os.path.realpath(top)
    if not (os.path.isdir(top) and _inside(real, real_root)):
        return
    entries = _entries(os.fspath(top))
    if entries is None and not below:  # of a folder below it, the walk from the root tells
        raise PermissionError(errno.EACCES, "The landing root may not be listed", str(root))
    yield from _walk(entries or [], below.split("/") if below else [], real, real_root, {real})


def forbidden_folders(root: Path, below: str) -> list[str]:
    """The folders at or below a folder of the root that may not be listed or entered."""
    try:
        if _entries(os.fspath(root / below)) is None:
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
        hidden = len(parts) > 2 and entry.name[0] in "._"
        if hidden or (entry.name.endswith(_UNFINISHED) and not entry.is_dir()):
            continue
        here, is_link = [*parts, entry.name], entry.is_symlink()
        real = os.path.realpath(entry.path) if is_link else f"{folder}/{entry.name}"
        leaves = is_link and not _inside(real, root)
        if is_link and not leaves and not os.path.exists(real):  # a link to nothing, or to itself
            continue
        inside = _entries(entry.path) if entry.is_dir() and not leaves else None
        if inside is not None:
            if real not in seen:
                yield from _walk(inside, here, real, root, seen | {real}, copied)
        elif leaves or entry.is_file() or entry.is_dir():  # a folder that may not be listed is told
            with suppress(FileNotFoundError):  # gone since it was listed
                yield _landing_file(entry, here, leaves, copied)


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


def _text_of(path: str) -> str:
    r"""A path as text, no two paths the same: a byte that is no text as `\xff`, and the backslash
    of a name that would look like one as `\x5c`.
    """
    if "\\" in path:
        path = _LIKE_A_BYTE.sub(r"\\x5c", path)
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _landing_file(
    entry: os.DirEntry[str], parts: list[str], leaves: bool, of_delta_table: bool
) -> LandingFile:
    stat = entry.stat(follow_symlinks=not leaves)
    return LandingFile(
        path=_text_of("/".join(parts)),
        location=Path(entry.path),
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        changed_ns=stat.st_ctime_ns,
        inode=stat.st_ino,
        leaves_root=leaves,
        of_delta_table=of_delta_table,
    )
