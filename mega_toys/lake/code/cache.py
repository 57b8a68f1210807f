"""The hashes of tables' definitions, kept beside Python's own cache until a source file changes.

To parse all of our code takes half a second, to read it a few milliseconds.
"""

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FILE = Path(importlib.util.cache_from_source(__file__)).with_name("code_versions.json")


def known_hash(table: str) -> str | None:
    """The hash of a table's definitions, if it is known of the source files as they are."""
    return _hashes().get(table)


def keep_hashes(hashes: Mapping[str, str]) -> None:
    """Remember the hashes of tables, also for other processes where that may be written."""
    _hashes().update(hashes)
    if sys.dont_write_bytecode:
        return
    aside = _FILE.with_suffix(f".{os.getpid()}")
    try:
        aside.write_text(json.dumps({"sources": _sources(), "hashes": _hashes()}))
        aside.replace(_FILE)
    except OSError:
        aside.unlink(missing_ok=True)


@cache
def _hashes() -> dict[str, str]:
    try:
        told = json.loads(_FILE.read_text())
        return dict(told["hashes"]) if told["sources"] == _sources() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@cache
def _sources() -> str:
    """The hash of all source files."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(_ROOT.rglob("*.py")):
        found.update(f"{path.relative_to(_ROOT)}\n{path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
