"""A file of the landing zone, and what its path says of it."""

import datetime as dt
import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mega_toys.declared.sent_as import BY_DEFAULT, CORRECTION_NAME, Declared, SentAs, of_file

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIKE_A_BYTE = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")
_CORRECTION = re.compile(CORRECTION_NAME)
UNFINISHED = (".tmp", ".part", ".crc")
TEXT_FORMATS = ("csv", "json", "ndjson", "jsonl")
FORMATS = (*TEXT_FORMATS, "avro", "parquet", "xlsx")
COMPRESSIONS = ("gz", "zst")
DELTA_LOG = "_delta_log"


SeenAs = tuple[int, int, int, int]  # bytes, when it was written and changed, inode


def seen_as(stat: os.stat_result) -> SeenAs:
    """What a file says of itself, by which it is known again without being read."""
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


@dataclass(frozen=True, kw_only=True)
class LandingFile:
    """One file of the landing zone, as its path and its inode describe it."""

    path: str  # below the landing root, with `/`
    location: Path
    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    why_not_opened: str | None = None  # of a link, size and times are its own then
    of_delta_table: bool = False  # `_delta_log` lies beside it, or beside a folder above it
    is_folder: bool = False  # which stands here for what it holds: it may not be listed

    @cached_property
    def dataset(self) -> str:
        """`<domain>.<dataset>`; empty where the path is too short to say."""
        parts = self.path.split("/")
        return ".".join(parts[:2]) if len(parts) > 3 else ""

    @cached_property
    def landing_day(self) -> dt.date | None:
        """The calendar day in the third part of the path."""
        parts = self.path.split("/")
        return calendar_day(parts[2]) if len(parts) > 3 else None

    @cached_property
    def format(self) -> str | None:
        """`csv`, `json`, `ndjson`, `avro`, `parquet`, `kafka` or `xlsx`, by the extension.

        Its case does not count; an `.xlsx` holds records only where a sheet is declared.
        """
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

    @property
    def seen_as(self) -> SeenAs:
        """What it said of itself when it was listed."""
        return self.size, self.modified_ns, self.changed_ns, self.inode

    def is_as_listed(self) -> bool:
        """Whether the file is still there as it was listed, as far as the store tells."""
        try:
            stat = self.location.stat(follow_symlinks=not self.why_not_opened)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return self.seen_as == seen_as(stat)

    @property
    def is_here(self) -> bool:
        """Whether its bytes lie on this machine, or on one of its disks."""
        return True

    def may_be_read(self) -> bool:
        """Whether its rights let it be read."""
        return os.access(self.location, os.R_OK)

    def is_given(self) -> bool:
        """Whether its store gives it now; what is never opened gives nothing."""
        if self.why_not_opened:
            return False
        try:
            with self.location.open("rb") as opened:
                opened.read(1)
        except OSError:
            return False
        return True

    def content_hash(self) -> str:
        """Hash of the bytes of the file as it is now."""
        with self.location.open("rb") as opened:
            return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def below_day(path: str) -> str:
    """A file's path below the folder of its landing day."""
    return path.split("/", 3)[-1]


def sent_as_of(path: str, declared: Declared) -> SentAs:
    """How a file is sent, by its path; corrections are made here, as by default."""
    return BY_DEFAULT if _CORRECTION.search(path) else of_file(declared, below_day(path))


def calendar_day(text: str) -> dt.date | None:
    """The day that a folder's name says; none where it is none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def text_of(path: str) -> str:
    r"""A path as text, no two paths the same: a byte that is no text as `\xff`, and the backslash
    of a name that would look like one as `\x5c`.
    """
    return os.fsencode(like_text(path)).decode("utf-8", "backslashreplace")


def like_text(path: str) -> str:
    r"""A path with the backslash that would look like a byte which is no text as `\x5c`."""
    return _LIKE_A_BYTE.sub(r"\\x5c", path) if "\\" in path else path
