"""Lakes for tests: a landing zone beside a lake in a folder, refreshed without Dagster."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

import mega_toys.domains
from mega_toys.declared.catalog import Catalog, tables_in
from mega_toys.declared.extents import reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.ignored import ignore_others
from mega_toys.lake.building.days_table import keep_days
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place, place_of
from mega_toys.lake.store.store import Store
from mega_toys.operations.noted_versions import renew_noted_versions
from mega_toys.operations.plan import Plan
from mega_toys.operations.refresh import prepare, refresh_table

DECLARED = tables_in(mega_toys.domains)
SILVER = {str(table.name): table for table in DECLARED.from_bronze}


def needed_for(*wanted: str, among: Catalog = DECLARED) -> Catalog:
    """The tables of these names, with all that they and their checks read."""
    kept = set(wanted)
    while more := {name for known in kept for name in _read_by(among[known])} - kept:
        kept |= more
    return Catalog(among[name] for name in kept)


def _read_by(table: Table) -> set[str]:
    checked = [read.table for check in table.checks for read in reads_of(check.finds).values()]
    referred = [TableName.of(rows) for rows in table.refers.values()]
    return {str(name) for name in (*table.reads, *checked, *referred)}


@dataclass
class Lake:
    """A lake under test; it has all tables, or those that it is made with."""

    folder: Path
    catalog: Catalog = DECLARED
    rows_at_once: int = 1_000_000
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(str(self.folder / "lake"))
        self.landing.mkdir(parents=True, exist_ok=True)

    @property
    def landing(self) -> Path:
        """Where files arrive."""
        return self.folder / "landing"

    @property
    def zone(self) -> Place:
        """The landing zone, as the lakehouse sees it."""
        return place_of(self.landing)

    def work(self, store: Store | None = None) -> Work:
        """What the builds of a refresh share."""
        return Work(store or self.store, self.catalog, rows_at_once=self.rows_at_once)

    def plan(self, work: Work | None = None) -> Plan:
        """What is to do, as lake and landing zone stand."""
        return Plan(work or self.work(), Listing(self.zone))

    def take_in(
        self, table: str, work: Work | None = None, days: set[dt.date] | None = None
    ) -> Outcome:
        """Take in what is new for one table."""
        return refresh_table(self.plan(work).of(self.catalog[table]), days=days)

    def land(self, path: str, content: str | bytes) -> Path:
        """Put a file into the landing zone."""
        location = self.landing / path
        location.parent.mkdir(parents=True, exist_ok=True)
        location.write_bytes(content if isinstance(content, bytes) else content.encode())
        return location

    def send(self, path: str, *records: dict[str, Any]) -> Path:
        """Put a file with one JSON object a line into the landing zone."""
        return self.land(path, "".join(f"{json.dumps(record)}\n" for record in records))

    def refresh(self, store: Store | None = None) -> dict[str, Outcome]:
        """Take in all news; what was done to each table that had some or changed."""
        work = self.work(store)
        prepare(work)
        plan = self.plan(work)
        ignore_others(self.catalog.bronze, work, plan.listing)
        outcomes = [refresh_table(todo) for todo in map(plan.of, self.catalog) if not todo.blocking]
        keep_days(outcomes, work)
        renew_noted_versions(work)
        return {outcome.table: outcome for outcome in outcomes}

    def rows(self, name: str, *columns: str) -> pl.DataFrame:
        """The rows of a table, in the order of the columns asked for."""
        found = self.store.scan(name).select(columns or pl.all()).collect()
        return found.sort(columns) if columns else found

    def versions(self) -> dict[str, int]:
        """The version of every table."""
        return {name: self.store.version(name) for name in names(self.catalog)}

    def export(self, out: Path) -> Path:
        """Write every table as `<out>/<full name>.parquet`."""
        return export(Path(self.store.root), out)


def copy_of(lake: Lake, folder: Path) -> Lake:
    """A lake of its own that begins as another one stands, its landing zone and all."""
    shutil.copytree(lake.folder, folder, dirs_exist_ok=True)
    return Lake(folder, lake.catalog, lake.rows_at_once)


def export(lake_root: Path, out: Path) -> Path:
    """Write every table of a lake as `<out>/<full name>.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    for log in lake_root.rglob("_delta_log"):
        name = ".".join(log.parent.relative_to(lake_root).parts)
        pl.read_delta(str(log.parent)).write_parquet(out / f"{name}.parquet")
    return out


def copied(source: Path, landing: Path, paths: Iterable[Path]) -> None:
    """Deliver files of a folder into a landing zone, each written in place."""
    for path in paths:
        (landing / path).parent.mkdir(parents=True, exist_ok=True)
        (landing / path).write_bytes((source / path).read_bytes())


def files_below(folder: Path) -> list[Path]:
    """The paths of all files of a folder, below it."""
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def command(
    *words: str, folder: Path, told: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the real `mega-toys` in a folder, with nothing in the environment but what is told.

    And PYTHONPATH, by which a checkout tests itself.
    """
    program = Path(sys.executable).with_name("mega-toys")
    mine = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    environment = {"PATH": os.defpath, "HOME": str(folder), **mine, **(told or {})}
    return subprocess.run(
        [str(program), *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
