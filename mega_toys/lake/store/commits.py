"""The one way to commit to a table: right after the version looked at, or all over again."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError

from mega_toys.declared.errors import LeaseLostError
from mega_toys.lake.store import checkpoint
from mega_toys.lake.store.file_rows import FileRows
from mega_toys.lake.store.lock import refuse_lost, tenure
from mega_toys.lake.store.note import KEY, Note
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored

_RETRIES = 100
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Commits")
T = TypeVar("T")  # a table, as it is named or stored


def all_or_again(write: Callable[Concatenate[S, T, P], R]) -> Callable[Concatenate[S, T, P], R]:
    """On a disk, do the whole write again when a rival's commit came between.

    In a bucket, whose lease tells too late of a writer that paused, a rival's commit ends the run.
    """

    @functools.wraps(write)
    def committed(store: S, to: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_RETRIES if store.place.folder else 0):
            try:
                with store.committing(to):
                    return write(store, to, *args, **kwargs)
            except CommitFailedError:
                continue
        with store.committing(to):
            return write(store, to, *args, **kwargs)

    return committed


@dataclass(frozen=True)
class Commits(FileRows):
    """The tables below one root, to be committed to."""

    _begun_at: dict[str, int] = field(
        default_factory=dict, compare=False, repr=False
    )  # the version of a table that what is being written is made of

    @contextmanager
    def committing(self, to: object) -> Iterator[None]:
        """Commit to a table; in a bucket right after the version last looked at, or not at all."""
        name = to.name if isinstance(to, Stored) else str(to)
        uri, before = self.uri(name), self.version(name)
        self._begun_at[uri] = before
        refuse_lost(self.place)
        try:
            with self.place.naming_refusals(name):
                yield
        except CommitFailedError:
            if self.place.folder is None:
                self._handles.pop(uri, None)
                raise LeaseLostError(self.root, f"another writer committed to {name}") from None
            raise  # the next look brings up to date what reads by this handle, too
        except BaseException:
            self._handles.pop(uri, None)
            raise
        self._note_commit(name, before)

    def _refuse_moved(self, name: str, table: DeltaTable) -> None:
        """Raise CommitFailedError where a look has moved the handle on past a rival's commit.

        Delta would take it for what was looked at when the rows were made.
        """
        if table.version() != self._begun_at.get(self.uri(name), table.version()):
            raise CommitFailedError(f"another writer committed to {name}")

    def _note_commit(self, name: str, before: int) -> None:
        """Take what this process has committed as looked at, where that was one commit."""
        uri = self.uri(name)
        table, newest = self._handles.get(uri), self._commit(name, before + 1)
        if newest is None:  # there was nothing to commit
            return
        if held := tenure(self.place):
            held.commits[uri] += 1
        if table and table.version() == before + 1:
            self._seen[uri] = newest
            self._note_look(name)
        if (before + 1) % checkpoint.EVERY == 0 and (table := self._open(name)):
            folder = self.place.folder
            checkpoint.make(table, folder / self.path(name) / "_delta_log" if folder else None)
        if (before + 1) % checkpoint.CLEANED_EVERY == 0:
            checkpoint.clean(self.place, f"{self.path(name)}/_delta_log", before + 1)

    def _to_commit(self, name: object) -> DeltaTable:
        """The handle to commit by: the one that was looked at."""
        return self._open(name) or self.opened(name)

    @all_or_again
    def mark(self, name: object, note: Note) -> None:
        """Commit a note without rows."""
        step("mark.begin")
        table = self._to_commit(name)
        table.create_write_transaction(
            actions=[],
            mode="append",
            schema=table.schema(),
            partition_by=table.metadata().partition_columns,
            commit_properties=self._properties(note),
        )
        step("mark.done")

    def _as_before(self, name: object) -> CommitProperties | None:
        """For a commit that changes no row: the table's newest note, once more."""
        state = self.state(name)
        return self._properties(state) if state else None

    def _note_as_before(self, name: object) -> Note:
        """The table's newest note, for a commit that changes no row but names data files."""
        state = self.state(name) or Note(run="", batch="")
        nothing: dict[str, Any] = {"whole": False, "days": (), "replaced": False, "swapped": False}
        return replace(state, changed=False, **nothing)

    @staticmethod
    def _properties(note: Note) -> CommitProperties:
        """A commit right after the version looked at, or none."""
        return CommitProperties(max_commit_retries=0, custom_metadata={KEY: note.text()})
