"""What happened to a table, commit by commit."""

from dataclasses import dataclass

from mega_toys.lake.store.note import Note

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
