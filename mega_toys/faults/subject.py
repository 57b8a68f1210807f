"""A lake under test: what a sequence does to it, and whether it is as a fresh one."""

import json
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import polars as pl

from mega_toys.declared.errors import CorrectionError, LakeError
from mega_toys.declared.table import Bronze, Events
from mega_toys.faults.ageing import age, clean_logs
from mega_toys.faults.equal import differences
from mega_toys.faults.given import Given
from mega_toys.faults.home import Home, copied_table
from mega_toys.faults.moves import (
    Arrives,
    BackUp,
    Compare,
    Decide,
    Goes,
    Maintain,
    Materialize,
    Move,
    PutBack,
    Rebuild,
    Refresh,
)
from mega_toys.faults.other_code import asking_for
from mega_toys.faults.schedule import Sequence
from mega_toys.faults.second_engine import read_otherwise
from mega_toys.faults.seen import unreadable_warehouse
from mega_toys.faults.writers import InProcess, Processes, Writer
from mega_toys.lake.judging.window import OUT_OF_WINDOW
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice, quarantined_tables, standing
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import place_of
from mega_toys.lake.store.store import Store
from mega_toys.operations import quarantine
from mega_toys.operations.replay import deliver

_WHO, _WHY = "differ", "it was drawn"


@dataclass
class Subject:
    """One lake in a folder, and what it was given."""

    folder: Path
    sequence: Sequence
    by_other_code: bool = False
    kills: int = 0
    compared: int = 0
    given: Given = field(init=False)
    own: InProcess = field(init=False)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        landing = self.folder / "landing"
        landing.mkdir(parents=True)
        catalog = self.sequence.catalog
        self.given = Given(landing)
        self.home = Home(self.folder / "home", landing)
        self.own = InProcess(landing, self.home.lake, catalog, self.sequence.rows_at_once)
        self.writer = Processes(self.home, catalog) if self.sequence.processes else self.own

    @property
    def store(self) -> Store:
        """The lake as somebody sees it who opens it now."""
        return Store(str(self.home.lake))

    def play(self, move: Move) -> list[str]:
        """Do one thing; what is wrong after it."""
        match move:
            case Arrives():
                self.given.arrives(move.delivery)
            case Goes():
                (self.given.landing / move.path).unlink(missing_ok=True)
            case Refresh():
                return self._refresh(move)
            case Materialize():
                return self._materialize(move)
            case Rebuild():
                return self._rebuild(move)
            case Maintain():
                return self._maintain(move)
            case BackUp():
                copied_table(move.table, self.home.lake, self.folder / "backup")
            case PutBack():
                copied_table(move.table, self.folder / "backup", self.home.lake)
            case Decide():
                return self._decide(move)
            case Compare():
                return self._compare()
        return []

    def _refresh(self, move: Refresh) -> list[str]:
        """By today's code; or by other code, of which today's finds what it has built."""
        if move.other_rules:
            self.by_other_code = True
            own = replace(self.own, catalog=asking_for(move.other_rules, self.sequence.catalog))
            ended = own.refresh(move.kill)
        else:
            ended = self.writer.refresh(move.kill, changed_code=self.by_other_code)
            self.by_other_code &= not ended
        (self.given.taken_in if ended else self.given.perhaps_taken_in)()
        return self._after(ended)

    def _materialize(self, move: Materialize) -> list[str]:
        ended = self.writer.materialize(move.table, move.days, move.kill)
        table = self.sequence.catalog[move.table]
        if isinstance(table, Bronze):
            below = f"{table.name.domain}/{table.name.table}/"
            (self.given.taken_in if ended else self.given.perhaps_taken_in)(below)
        return self._after(ended)

    def _rebuild(self, move: Rebuild) -> list[str]:
        try:
            ended = self.writer.rebuild(move.table, move.kill)
        except LakeError:  # made anew from inputs that are not up to date, it may fail a check
            return []
        if move.table is None:
            (self.given.made_anew if ended else self.given.perhaps_made_anew)()
        elif ".bronze." in move.table:
            domain, _, dataset = move.table.split(".")
            below = f"{domain}/{dataset}/"
            (self.given.made_anew if ended else self.given.perhaps_made_anew)(below)
        return self._after(ended)

    def _maintain(self, move: Maintain) -> list[str]:
        if move.aged_days:
            age(self.home.lake, move.aged_days)
        ended = self.writer.maintain(move.kill)
        if move.aged_days:
            clean_logs(self.home.lake)
        return self._after(ended)

    def _decide(self, move: Decide) -> list[str]:
        if not all(map(self.store.exists, self._names())):
            return []
        work = self._work()
        found = self._places(move, work)
        if found.is_empty():
            return []
        file, number = found.row(move.pick % found.height)
        choice = Choice(file=file, row=number)

        def decides() -> None:
            if move.how == "dismiss":
                quarantine.dismiss(work, choice, move.table, _WHO, _WHY)
            elif move.how == "admit":
                quarantine.admit(work, choice, move.table, _WHO, _WHY)
            elif move.how == "undo":
                quarantine.undo(work, choice, move.table, _WHO, _WHY)
            elif move.how == "replay":
                quarantine.replay(work, choice, move.table)
            else:
                self._correct(choice, move, work)

        return self._after(self.own.done(decides, move.kill))

    def _places(self, move: Decide, work: Work) -> pl.DataFrame:
        """Where the records lie about which may be decided so."""
        (table,) = quarantined_tables(work, move.table)
        if move.how == "undo":
            rows = work.store.scan(DECISIONS.name).filter(pl.col("table") == move.table)
        elif move.how == "admit":
            of_window = Choice(rule=OUT_OF_WINDOW if isinstance(table, Events) else "none")
            rows = of_window.of(standing(table, work))
        else:
            rows = Choice().of(standing(table, work))
        return rows.select(PLACE).unique().sort(PLACE).collect()

    def _correct(self, choice: Choice, move: Decide, work: Work) -> None:
        """Mend a record as an accepted one of its table has it, or not well enough."""
        landing = place_of(self.given.landing)
        lines = list(map(json.loads, quarantine.exported(work, choice, move.table, landing)))
        (table,) = quarantined_tables(work, move.table)
        bronze = work.catalog.bronze_of(table)
        rng = Random(move.pick)  # noqa: S311, no secret
        rows = work.store.scan(bronze.name).select(list(bronze.fields)).collect().to_dicts()
        for line in lines:
            other = rng.choice(rows)
            mended = [name for name in bronze.fields if rng.random() < 0.5]
            line |= {name: str(other[name]) for name in mended if other[name] is not None}
        file = self.folder / "mended.ndjson"
        file.write_text("".join(f"{json.dumps(line, default=str)}\n" for line in lines))
        try:
            deliver(file, place_of(self.given.landing), work, _WHO)
        except CorrectionError:
            return

    def _after(self, ended: bool) -> list[str]:
        """What is wrong right after a process that was killed."""
        if ended:
            return []
        self.kills += 1
        return [*read_otherwise(self.store, self._names()), *unreadable_warehouse(self.home)]

    def _compare(self) -> list[str]:
        """Take all in, and compare with what one refresh makes of all that was given."""
        self.compared += 1
        self.writer.refresh(None, changed_code=self.by_other_code)
        self.by_other_code = False
        versions = self._versions()
        self.own.refresh(None)
        wrong = [
            f"{name} is written by a refresh without news"
            for name, version in self._versions().items()
            if version != versions[name]
        ]
        known = newest(self.store.scan(FILES.name)).select("path", "content_hash").collect()
        wrong += self.given.settle(dict(known.rows()))
        wrong += differences(self.store, self._fresh(), self.sequence.catalog)
        return wrong + read_otherwise(self.store, self._names())

    def _fresh(self) -> Store:
        """A lake made at once from all that was given, with what people decided."""
        home = Home(self.folder / "fresh", self.folder / "fresh" / "landing")
        shutil.rmtree(home.folder, ignore_errors=True)
        for path, content in self.given.content.items():
            file = home.landing / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        decided = Path(*DECISIONS.name.split("."))
        shutil.copytree(self.home.lake / decided, home.lake / decided)
        writer = InProcess(home.landing, home.lake, self.sequence.catalog, 1_000_000)
        writer.refresh(None)
        return Store(str(home.lake))

    def _work(self) -> Work:
        return self.own.house().work("differ")

    def _names(self) -> list[str]:
        return names(self.sequence.catalog)

    def _versions(self) -> dict[str, int]:
        store = self.store
        return {name: store.version(name) for name in self._names()}
