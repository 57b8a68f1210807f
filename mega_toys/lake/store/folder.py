"""A place on a disk."""

import functools
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from secrets import token_hex
from stat import S_ISREG

from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.holder import Lock

_ASIDE = ".mega_toys-{}.tmp"


@dataclass(frozen=True)
class Folder:
    """A place on a disk."""

    root: str

    @functools.cached_property
    def folder(self) -> Path:
        """The folder."""
        return Path(self.root)

    def __str__(self) -> str:
        return str(self.folder.absolute())

    @property
    def storage_options(self) -> None:
        """A disk needs none."""
        return None

    @property
    def scratch(self) -> Path:
        """The folder itself, in which writers have names of their own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def look(self, path: str) -> Entry | None:
        """A file as it is now."""
        try:
            stat = os.stat(f"{self.root}/{path}")
        except OSError:
            return None
        if not S_ISREG(stat.st_mode):
            return None
        return Entry(path, stat.st_size, stat.st_mtime_ns, (stat.st_ino, stat.st_mtime_ns))

    def below(self, path: str, after: str = "") -> Iterator[Entry]:
        """All files below a path, links to files among them."""
        for folder, _, names in os.walk(f"{self.root}/{path}"):
            for name in names:
                here = os.path.relpath(f"{folder}/{name}", self.root)
                if here > after and (entry := self.look(here)):
                    yield entry

    def folders_at(self, depth: int) -> Iterator[str]:
        """The paths of the folders that lie so many folders deep."""
        found = self.folder.glob("*/" * depth)  # the last `/` leaves out files
        return (path.relative_to(self.folder).as_posix() for path in found)

    def sizes(self, folder: str, paths: list[str]) -> list[int | None]:
        """The sizes of files below a folder."""
        entries = (self.look(f"{folder}/{path}") for path in paths)
        return [entry.size if entry else None for entry in entries]

    def read(self, path: str) -> bytes | None:
        """All bytes of a file."""
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def append(self, path: str, lines: bytes) -> None:
        """Add lines that outlive a power cut."""
        before = self.read(path) or b""
        with (self.folder / path).open("ab") as opened:
            opened.truncate(before.rfind(b"\n") + 1)
            opened.write(lines)
            opened.flush()
            os.fsync(opened.fileno())
        _sync_names(self.folder)

    def put_new(self, contents: Mapping[str, bytes]) -> None:
        """Make files: all are whole before one has its name, or none stays."""
        asides = {path: _aside(self.folder / path) for path in contents}
        made: list[str] = []
        try:
            for path, aside in asides.items():
                with _naming(path):
                    aside.parent.mkdir(parents=True, exist_ok=True)
                    _write(aside, contents[path])
            for path, aside in asides.items():
                with _naming(path):
                    os.link(aside, self.folder / path)
                made.append(path)
        except OSError:
            for path in made:
                self.remove(path)
            raise
        finally:
            for aside in asides.values():
                aside.unlink(missing_ok=True)

    def put(self, path: str, made: Path) -> None:
        """Let a file of this folder be the one of that name, once the disk has all of it."""
        with made.open("rb+") as written:
            os.fsync(written.fileno())
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        made.replace(self.folder / path)

    def local(self, path: str) -> Path | None:
        """The file itself."""
        return self.folder / path if self.look(path) else None

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        (self.folder / path).unlink(missing_ok=True)

    def remove_below(self, path: str) -> bool:
        """Remove a folder with all in it."""
        if there := (self.folder / path).exists():
            shutil.rmtree(self.folder / path)
        return there

    def remove_empty(self, path: str) -> None:
        """Remove the folders on the way to a path in which nothing is left, but not its own."""
        for above in list(PurePosixPath(path).parents)[:-1]:
            try:
                (self.folder / above).rmdir()
            except OSError:  # something is left, or it is gone
                return

    def naming_refusals(self, what: str) -> AbstractContextManager[None]:
        """A disk's own errors say what is wrong."""
        return nullcontext()

    def refuse_unreachable(self) -> None:
        """A folder is made where it is not there."""

    def lock(self) -> Lock:
        """A lock of the operating system, which is free once the process that has it is gone."""
        from mega_toys.lake.store.file_lock import FolderLock  # who only reads takes none

        return FolderLock(self.folder)


def asides(folder: Path) -> Iterator[Path]:
    """What stands for files until they are whole; whoever was killed has left it."""
    return folder.rglob(_ASIDE.format("[0-9a-f]" * 16))


def _aside(path: Path) -> Path:
    """A place in the same folder that ingestion does not see, and no other writer has."""
    return path.with_name(_ASIDE.format(token_hex(8)))


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """An error of what stands for a file until it is whole names the file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync_names(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
