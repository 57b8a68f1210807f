"""The note of the files that are being read, by which a refresh that died there names them."""

import json
import os
from collections.abc import Iterable

from mega_toys.lake.store.place import Place

_NAME = ".being_read"  # in the lake's scratch; a line for each file


def suspects(lake: Place) -> list[str]:
    """The files that a refresh was reading when it died, or is reading now."""
    try:
        lines = (lake.scratch / _NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [path for line in lines if (path := _path(line))]


def _path(line: bytes) -> str | None:
    try:
        return str(json.loads(line))
    except ValueError:  # the end of a note that was torn
        return None


class BeingRead:
    """Notes each file before it is read, and keeps the suspects until they are read and stored."""

    def __init__(self, lake: Place) -> None:
        self._note = lake.scratch / _NAME
        self.suspects = set(suspects(lake))
        self._opened: int | None = None

    def begin(self, path: str) -> None:
        """Note a file that is about to be read."""
        if self._opened is None:
            self._opened = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(self._opened, _line(path))

    def fitted(self) -> None:
        """What was read did no harm."""
        if self._opened is not None:
            os.ftruncate(self._opened, 0)
            os.write(self._opened, b"".join(map(_line, self.suspects)))

    def stored(self, paths: Iterable[str]) -> None:
        """These files are done with, the suspects among them, too."""
        self.suspects -= set(paths)
        self.fitted()
        if not self.suspects:
            self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the note as it is; what is in it was not stored."""
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None


def _line(path: str) -> bytes:
    return json.dumps(path).encode() + b"\n"
