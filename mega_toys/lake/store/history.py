"""What happened to a table, commit by commit."""

from dataclasses import dataclass, field

from deltalake import DeltaTable

from mega_toys.lake.store import checkpoint
from mega_toys.lake.store.note import Note

_UPKEEP = {"OPTIMIZE", "VACUUM START", "VACUUM END"}
NO_CHANGE = _UPKEEP | {"CREATE TABLE", "SET TBLPROPERTIES", "ADD COLUMN"}
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


@dataclass
class ReadCommits:
    """What the newest commits of a log say, of which each is read once.

    Who is far behind is asked at each look, and may be so by thousands of commits.
    """

    table: DeltaTable  # as long as this one is kept, its log has only grown
    first: int = 0  # the version of the oldest one
    told: list[tuple[bool, Note | None]] = field(default_factory=list)  # whether it may change rows

    def since(self, version: int) -> History:
        """What was committed after a version."""
        if not self._reach(version):
            return History(None)
        commits: Commits = []
        for at in range(self.table.version(), version, -1):
            may_change, note = self.told[at - self.first]
            if may_change and note is None:
                return History(None)
            if may_change and note:
                commits.append((at, note))
        return History(commits)

    def _reach(self, version: int) -> bool:
        """Read what is not read yet; whether all commits after the version are there."""
        newest = self.table.version()
        if not self.told or self.first > version + 1:
            self.first, self.told = version + 1, []
        missing = newest + 1 - self.first - len(self.told)
        if missing:
            entries = self.table.history(missing)
            if len(entries) < missing:
                self.told = []
                return False
            new = [(one.get("operation") not in NO_CHANGE, Note.of(one)) for one in entries]
            self.told += reversed(new)
        if (old := len(self.told) - checkpoint.MOST_COMMITS) > 0 and version >= self.first + old:
            self.first, self.told = self.first + old, self.told[old:]
        return True
