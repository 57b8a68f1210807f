"""What a refresh of the whole lake did."""

from dataclasses import dataclass, field

from mega_toys.lake.run.outcome import Outcome


@dataclass
class Refreshed:
    """What a refresh did: the outcomes of tables with news, and what could not be done."""

    outcomes: list[Outcome] = field(default_factory=list)
    blocked: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)  # tables that may wait with their news
    ignored_files: int = 0
    no_longer_ignored: int = 0
    unread: list[str] = field(default_factory=list)  # paths that their store refuses
    damaged: list[str] = field(default_factory=list)  # tables that lack data files, in words
    previewed: str = ""  # how far off was what somebody expected of it

    @property
    def unbuilt(self) -> set[str]:
        """The tables that crashed or were blocked."""
        return {*self.crashed, *self.blocked}

    @property
    def could_not(self) -> bool:
        """Whether something could not be done: a table be built, a path or a table be read."""
        return bool(self.crashed or self.unread or self.damaged)

    @property
    def failed_checks(self) -> list[tuple[str, str]]:
        """Blocking checks that failed, with their table."""
        return [(outcome.table, name) for outcome in self.outcomes for name in outcome.failed]
