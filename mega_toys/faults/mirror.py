"""A folder of this machine with the files of a place in a bucket, which one lets the other have."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mega_toys.lake.store.place import place_of

_AT_ONCE = 16  # objects
Stamp = tuple[int, int]


def at_once(do: Callable[[str], None], paths: Iterable[str]) -> None:
    """Do something with many objects of a bucket, some at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(do, paths))


class Mirror:
    """Asks for and sends only what changed on one side; nobody else may write meanwhile."""

    def __init__(self, root: str, folder: Path) -> None:
        self._place, self._folder = place_of(root), folder
        self._equal: dict[str, tuple[Stamp, str]] = {}  # as a file and its object were last

    def fetch(self) -> None:
        """Let the folder have what the bucket has, and nothing else."""
        there, files = self._objects(), self._files()
        for path in files.keys() - there.keys():
            (self._folder / path).unlink()
        at_once(self._get, [path for path in there if not self._is_known(path, files, there)])
        self._note(there)

    def send(self) -> None:
        """Let the bucket have what the folder has, and nothing else."""
        there, files = self._objects(), self._files()
        same = {path for path in there.keys() & files.keys() if self._is_same(path, files, there)}
        at_once(self._place.remove, there.keys() - same)
        at_once(self._put, files.keys() - same)
        self._note(self._objects())

    def _objects(self) -> dict[str, str]:
        return {entry.path: str(entry.mark) for entry in self._place.below("")}

    def _files(self) -> dict[str, Stamp]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return {path.relative_to(self._folder).as_posix(): _stamp(path) for path in files}

    def _is_known(self, path: str, files: dict[str, Stamp], there: dict[str, str]) -> bool:
        return path in files and self._equal.get(path) == (files[path], there[path])

    def _is_same(self, path: str, files: dict[str, Stamp], there: dict[str, str]) -> bool:
        """As they were last; of what was never compared by its content."""
        if path in self._equal:
            return self._is_known(path, files, there)
        return (self._folder / path).read_bytes() == self._place.read(path)

    def _get(self, path: str) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._place.read(path) or b"")

    def _put(self, path: str) -> None:
        self._place.put_new({path: (self._folder / path).read_bytes()})

    def _note(self, there: dict[str, str]) -> None:
        self._equal = {path: (_stamp(self._folder / path), mark) for path, mark in there.items()}


def _stamp(file: Path) -> Stamp:
    found = file.stat()
    return found.st_mtime_ns, found.st_size
