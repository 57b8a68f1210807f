"""A place in a bucket of S3 or a store that speaks its protocol, by obstore.

Addresses of Google and Azure (`gs://`, `az://`) go the same way, and are not tested.
"""

import functools
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mega_toys.declared.errors import SettingsError
from mega_toys.lake.store import stores
from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.holder import Lock
from mega_toys.lake.store.lease import Lease
from mega_toys.lake.store.refusal import naming_refusals
from mega_toys.lake.store.scratch import temporary, temporary_of_all

UNSAFE = "AWS_S3_ALLOW_UNSAFE_RENAME"
_PIECE = 8 << 20


@dataclass(frozen=True)
class Bucket:
    """The objects of a bucket below a prefix. Each is written at once: it is whole or not there."""

    root: str  # s3://<bucket>/<prefix>

    def __post_init__(self) -> None:
        if os.environ.get(UNSAFE):
            raise SettingsError(
                f"{UNSAFE} lets two writers overwrite each other's commits. Unset it: "
                f"{self.root} needs a store with conditional puts, as S3 is."
            )

    def __str__(self) -> str:
        return self.root

    @property
    def folder(self) -> None:
        """It is no folder."""
        return None

    @functools.cached_property
    def storage_options(self) -> dict[str, str]:
        """The address and the rights, from the environment; what is not told the store finds."""
        return stores.options(self.root)

    @property
    def scratch(self) -> Path:
        """A folder of this user in the one for temporary files, which others cannot enter."""
        temporary(self.root)
        return temporary_of_all(self.root)

    @functools.cached_property
    def objects(self) -> Any:
        """What obstore reads and writes the bucket by."""
        with self._naming("opened"):
            return stores.objects(self.root, self.storage_options)

    @functools.cached_property
    def filesystem(self) -> Any:
        """What DuckDB reads the bucket by."""
        return stores.filesystem(self.root, self.storage_options)

    def refuse_unreachable(self) -> None:
        """Raise PlaceError where the bucket is not there, or does not let itself be listed."""
        with self._naming("listed"):
            next(iter(self.objects.list(chunk_size=1)), None)

    def look(self, path: str) -> Entry | None:
        """An object as it is now."""
        try:
            with self._naming(path):
                return _entry(self.objects.head(path))
        except FileNotFoundError:
            return None

    def below(self, path: str, after: str = "") -> Iterator[Entry]:
        """All objects below a path, but for those that stand for a folder."""
        with self._naming(path or "listed"):
            for some in self.objects.list(path or None, offset=after or None, chunk_size=1000):
                yield from (_entry(one) for one in some if _is_file(one))

    def folders_at(self, depth: int) -> Iterator[str]:
        """The paths of the folders that lie so many folders deep."""
        yield from self._folders("", depth)

    def beside(self, path: str) -> tuple[list[Entry], list[str]]:
        """The objects that lie right below a path, and the paths of the folders that do."""
        with self._naming(path or "listed"):
            found = self.objects.list_with_delimiter(path or None)
        return [_entry(one) for one in found["objects"] if _is_file(one)], found["common_prefixes"]

    def _folders(self, path: str, depth: int) -> Iterator[str]:
        for folder in self.beside(path)[1]:
            if depth == 1:
                yield folder
            else:
                yield from self._folders(folder, depth - 1)

    def sizes(self, folder: str, paths: list[str]) -> list[int | None]:
        """The sizes of objects below a folder, from one listing."""
        if not paths:
            return []
        there = {entry.path: entry.size for entry in self.below(folder)}
        return [there.get(f"{folder}/{path}") for path in paths]

    def read(self, path: str) -> bytes | None:
        """All bytes of an object."""
        content, mark, _ = self.read_marked(path)
        return content if mark else None

    def pieces(self, path: str, mark: str) -> Iterator[bytes]:
        """The bytes of an object; FileNotFoundError once it has another mark."""
        with self._naming(path):
            found = self.objects.get(path, options={"if_match": mark})
            yield from map(bytes, found.stream(min_chunk_size=_PIECE))

    def append(self, path: str, lines: bytes) -> None:
        """Add lines; the object is put anew, unless somebody else did so meanwhile."""
        before, mark, _ = self.read_marked(path)
        self.put_if(path, before[: before.rfind(b"\n") + 1] + lines, mark)

    def put_new(self, contents: Mapping[str, bytes]) -> None:
        """Make objects, all or none; FileExistsError where one of that name is there."""
        made: list[str] = []
        try:
            for path, content in contents.items():
                with self._naming(path):
                    self.objects.put(path, content, mode="create")
                made.append(path)
        except BaseException:
            for path in made:
                self.remove(path)
            raise

    def put(self, path: str, made: Path) -> None:
        """Let a file of this machine, which goes, be the object of that name."""
        with self._naming(path):
            self.objects.put(path, made)
        made.unlink()

    def local(self, path: str) -> Path | None:
        """A copy of an object that this process makes once for each of its states."""
        entry = self.look(path)
        if entry is None:
            return None
        named = blake2b(f"{path}\n{entry.mark}".encode(), digest_size=8).hexdigest()
        folder = temporary(self.root) / "copies"
        copy = folder / f"{named}-{path.rpartition('/')[2]}"
        if not copy.exists():
            folder.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as opened:
                opened.writelines(self.pieces(path, str(entry.mark)))
            for older in folder.glob(f"*-{path.rpartition('/')[2]}"):
                older.unlink(missing_ok=True)
            Path(opened.name).replace(copy)
        return copy

    def remove(self, path: str) -> None:
        """Remove an object, if it is there."""
        with self._naming(path), suppress(FileNotFoundError):
            self.objects.delete(path)

    def remove_below(self, path: str) -> bool:
        """Remove all objects below a path."""
        with self._naming(path):
            some = False
            for listed in self.objects.list(path, chunk_size=1000):
                some = True
                self.objects.delete([one["path"] for one in listed])
            return some

    def remove_empty(self, path: str) -> None:
        """A bucket has no folders."""

    def read_marked(self, path: str) -> tuple[bytes, str, float]:
        """An object, its mark, and the seconds at which it was put; no mark of none."""
        try:
            with self._naming(path):
                found = self.objects.get(path)
                return bytes(found.bytes()), *_mark_and_time(found.meta)
        except FileNotFoundError:
            return b"", "", 0.0

    def put_if(self, path: str, content: bytes, mark: str) -> str:
        """Put an object in the place of the one with this mark, of none if it is empty; its mark.

        An OSError where that is not there any more.
        """
        with self._naming(path):
            mode = {"e_tag": mark} if mark else "create"
            return str(self.objects.put(path, content, mode=mode)["e_tag"])

    def lock(self) -> Lock:
        """A lease, which the writer renews as long as it lives."""
        return Lease(self)

    def naming_refusals(self, what: str) -> AbstractContextManager[None]:
        """For whoever reaches it by another library: PlaceError where it refuses."""
        return naming_refusals(self.root, what, self.storage_options.get("aws_endpoint_url"))

    _naming = naming_refusals

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.root,)


def _is_file(meta: Mapping[str, Any]) -> bool:
    """Whether an object is no sign of a folder, as consoles put them."""
    return bool(meta["size"]) or "." in meta["path"]


def _mark_and_time(meta: Mapping[str, Any]) -> tuple[str, float]:
    return str(meta["e_tag"]), meta["last_modified"].timestamp()


def _entry(meta: Mapping[str, Any]) -> Entry:
    modified_ns = int(meta["last_modified"].timestamp() * 1_000_000_000)
    return Entry(meta["path"], meta["size"], modified_ns, meta["e_tag"] or str(modified_ns))
