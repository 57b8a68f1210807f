"""A lake under test: what a sequence does to it, and whether it is as a fresh one."""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from mega_toys.declared.errors import LakeError
from mega_toys.declared.table import Bronze
from mega_toys.faults.ageing import age, clean_logs
from mega_toys.faults.bucket_home import home_at
from mega_toys.faults.deciding import decide, decided_about
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
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.store.store import Store


@dataclass
class Subject:
    """One lake in a folder, or below an address of a bucket, and what it was given."""

    folder: Path
    sequence: Sequence
    below: str | None = None
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
        self.home = home_at(self.folder / "home", landing, self.below)
        self.own = InProcess(self.home, catalog, self.sequence.rows_at_once)
        self.writer = Processes(self.home, catalog) if self.sequence.processes else self.own

    @property
    def store(self) -> Store:
        """The lake as somebody sees it who opens it now."""
        return Store(self.home.lake_root)

    def play(self, move: Move) -> list[str]:
        """Do one thing; what is wrong after it."""
        match move:
            case Arrives():
                self.given.arrives(move.delivery)
                self.home.deliver()
            case Goes():
                (self.given.landing / move.path).unlink(missing_ok=True)
                self.home.deliver()
            case Refresh():
                return self._refresh(move)
            case Materialize():
                return self._materialize(move)
            case Rebuild():
                return self._rebuild(move)
            case Maintain():
                return self._maintain(move)
            case BackUp():
                with self.home.on_disk() as lake:
                    copied_table(move.table, lake, self.folder / "backup")
            case PutBack():
                with self.home.on_disk() as lake:
                    copied_table(move.table, self.folder / "backup", lake)
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
            with self.home.on_disk() as lake:
                age(lake, move.aged_days)
        later_h = 0 if self.home.ages else 24 * move.aged_days
        ended = self.writer.maintain(move.kill, later_h)
        if move.aged_days:
            with self.home.on_disk() as lake:
                clean_logs(lake)
        return self._after(ended)

    def _decide(self, move: Decide) -> list[str]:
        if not all(map(self.store.exists, self._names())):
            return []
        work = self.own.house().work("differ")
        if (choice := decided_about(move, work)) is None:
            return []

        def decides() -> None:
            decide(move, choice, work, self.own.zone, self.folder)

        ended = self.own.done(decides, move.kill)
        self.home.collect()
        return self._after(ended)

    def _after(self, ended: bool) -> list[str]:
        """What is wrong right after a process that was killed."""
        if ended:
            return []
        self.kills += 1
        return [*self._read_otherwise(), *unreadable_warehouse(self.home)]

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
        return wrong + self._read_otherwise()

    def _read_otherwise(self) -> list[str]:
        with self.home.on_disk() as lake:
            return read_otherwise(self.store, self._names(), lake)

    def _fresh(self) -> Store:
        """A lake made at once, in a folder, from all that was given, with what people decided."""
        home = Home(self.folder / "fresh", self.folder / "fresh" / "landing")
        shutil.rmtree(home.folder, ignore_errors=True)
        for path, content in self.given.content.items():
            file = home.landing / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        decided = Path(*DECISIONS.name.split("."))
        with self.home.on_disk() as lake:
            shutil.copytree(lake / decided, home.lake / decided)
        InProcess(home, self.sequence.catalog, 1_000_000).refresh(None)
        return Store(home.lake_root)

    def _names(self) -> list[str]:
        return names(self.sequence.catalog)

    def _versions(self) -> dict[str, int]:
        store = self.store
        return {name: store.version(name) for name in self._names()}
