"""Who writes a lake in a sequence: this process, as if it died, or real processes that do."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, Protocol

import dagster as dg

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.table import Table
from mega_toys.faults.home import REFRESH, Home
from mega_toys.faults.moves import Kill
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.place import Place, place_of
from mega_toys.lake.store.step import arm
from mega_toys.lake.store.store import Store
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.plan import Todo
from mega_toys.operations.rebuild import forget_changed, rebuild
from mega_toys.operations.refresh import prepare, refresh_table
from mega_toys.orchestration.reporting.run_log import RunLog
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.resources.partitions import newest_day
from mega_toys.orchestration.runs.refresh_run import refresh
from mega_toys.settings import Settings


class Writer(Protocol):
    """What writes a lake. Each way says whether it came to its end, or was killed before."""

    def refresh(self, kill: Kill | None, *, changed_code: bool = False) -> bool:
        """Take in all news."""

    def materialize(self, table: str, days: frozenset[dt.date], kill: Kill | None) -> bool:
        """Take in what is new for one table and some days."""

    def rebuild(self, table: str | None, kill: Kill | None) -> bool:
        """Make a table, or all, anew and swap it in; LakeError where it is refused."""

    def maintain(self, kill: Kill | None, later_h: int) -> bool:
        """Compact and vacuum, as it would be so many hours later."""


class _KilledError(BaseException):
    """The end of the process: nothing but a clean-up sees it."""


@dataclass
class _Batched(Lakehouse):
    """A lakehouse whose builds take so many rows at once."""

    rows_at_once: int = 1_000_000

    def work(self, run: str) -> Work:
        return Work(self.store, self.catalog, run=run, rows_at_once=self.rows_at_once)


@cache
def _nobodys_events() -> dg.DagsterInstance:
    """Where Dagster would keep what a refresh reports, which is not looked at here."""
    return dg.DagsterInstance.ephemeral()


class _Untold(RunLog):
    """The log of a run that nobody looks at."""

    def shows_otherwise(self, lakehouse: Lakehouse, work: Work) -> list[Table]:
        """Nothing is shown anywhere, and that makes nothing to be looked at again."""
        return []

    def _store(self, entries: object) -> None:
        pass


def quiet(text: str) -> None:
    """Nobody is told."""


@dataclass
class InProcess:
    """This process writes, each time with handles of its own.

    A kill raises what nobody catches; the lake as it was at the step is put back after the
    clean-ups on the way, which a process that is killed does not come to.
    """

    home: Home
    catalog: Catalog
    rows_at_once: int

    @property
    def zone(self) -> Place:
        """The landing zone."""
        return place_of(self.home.landing_root)

    def house(self) -> Lakehouse:
        """The lakehouse as a new process opens it."""
        landing, lake = self.home.landing_root, self.home.lake_root
        settings = Settings.model_validate(
            {"landing_root": landing, "lake_root": lake, "first_day": newest_day()}
        )
        store = Store(settings.lake_root)
        return _Batched(settings, self.catalog, store, rows_at_once=self.rows_at_once)

    def refresh(self, kill: Kill | None, *, changed_code: bool = False) -> bool:
        """Take in all news."""
        house = self.house()

        def refreshes() -> None:
            if changed_code:
                forget_changed(house.work("changed code"), self.zone)
            refreshed = refresh(house, _Untold(_nobodys_events(), "", ""), quiet)
            if refreshed.crashed:
                raise MegaToysError(f"crashed: {refreshed.crashed}")

        return self.done(refreshes, kill)

    def materialize(self, table: str, days: frozenset[dt.date], kill: Kill | None) -> bool:
        """Take in what is new for one table and some days."""
        work = self.house().work("materialize")
        one = self.catalog[table]

        def materializes() -> None:
            with only_writer(self.home.lake_root, quiet):
                prepare(work)
                todo = Todo(one, work, Listing(self.zone))
                if not todo.blocking:
                    refresh_table(todo, days=set(days) if one.day_column else None)

        return self.done(materializes, kill)

    def rebuild(self, table: str | None, kill: Kill | None) -> bool:
        """Make a table, or all, anew and swap it in."""
        work = self.house().work("rebuild")
        tables = self.catalog if table is None else [self.catalog[table]]
        return self.done(lambda: rebuild(tables, work, self.zone, swap=True, say=quiet), kill)

    def maintain(self, kill: Kill | None, later_h: int) -> bool:
        """Compact and vacuum, as it would be so many hours later."""
        work = self.house().work("maintain")
        return self.done(lambda: list(maintain(work, self.zone, later_h)), kill)

    def done(self, write: Callable[[], Any], kill: Kill | None) -> bool:
        """Write; whether it came to its end."""

        def die() -> NoReturn:
            self.home.keep()
            raise _KilledError

        arm(str(kill) if kill else None, None, die)
        try:
            write()
        except _KilledError:
            self.home.put_back()
            return False
        finally:
            arm(None, None)
        return True


@dataclass
class Processes:
    """Real processes write, and are killed by the kernel."""

    home: Home
    catalog: Catalog

    def refresh(self, kill: Kill | None, *, changed_code: bool = False) -> bool:
        """Take in all news."""
        return self._done((*REFRESH, *["--changed-code"] * changed_code), kill)

    def materialize(self, table: str, days: frozenset[dt.date], kill: Kill | None) -> bool:
        """Take in what is new for one table and some days."""
        key = f'key:"{table.replace(".", "/")}"'
        words = ["dagster", "asset", "materialize", "-m", "mega_toys.definitions", "--select", key]
        if self.catalog[table].day_column:
            words += ["--partition-range", f"{min(days)}...{max(days)}"]
        return self._done(tuple(words), kill)

    def rebuild(self, table: str | None, kill: Kill | None) -> bool:
        """Make a table, or all, anew and swap it in."""
        return self._done(("mega_toys.command.cli", "rebuild", table or "--all", "--swap"), kill)

    def maintain(self, kill: Kill | None, later_h: int) -> bool:
        """Compact and vacuum, as it would be so many hours later."""
        if later_h:
            return self._done(("mega_toys.faults.later", str(later_h)), kill)
        job = ("dagster", "job", "execute", "-m", "mega_toys.definitions", "-j", "maintain")
        return self._done(job, kill)

    def _done(self, words: tuple[str, ...], kill: Kill | None) -> bool:
        if kill is None:
            self.home.run(*words)
            return True
        at = str(kill) if kill.step else None
        if kill.step:
            return self.home.killed(*words, at=at) is None
        return self.home.killed(*words, after_s=kill.after_s) is None
