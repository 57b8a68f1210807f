"""The schedule of a sequence, made from its seed alone: the same seed gives the same moves."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.extents import reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, Table
from mega_toys.faults.deliveries import Sender
from mega_toys.faults.moves import (
    Arrives,
    BackUp,
    Compare,
    Decide,
    Goes,
    Kill,
    Maintain,
    Materialize,
    Move,
    PutBack,
    Rebuild,
    Refresh,
)
from mega_toys.faults.otherwise_declared import otherwise_declared
from mega_toys.faults.records import FIRST_DAY
from mega_toys.lake.run.work import system_tables
from mega_toys.lake.store.step import STEPS

_ROUNDS, _ROUNDS_OF_PROCESSES = (4, 8), (2, 2)
_SHARE_KILLED = 0.7
_SHARE_COMPARED = 0.08  # of the rounds
_SHARE_PUT_BACK = 0.12  # of the rounds
_SHARE_WHOLE = 0.08  # of the sequences: all tables
_ROWS_AT_ONCE = (1, 5, 1_000_000, 1_000_000)
_ONLY_IN_PROCESSES = frozenset({"event.begin", "event.done"})
_NO_REFRESH = frozenset(step for step in STEPS if step.startswith(("forget.", "pull.")))
_WRITING = (
    *("bronze.", "received.", "quarantine.", "deletions.", "accounts.", "silver."),
    *("days.", "mark."),
)
_SWAPPING = ("rebuild.", "swap.", "commit.")


@dataclass(frozen=True)
class Sequence:
    """One sequence: which tables there are, how they are built, and what is done."""

    seed: int
    catalog: Catalog
    rows_at_once: int
    processes: bool  # whether real processes write and are killed
    moves: tuple[Move, ...]


def sequence(seed: int, catalog: Catalog, *, processes: bool = False) -> Sequence:
    """The sequence of a seed; the commands of real processes know all tables, others some."""
    rng = Random(seed)  # noqa: S311, no secret
    whole = processes or rng.random() < _SHARE_WHOLE
    some = catalog if whole else needed_for(_some_products(catalog, rng), catalog)
    some = some if processes else otherwise_declared(seed, some)
    rows = 1_000_000 if processes else rng.choice(_ROWS_AT_ONCE)
    moves = tuple(_Planned(rng, some, processes).moves())
    return Sequence(seed, some, rows, processes, moves)


def _some_products(catalog: Catalog, rng: Random) -> list[TableName]:
    gold = sorted(table.name for table in catalog if table.name.layer == "gold" and table.reads)
    return rng.sample(gold, min(len(gold), rng.choice((1, 1, 2))))


def needed_for(wanted: list[TableName], catalog: Catalog) -> Catalog:
    """The tables of these names, with all that they and their checks read."""
    needed = set(wanted)
    while more := {name for one in needed for name in _read_by(catalog[one])} - needed:
        needed |= more
    return Catalog(catalog[name] for name in needed)


def _read_by(table: Table) -> set[TableName]:
    checked = {read.table for check in table.checks for read in reads_of(check.finds).values()}
    return {*table.reads, *checked, *map(TableName.of, table.refers.values())}


class _Planned:
    """The moves of one sequence, as they are drawn."""

    def __init__(self, rng: Random, catalog: Catalog, processes: bool) -> None:
        self._rng, self._processes = rng, processes
        self._tables = [str(table.name) for table in catalog]
        self._judged = [str(table.name) for table in catalog.from_bronze]
        derived = [table for table in catalog if not isinstance(table, Bronze)]
        written = [str(name) for table in derived for name in table.written_to]
        self._derived = [*written, *(stored.name for stored in system_tables())]
        self._bronze = catalog.bronze
        datasets = frozenset(f"{one.name.domain}/{one.name.table}" for one in self._bronze)
        self._datasets = sorted(datasets)
        self._sender = Sender(rng, datasets)

    def moves(self) -> Iterator[Move]:
        """A first delivery, some rounds of what comes and what is done, and the comparison."""
        rng = self._rng
        for dataset in self._datasets:
            if rng.random() < 0.8:
                yield Arrives(self._sender.new(dataset))
        yield Refresh(self._kill() if rng.random() < 0.2 else None)
        for _ in range(rng.randint(*(_ROUNDS_OF_PROCESSES if self._processes else _ROUNDS))):
            yield from self._comes()
            if rng.random() < _SHARE_PUT_BACK:
                yield rng.choice((BackUp, PutBack, PutBack))(rng.choice(self._derived))
            yield from self._done()
            if rng.random() < _SHARE_COMPARED and not self._processes:
                yield Compare()
        yield Compare()

    def _comes(self) -> Iterator[Move]:
        for _ in range(self._rng.randint(1, 4)):
            luck, paths = self._rng.random(), self._sender.paths
            if luck < 0.12 and paths:
                yield Goes(self._rng.choice(paths))
            elif luck < 0.7 and paths:
                yield Arrives(self._sender.again())
            else:
                yield Arrives(self._sender.new())

    def _done(self) -> Iterator[Move]:
        """A refresh, mostly; or what people and schedules do between."""
        luck, rng = self._rng.random(), self._rng
        if luck < 0.5:
            yield Refresh(self._kill())
        elif luck < 0.65:
            for _ in range(rng.randint(1, 3)):
                yield Materialize(rng.choice(self._tables), self._some_days(), self._kill())
        elif luck < 0.78:
            yield Rebuild(rng.choice([None, None, *self._tables]), self._kill(_SWAPPING))
        elif luck < 0.88:
            yield Maintain(rng.choice((0, 40, 40)), self._kill(("maintain.",)))
        elif luck < 0.93:
            yield Refresh(self._kill(), self._other_rules())
        elif self._judged:
            for _ in range(2):
                how = rng.choice(("dismiss", "admit", "undo", "correct", "replay"))
                kill = Kill("decisions.written") if rng.random() < 0.3 else None
                yield Decide(how, rng.choice(self._judged), rng.randrange(1000), kill)

    def _some_days(self) -> frozenset[dt.date]:
        first = FIRST_DAY + dt.timedelta(self._rng.randint(-5, 2))
        return frozenset(first + dt.timedelta(n) for n in range(self._rng.randint(1, 4)))

    def _other_rules(self) -> tuple[tuple[str, str], ...]:
        """A field that may be absent and that other code asks for; none where there is none."""
        found = [
            (str(table.name), name)
            for table in self._bronze
            for name, sent in table.fields.items()
            if not sent.required
        ]
        return (self._rng.choice(found),) if found and not self._processes else ()

    def _kill(self, where: tuple[str, ...] = _WRITING) -> Kill | None:
        """In most cases; at a step of those that matter most, or at any other."""
        rng = self._rng
        if rng.random() >= _SHARE_KILLED:
            return None
        if self._processes and rng.random() < 0.3:
            return Kill(None, after_s=rng.uniform(0, 5))
        never = _NO_REFRESH | (frozenset() if self._processes else _ONLY_IN_PROCESSES)
        steps = sorted(set(STEPS) - never)
        likely = [step for step in steps if step.startswith(where)]
        step = rng.choice(likely if rng.random() < 0.8 else steps)
        return Kill(step, nth=rng.choice((1, 1, 1, 2, 2, 3, 5)))
