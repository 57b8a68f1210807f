"""The files of a landing zone in a bucket, and the copies of them from which they are read."""

import datetime as dt
import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mega_toys.declared.errors import PlaceError
from mega_toys.ingestion.landing_file import DELTA_LOG, UNFINISHED, LandingFile, like_text
from mega_toys.lake.store.bucket import Bucket
from mega_toys.lake.store.entry import Entry

T = TypeVar("T")
R = TypeVar("R")
_DATASET_DEPTH = 2  # <domain>/<dataset>
_AT_ONCE = 16  # requests; a store takes milliseconds to answer one
_DENIED = "may not be read: permission denied"
_NOWHERE = Path(os.devnull) / "not fetched"


@dataclass(frozen=True, kw_only=True)
class BucketFile(LandingFile):
    """An object of the landing zone; `location` is where its copy lies once it is fetched."""

    bucket: Bucket
    key: str
    mark: str

    @property
    def is_here(self) -> bool:
        """Whether it was fetched."""
        return self.location.exists()

    def is_as_listed(self) -> bool:
        """Whether what was read is what was listed, or the object still is."""
        if self.is_here:
            return True
        entry = self.bucket.look(self.key)
        return entry is not None and entry.mark == self.mark

    def content_hash(self) -> str:
        """Hash of the bytes of the object as it was listed; an OSError once it is another one."""
        if self.is_here:
            return super().content_hash()
        hashed = hashlib.blake2b()
        for piece in self._pieces():
            hashed.update(piece)
        return hashed.hexdigest()[:32]

    def fetched(self, location: Path) -> "BucketFile":
        """The file with a copy on this machine; without one where the object is gone or denied."""
        try:
            with location.open("wb") as copy:
                copy.writelines(self._pieces())
        except FileNotFoundError:
            location.unlink(missing_ok=True)
            return self
        except PermissionError:
            location.unlink()
            return replace(self, why_not_opened=_DENIED)
        return replace(self, location=location)

    def may_be_read(self) -> bool:
        """A listing tells nothing of rights."""
        return True

    def is_given(self) -> bool:
        """Whether the store gives it now."""
        try:
            next(iter(self._pieces()), None)
        except OSError:
            return False
        return True

    def _pieces(self) -> Iterator[bytes]:
        try:
            yield from self.bucket.pieces(self.key, self.mark)
        except PlaceError as error:
            if error.is_denied:
                raise PermissionError(errno.EACCES, "Permission denied", self.path) from error
            raise


def files(bucket: Bucket, below: str, since: dt.date | None = None) -> Iterator[LandingFile]:
    """Every object that is complete and not hidden, in the order of its path.

    Where `since` is given, only those of its landing day, of later ones and of none.
    """
    found = _since(bucket, below, since) if since else bucket.below(below)
    entries = sorted(found, key=lambda entry: entry.path.split("/"))
    copied = {
        entry.path.partition(f"/{DELTA_LOG}/")[0]
        for entry in entries
        if f"/{DELTA_LOG}/" in entry.path
    }
    for entry in entries:
        parts = entry.path.split("/")
        hidden = any(part[0] in "._" for part in parts[3:])
        if not hidden and not entry.path.endswith(UNFINISHED):
            above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
            yield _landing_file(bucket, entry, of_delta_table=bool(above & copied))


def _since(bucket: Bucket, below: str, since: dt.date) -> Iterator[Entry]:
    """What lies below a folder, without the days before one: `<domain>/<dataset>/<day>/…`."""
    if below.count("/") == _DATASET_DEPTH - 1:
        yield from bucket.below(below, f"{below}/{since}")
        return
    entries, folders = bucket.beside(below)
    yield from entries
    for found in _each(lambda folder: list(_since(bucket, folder, since)), folders):
        yield from found


def _landing_file(bucket: Bucket, entry: Entry, *, of_delta_table: bool) -> BucketFile:
    return BucketFile(
        path=like_text(entry.path),
        location=_NOWHERE,
        size=entry.size,
        modified_ns=entry.modified_ns,
        changed_ns=entry.modified_ns,
        inode=_number(str(entry.mark)),
        of_delta_table=of_delta_table,
        bucket=bucket,
        key=entry.path,
        mark=str(entry.mark),
    )


def _number(mark: str) -> int:
    """A mark in the place of an inode."""
    return int.from_bytes(hashlib.blake2b(mark.encode(), digest_size=7).digest())


def hash_ahead(files: Iterable[LandingFile], hashed: Callable[[LandingFile], object]) -> None:
    """Hash files of a bucket, many at once; the hashing remembers."""
    in_bucket = [file for file in files if isinstance(file, BucketFile)]

    def one(file: BucketFile) -> None:
        with suppress(OSError):  # who asks for its hash is told again
            hashed(file)

    _each(one, in_bucket)


def at_hand(files: Sequence[LandingFile], folder: Path) -> list[LandingFile]:
    """The files, those of a bucket with copies in a folder."""

    def one(numbered: tuple[int, LandingFile]) -> LandingFile:
        number, file = numbered
        name = file.path.rpartition("/")[2][-100:]
        return file.fetched(folder / f"{number}-{name}") if isinstance(file, BucketFile) else file

    return _each(one, list(enumerate(files))) if files else []


def _each(do: Callable[[T], R], values: Sequence[T]) -> list[R]:
    """Do something with each value, many at once; the first error ends it."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(do, values))
