"""What is done to a lake in a sequence: one thing after the other, each with all that it needs."""

import datetime as dt
from dataclasses import dataclass

from mega_toys.faults.deliveries import Delivery


@dataclass(frozen=True)
class Kill:
    """Where a process dies: at a step, the nth time; with no step, so many seconds after its first.

    One that does not come so far ends well.
    """

    step: str | None
    nth: int = 1
    after_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.step}:{self.nth}" if self.step else f"{self.after_s:.2f} s after its start"


@dataclass(frozen=True)
class Arrives:
    """A file arrives, or is sent again."""

    delivery: Delivery

    def __str__(self) -> str:
        return f"{self.delivery.path} arrives: {self.delivery.what}"


@dataclass(frozen=True)
class Goes:
    """A file is removed from the landing zone."""

    path: str

    def __str__(self) -> str:
        return f"{self.path} is removed"


@dataclass(frozen=True)
class Refresh:
    """A refresh; by code that asks for other fields, if any are named (table and field)."""

    kill: Kill | None = None
    other_rules: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        rules = ", ".join(f"{table} must have {field}" for table, field in self.other_rules)
        other = f" by other code, of which {rules}" if rules else ""
        return f"refresh{other}{_killed(self.kill)}"


@dataclass(frozen=True)
class Materialize:
    """A table alone, perhaps some of its days, as the Dagster UI does it."""

    table: str
    days: frozenset[dt.date]
    kill: Kill | None = None

    def __str__(self) -> str:
        days = " ".join(map(str, sorted(self.days)))
        return f"materialize {self.table} {days}{_killed(self.kill)}"


@dataclass(frozen=True)
class Rebuild:
    """`rebuild --swap` of a table, or of all."""

    table: str | None
    kill: Kill | None = None

    def __str__(self) -> str:
        return f"rebuild {self.table or '--all'} --swap{_killed(self.kill)}"


@dataclass(frozen=True)
class Maintain:
    """Maintenance; before it the whole lake may age, and Delta clean its logs."""

    aged_days: int = 0
    kill: Kill | None = None

    def __str__(self) -> str:
        aged = f"the lake is {self.aged_days} days older, its logs are cleaned; "
        return f"{aged if self.aged_days else ''}maintain{_killed(self.kill)}"


@dataclass(frozen=True)
class BackUp:
    """A table's folder is copied, as a backup does it, and the last such copy is given up."""

    table: str

    def __str__(self) -> str:
        return f"{self.table} is backed up"


@dataclass(frozen=True)
class PutBack:
    """A table's folder is put back from its backup; removed, where there is none."""

    table: str

    def __str__(self) -> str:
        return f"{self.table} is put back from its backup, or removed"


@dataclass(frozen=True)
class Decide:
    """What a person does with some of the quarantined records of a table."""

    how: str  # dismiss, admit, undo, correct or replay
    table: str
    pick: int
    kill: Kill | None = None

    def __str__(self) -> str:
        return f"quarantine {self.how} {self.table} (pick {self.pick}){_killed(self.kill)}"


@dataclass(frozen=True)
class Compare:
    """All is taken in, and the lake is compared with one made at once."""

    def __str__(self) -> str:
        return "refresh, then compare with a fresh lake"


Move = (
    Arrives
    | Goes
    | Refresh
    | Materialize
    | Rebuild
    | Maintain
    | BackUp
    | PutBack
    | Decide
    | Compare
)


def _killed(kill: Kill | None) -> str:
    return f", killed at {kill}" if kill else ""
