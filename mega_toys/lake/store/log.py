"""The logs of the lake's tables: which versions there are, and what each commit says of itself."""

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from mega_toys.declared.errors import BrokenLogError, LakeError
from mega_toys.lake.store.mending import of_log
from mega_toys.lake.store.note import Note

ASIDE = ".rebuild"  # folder of the tables that are made anew beside the live ones
_MOST_COMMITS = 50  # that a note of versions may lag behind, and
_LONGEST_S = 3 * 24 * 3600  # for how long; a vacuum leaves old files a week
_LOOKED_AT = (1, 20, None)  # commits among which one with news is looked for, in turn
_NO_CHANGE = (
    "OPTIMIZE",
    "VACUUM START",
    "VACUUM END",
    "CREATE TABLE",
    "SET TBLPROPERTIES",
    "ADD COLUMN",
)
Commits = list[tuple[int, Note]]  # the version that each made, and what it says of itself


@dataclass(frozen=True)
class History:
    """What happened to a table since a version: its commits, newest first; none if not known."""

    commits: Commits | None

    @property
    def notes(self) -> list[Note] | None:
        """What the commits say of themselves, newest first."""
        return None if self.commits is None else [note for _, note in self.commits]

    @property
    def changed(self) -> bool:
        """Whether rows may have changed."""
        return self.commits is None or any(note.changed for _, note in self.commits)


@dataclass(frozen=True)
class Logs:
    """Where the tables lie, each at `<root>/<domain>/<layer>/<table>`, and what their logs say."""

    root: str
    aside: frozenset[str] = frozenset()  # tables that lie in `<root>/.rebuild` instead
    _handles: dict[str, DeltaTable] = field(default_factory=dict, compare=False, repr=False)
    _seen: dict[str, tuple[int, int] | None] = field(
        default_factory=dict, compare=False, repr=False
    )  # the newest commit that a handle knows
    _states: dict[str, tuple[tuple[int, int] | None, Note | None]] = field(
        default_factory=dict, compare=False, repr=False
    )  # the newest note, as of this commit

    def __post_init__(self) -> None:
        path = "" if "://" in self.root else str(Path(self.root).absolute())
        if quote(path, safe="/!$&'()*+,;:@~") != path:
            raise LakeError(
                f"The lake cannot lie in {path}: readers of Delta tables mistake blanks, accents "
                "and signs like % # ? [ ] in a path. Set MEGA_TOYS_LAKE_ROOT to another folder."
            )

    @property
    def place(self) -> str:
        """Where the lake lies, in full."""
        return self.root if "://" in self.root else str(Path(self.root).absolute())

    def uri(self, name: object) -> str:
        """The address that Delta, DuckDB or Spark can open as well."""
        beside = (ASIDE,) if str(name) in self.aside else ()
        return "/".join((self.root.rstrip("/"), *beside, *str(name).split(".")))

    def exists(self, name: object) -> bool:
        """Whether the table has been made."""
        return DeltaTable.is_deltatable(self.uri(name))

    def can_be_opened(self, name: object) -> bool:
        """Whether the table's log can be read, or there is none."""
        try:
            self._open(name)
        except BrokenLogError:
            return False
        return True

    def version(self, name: object) -> int:
        """The table's newest version; -1 before it is made."""
        table = self._open(name)
        return table.version() if table else -1

    def state(self, name: object) -> Note | None:
        """The newest note; none before the first. It is read once for each commit."""
        uri = self.uri(name)
        commit = self._seen.get(uri) if self._open(name) else None
        known = self._states.get(uri)
        if commit is None or known is None or known[0] != commit:
            known = self._states[uri] = commit, next(self.recent_notes(name), None)
        return known[1]

    def recent_notes(self, name: object) -> Iterator[Note]:
        """The notes of the newest commits, newest first."""
        return (note for entry in self._entries(name) if (note := Note.of(entry)))

    def _entries(self, name: object) -> Iterator[dict[str, Any]]:
        """What the table's commits say of themselves, newest first; read as far as is needed."""
        if table := self._open(name):
            told = 0
            for most in _LOOKED_AT:
                entries = table.history(most)
                yield from entries[told:]
                told = len(entries)

    def taken_in_at(self, name: object) -> dt.datetime | None:
        """When the table last took in news and passed its blocking checks."""
        entries = (e for e in self._entries(name) if e.get("operation") not in _NO_CHANGE)
        told = ((note, entry["timestamp"]) for entry in entries if (note := Note.of(entry)))
        for (note, at), (before, _) in pairwise(chain(told, [(None, 0)])):
            if note and note.ends_a_taking_in(before):
                return dt.datetime.fromtimestamp(at / 1000, dt.UTC)
        return None

    def written_at(self, name: object) -> float:
        """When the table's newest commit was written, seconds since the epoch; 0 without any."""
        commit = self._seen.get(self.uri(name)) if self._open(name) else None
        return commit[1] / 1e9 if commit else 0.0

    def falls_behind(self, name: object, version: int) -> bool:
        """Whether the commits since a version are many, or soon no longer there to be read.

        Delta removes those older than 30 days from the log, at one commit in a hundred; a vacuum
        removes the files from before a compaction.
        """
        if version >= (newest := self.version(name)):
            return False
        next_one = Path(_commit(self.uri(name), version + 1))
        with suppress(FileNotFoundError):
            age_s = time.time() - next_one.stat().st_mtime
            return newest - version >= _MOST_COMMITS or age_s >= _LONGEST_S
        return False

    def since(self, name: object, version: int | None) -> History:
        """What was committed after a version."""
        table = self._open(name)
        if table is None:
            return History([])
        if version is None or version > table.version():
            return History(None)
        missing = table.version() - version
        entries = table.history(missing) if missing else []
        changes = [entry for entry in entries if entry.get("operation") not in _NO_CHANGE]
        notes = [(int(entry["version"]), Note.of(entry)) for entry in changes]
        known = [(at, note) for at, note in notes if note is not None]
        complete = len(entries) == missing and len(known) == len(notes)
        return History(known if complete else None)

    def _open(self, name: object) -> DeltaTable | None:
        """The table at its newest version; its handle is kept, since opening reads the log."""
        uri = self.uri(name)
        if uri in self._handles and _is_newest(self._handles[uri], uri, self._seen.get(uri)):
            return self._handles[uri]
        try:
            self._handles[uri] = self._opened_anew(uri)
        except TableNotFoundError:
            self._handles.pop(uri, None)
            return None
        except DeltaError as error:
            why = str(error).split("\n")[0]
            raise BrokenLogError(str(name), why, of_log(str(name), uri, self.root)) from None
        self._seen[uri] = _inode(_commit(uri, self._handles[uri].version()))
        self._refuse_an_empty_commit(str(name))
        return self._handles[uri]

    def _opened_anew(self, uri: str) -> DeltaTable:
        """A table of which this process knows an older version, or none."""
        known = self._handles.get(uri)
        if known is not None and _inode(_commit(uri, known.version())) == self._seen.get(uri):
            known.update_incremental()
            return known
        return DeltaTable(uri)

    def _refuse_an_empty_commit(self, name: str) -> None:
        """A commit without bytes, as a power cut leaves it, would silently be no commit."""
        uri = self.uri(name)
        newest = Path(_commit(uri, self._handles[uri].version()))
        if newest.exists() and newest.stat().st_size == 0:
            why = f"{newest.name}, its newest commit, is empty"
            raise BrokenLogError(name, why, of_log(name, uri, self.root))


def _commit(uri: str, version: int) -> str:
    """Where the log has a commit of a table on a local file system."""
    return f"{uri}/_delta_log/{version:020}.json"


def _is_newest(table: DeltaTable, uri: str, seen: tuple[int, int] | None) -> bool:
    """Whether a handle knows all commits; two files looked for, instead of a log that is read.

    The newest is the one seen before: somebody may have put the table back as it was earlier.
    """
    version = table.version()
    there = _inode(_commit(uri, version))
    return there is not None and there == seen and not os.path.exists(_commit(uri, version + 1))


def _inode(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of its name; none where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
