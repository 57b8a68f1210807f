"""The logs of the lake's tables: which versions there are, and what each commit says of itself."""

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from mega_toys.declared.errors import BrokenLogError, LakeError
from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.history import NO_CHANGE, History, ReadCommits
from mega_toys.lake.store.lock import tenure
from mega_toys.lake.store.mending import of_log
from mega_toys.lake.store.note import Note, said_at
from mega_toys.lake.store.place import Place, place_of

ASIDE = ".rebuild"  # folder of the tables that are made anew beside the live ones
_LOOKED_AT = (1, 20, 200, None)  # commits among which one with news is looked for, in turn
R = TypeVar("R")


@dataclass(frozen=True)
class Logs:
    """Where the tables lie, each at `<root>/<domain>/<layer>/<table>`, and what their logs say."""

    root: str
    aside: frozenset[str] = frozenset()  # tables that lie in `<root>/.rebuild` instead
    _handles: dict[str, DeltaTable] = field(default_factory=dict, compare=False, repr=False)
    _seen: dict[str, Entry | None] = field(
        default_factory=dict, compare=False, repr=False
    )  # the newest commit that a handle knows
    _addresses: dict[object, tuple[str, str]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _looked_at: dict[str, tuple[int, int]] = field(
        default_factory=dict, compare=False, repr=False
    )  # in which tenure in a bucket, and after how many commits of this process
    _commits: dict[str, ReadCommits] = field(default_factory=dict, compare=False, repr=False)
    _read: dict[tuple[str, str], tuple[Entry, Any]] = field(
        default_factory=dict, compare=False, repr=False
    )  # what was read of a table, as of this commit

    def __post_init__(self) -> None:
        path = str(self.place.folder.absolute() if self.place.folder else urlsplit(self.root).path)
        if quote(path, safe="/!$&'()*+,;:@~") != path:
            raise LakeError(
                f"The lake cannot lie in {path}: readers of Delta tables mistake blanks, accents "
                "and signs like % # ? [ ] in a path. Set MEGA_TOYS_LAKE_ROOT to another folder."
            )

    @functools.cached_property
    def place(self) -> Place:
        """Where the lake lies."""
        return place_of(self.root)

    def path(self, name: object) -> str:
        """Where a table lies below the root."""
        return self._lies(name)[0]

    def uri(self, name: object) -> str:
        """The address that Delta, DuckDB or Spark can open as well."""
        return self._lies(name)[1]

    def _lies(self, name: object) -> tuple[str, str]:
        """Path and address of a table."""
        known = self._addresses.get(name)
        if known is None:
            beside = (ASIDE,) if str(name) in self.aside else ()
            path = "/".join((*beside, *str(name).split(".")))
            known = self._addresses[name] = path, f"{self.root.rstrip('/')}/{path}"
        return known

    def opened(self, name: object, version: int | None = None) -> DeltaTable:
        """A handle of its own on a table, at its newest version or at another one."""
        return DeltaTable(self.uri(name), version, self.place.storage_options)

    def exists(self, name: object) -> bool:
        """Whether the table has been made."""
        if self._is_known(name):
            return True
        with self.place.naming_refusals(str(name)):
            return DeltaTable.is_deltatable(self.uri(name), self.place.storage_options)

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
        """The newest note; none before the first."""
        return self._once("note", name, lambda table: next(self.recent_notes(name), None))

    def _once(self, what: str, name: object, read: Callable[[DeltaTable], R]) -> R | None:
        """What is read of a table at its newest version, once for each commit; none of no table."""
        uri, table = self.uri(name), self._open(name)
        if table is None:
            return None
        commit, known = self._seen.get(uri), self._read.get((what, uri))
        if known and known[0] == commit:
            return cast(R, known[1])
        found = read(table)
        if commit:
            self._read[what, uri] = commit, found
        return found

    def recent_notes(self, name: object) -> Iterator[Note]:
        """The notes of the newest commits, newest first."""
        return (note for entry in self._entries(name) if (note := Note.of(entry)))

    def _entries(self, name: object) -> Iterator[dict[str, Any]]:
        """What the table's commits say of themselves, newest first; read as far as is needed."""
        told = 0
        for most in _LOOKED_AT:
            entries = self._newest(name, most)
            yield from entries[told:]
            told = len(entries)

    def _newest(self, name: object, most: int | None) -> list[dict[str, Any]]:
        """What so many of the newest commits say; of all, since they may be very many, not held."""
        if most is None:
            return table.history() if (table := self._open(name)) else []
        return self._once(f"newest {most}", name, lambda table: table.history(most)) or []

    def made_since(self, name: object, since: dt.datetime) -> Iterator[tuple[dt.datetime, Note]]:
        """The commits since an instant that changed something, newest first, and when."""
        for entry in self._entries(name):
            at = dt.datetime.fromtimestamp(entry["timestamp"] / 1000, dt.UTC)
            if at < since:
                return
            if entry.get("operation") not in NO_CHANGE and (note := Note.of(entry)):
                yield at, note

    def taken_in_at(self, name: object) -> dt.datetime | None:
        """When the table last took in news and passed its blocking checks."""
        return self._once("taken in", name, lambda table: self._taken_in_at(name))

    def _taken_in_at(self, name: object) -> dt.datetime | None:
        entries = (e for e in self._entries(name) if e.get("operation") not in NO_CHANGE)
        told = ((note, entry["timestamp"]) for entry in entries if (note := Note.of(entry)))
        for (note, at), (before, _) in pairwise(chain(told, [(None, 0)])):
            if note and note.ends_a_taking_in(before):
                return dt.datetime.fromtimestamp(at / 1000, dt.UTC)
        return None

    def written_at(self, name: object) -> float:
        """When the table's newest commit was written, seconds since the epoch; 0 without any."""
        commit = self._seen.get(self.uri(name)) if self._open(name) else None
        return commit.modified_ns / 1e9 if commit else 0.0

    def made_at(self, name: object, version: int) -> float | None:
        """When a commit was made, seconds since the epoch; none where it is not there.

        As it says itself, where that is earlier: the files of a copy are newer than that.
        """
        commit = self._commit(name, version)
        if commit is None:
            return None
        return min(commit.modified_ns / 1e9, said_at(self.place.read(commit.path) or b""))

    def since(self, name: object, version: int | None) -> History:
        """What was committed after a version."""
        table = self._open(name)
        if table is None:
            return History([])
        if version is None or version > table.version():
            return History(None)
        uri = self.uri(name)
        if uri not in self._commits or self._commits[uri].table is not table:
            self._commits[uri] = ReadCommits(table)
        return self._commits[uri].since(version)

    def _open(self, name: object) -> DeltaTable | None:
        """The table at its newest version; its handle is kept, since opening reads the log."""
        uri = self.uri(name)
        if uri in self._handles and (self._is_known(name) or self._is_newest(name)):
            return self._handles[uri]
        try:
            with self.place.naming_refusals(str(name)):
                self._handles[uri] = self._opened_anew(name)
        except TableNotFoundError:
            self._handles.pop(uri, None)
            return None
        except DeltaError as error:
            raise self._broken(name, str(error).split("\n")[0]) from None
        newest = self._commit(name, self._handles[uri].version())
        self._seen[uri] = newest
        if newest and newest.size == 0:  # as a power cut leaves it; it would silently be no commit
            told = newest.path.rpartition("/")[2]
            raise self._broken(name, f"{told}, its newest commit, is empty")
        self._note_look(name)
        return self._handles[uri]

    def _opened_anew(self, name: object) -> DeltaTable:
        """A table of which this process knows an older version, or none."""
        known = self._handles.get(self.uri(name))
        if known is not None and self._is_as_seen(name, known):
            known.update_incremental()
            return known
        return self.opened(name)

    def _is_known(self, name: object) -> bool:
        """Whether its handle was looked at since this process holds the lake, in a bucket."""
        if self.place.folder or (uri := self.uri(name)) not in self._handles:
            return False
        held = tenure(self.place)
        return held is not None and self._looked_at.get(uri) == (held.term, held.commits[uri])

    def _note_look(self, name: object) -> None:
        if held := tenure(self.place):
            self._looked_at[self.uri(name)] = held.term, held.commits[self.uri(name)]

    def _is_newest(self, name: object) -> bool:
        """Whether its handle knows all commits; two files looked for, instead of a log read."""
        known = self._handles[self.uri(name)]
        if not self._is_as_seen(name, known) or self._commit(name, known.version() + 1):
            return False
        self._note_look(name)
        return True

    def _is_as_seen(self, name: object, known: DeltaTable) -> bool:
        """Whether a handle's commit is the one seen before.

        Somebody may have put the table back as it was earlier.
        """
        there = self._commit(name, known.version())
        return there is not None and there == self._seen.get(self.uri(name))

    def _commit(self, name: object, version: int) -> Entry | None:
        """A commit of a table's log; none where it is not there."""
        return self.place.look(f"{self.path(name)}/_delta_log/{version:020}.json")

    def _broken(self, name: object, why: str) -> BrokenLogError:
        return BrokenLogError(str(name), why, of_log(str(name), self.path(name), self.place))
