"""What is derived of our code, kept beside Python's own cache until a source file changes.

To parse all of our code takes a CPU second, to read it a few milliseconds. Where Python is to write
no cache, as in most images of containers, it is kept in that of the user.
"""

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_FOLDER = Path(importlib.util.cache_from_source(__file__)).parent


def _folder() -> Path:
    """Where it is kept, for this place of the code alone; RuntimeError where nobody has a home."""
    if not sys.dont_write_bytecode:
        return _FOLDER
    own = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = hashlib.blake2b(bytes(_ROOT), digest_size=6).hexdigest()
    return Path(own, "mega_toys", place)


class Remembered:
    """What is derived of our code for each table, kept in a file of a name of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def known(self) -> dict[str, Any]:
        """What is known, by table, of the source files as they are."""
        return _known(self.name)

    def keep(self, found: Mapping[str, Any]) -> None:
        """Remember it, also for other processes where that may be written; as JSON holds it."""
        self.known().update(found)
        with suppress(OSError, RuntimeError):
            self._write(_folder() / f"{self.name}.json")

    def _write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}")
        try:
            aside.write_text(json.dumps({"sources": _sources(), "known": self.known()}))
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)


@cache
def _known(name: str) -> dict[str, Any]:
    try:
        told = json.loads((_folder() / f"{name}.json").read_text())
        return dict(told["known"]) if told["sources"] == _sources() else {}
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return {}


@cache
def _sources() -> str:
    """The hash of all source files."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(_ROOT.rglob("*.py")):
        found.update(f"{path.relative_to(_ROOT)}\n{path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
