"""The landing zone: which files are there, and what their paths say of them."""

import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNFINISHED = (".tmp", ".part", ".crc")
TEXT_FORMATS = ("csv", "json", "ndjson", "jsonl")
FORMATS = (*TEXT_FORMATS, "avro", "parquet")
COMPRESSIONS = ("gz", "zst")


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
    def _extensions(self) -> list[str]:
        return self.path.rsplit("/", 1)[-1].lower().split(".")[1:]

    def is_as_listed(self) -> bool:
        """Whether the file is still there as it was when the landing zone was listed."""
        try:
            stat = self.location.stat(follow_symlinks=not self.leaves_root)
        except FileNotFoundError:
            return False
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


def first_landing_day(root: Path, since: dt.date) -> dt.date | None:
    """The earliest landing day that has a folder, among those since a day."""
    days = {_calendar_day(folder.name) for folder in root.glob("*/*/*")}
    return min((day for day in days if day and day >= since), default=None)


def files(root: Path, below: str = "") -> Iterator[LandingFile]:
    """Every file that is complete, in the order of its path; `below` is a folder of the root."""
    real_root = os.path.realpath(root)
    top = root / below if below else root
    if top.is_dir():
        yield from _walk(top, below.split("/") if below else [], real_root, {os.path.realpath(top)})


def _walk(folder: Path, parts: list[str], root: str, seen: set[str]) -> Iterator[LandingFile]:
    for entry in _entries(folder):
        hidden = len(parts) > 2 and entry.name[0] in "._"
        if hidden or entry.name.endswith(_UNFINISHED):
            continue
        here = [*parts, entry.name]
        leaves = entry.is_symlink() and not _inside(os.path.realpath(entry.path), root)
        if not leaves and not os.path.exists(entry.path):  # a link to nothing, or to itself
            continue
        if entry.is_dir() and not leaves and _may_be_listed(entry.path):
            real = os.path.realpath(entry.path)
            if real not in seen:
                yield from _walk(Path(entry.path), here, root, seen | {real})
        elif leaves or entry.is_file() or entry.is_dir():  # a folder that may not be listed is told
            with suppress(FileNotFoundError):  # gone since it was listed
                yield _landing_file(entry, here, leaves)


def _may_be_listed(folder: str) -> bool:
    """Not asked of `os.access`, which answers for the real user, not for the effective one."""
    try:
        os.scandir(folder).close()
    except PermissionError:
        return False
    except FileNotFoundError:
        pass
    return True


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: os.fsencode(entry.name))
    except FileNotFoundError:  # gone since its folder was listed
        return []


def _inside(real: str, root: str) -> bool:
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def _landing_file(entry: os.DirEntry[str], parts: list[str], leaves: bool) -> LandingFile:
    stat = entry.stat(follow_symlinks=not leaves)
    return LandingFile(
        path=os.fsencode("/".join(parts)).decode("utf-8", "backslashreplace"),
        location=Path(entry.path),
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        changed_ns=stat.st_ctime_ns,
        inode=stat.st_ino,
        leaves_root=leaves,
    )
