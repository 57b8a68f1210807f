"""A lakehouse under test, with Dagster's events in a folder of its own."""

import datetime as dt
import functools
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.store.store import Store
from mega_toys.operations.refreshed import Refreshed
from mega_toys.orchestration.assets.catalog_pages import BUILD_CATALOG, catalog_pages_for
from mega_toys.orchestration.assets.landing_zone import CHECKS, landing_zone_of
from mega_toys.orchestration.assets.tables import assets_for
from mega_toys.orchestration.assets.warehouse import warehouse_for
from mega_toys.orchestration.resources.lakehouse import Lakehouse, resources_of
from mega_toys.orchestration.runs.jobs import JOBS
from mega_toys.orchestration.runs.local import home as dagster_home
from mega_toys.orchestration.runs.local import refresh_in_process
from mega_toys.orchestration.runs.quarantine_jobs import QUARANTINE_JOBS
from mega_toys.settings import Settings
from mega_toys_tests.environment import environment
from mega_toys_tests.lakes import Lake

TODAY = dt.datetime.now(dt.UTC).date()
QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Toys:
    """A lake, its code location and its Dagster instance."""

    lake: Lake
    instance: dg.DagsterInstance
    first_day: dt.date
    lakehouse: Lakehouse = field(init=False)
    defs: dg.Definitions = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(
            landing_root=self.lake.zone,
            lake_root=self.lake.store.root,
            dagster_home=self.lake.folder / "dagster",
            export_root=self.lake.folder / "exports",
            catalog_root=self.lake.folder / "catalog",
            first_day=self.first_day,
        )
        self.lakehouse = Lakehouse(settings, self.lake.catalog, Store(settings.lake_root))
        self.defs = dg.Definitions(
            assets=[
                *assets_for(self.lakehouse),
                warehouse_for(self.lakehouse),
                catalog_pages_for(self.lakehouse),
                landing_zone_of(self.lakehouse),
            ],
            asset_checks=CHECKS,
            jobs=[*JOBS, *QUARANTINE_JOBS, BUILD_CATALOG],
            resources=resources_of(self.lakehouse),
            executor=dg.in_process_executor,
        )

    @property
    def job(self) -> dg.JobDefinition:
        """The job of all assets."""
        return self.defs.resolve_implicit_global_asset_job_def()

    def refresh(self) -> Refreshed:
        """Refresh through Dagster."""
        return refresh_in_process(self.lakehouse, self.defs, self.instance)

    def run(self, job: str, tags: Mapping[str, str] | None = None) -> dg.ExecuteInProcessResult:
        """What a job does."""
        return self.defs.resolve_job_def(job).execute_in_process(
            instance=self.instance, run_config=QUIET, raise_on_error=False, tags=dict(tags or {})
        )

    def materialize(self, table: str, **tags: str) -> dg.ExecuteInProcessResult:
        """What a click in the UI does."""
        return self.job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(table.split("."))],
            tags=tags,
            run_config=QUIET,
            raise_on_error=False,
        )

    def status(self, table: str, day: str) -> dg.AssetPartitionStatus | None:
        """How the UI shows a day of a table."""
        key = dg.AssetKey(table.split("."))
        days = self.defs.resolve_asset_graph().get(key).partitions_def
        assert days is not None
        shown = self.instance.get_status_by_partition(key, [day], days) or {}
        return shown[day]

    def days_shown(self, table: str) -> set[str]:
        """The days that the UI shows as materialized."""
        return set(self.instance.get_materialized_partitions(dg.AssetKey(table.split("."))))

    def rows_shown(self, table: str) -> dict[str, int]:
        """The days that the UI shows as materialized with rows, with their number."""
        key, told = dg.AssetKey(table.split(".")), {}
        for record in reversed(self.instance.fetch_materializations(key, 1000).records):
            assert record.asset_materialization is not None
            rows = record.asset_materialization.metadata["dagster/partition_row_count"].value
            told[str(record.partition_key)] = int(rows)  # type: ignore[arg-type]
        return {day: rows for day, rows in told.items() if rows}


@contextmanager
def toys(folder: Path, catalog: Catalog, since: dt.date = TODAY) -> Iterator[Toys]:
    """A lakehouse with these tables below a folder; Dagster shows its days since that one."""
    home = folder / "dagster"
    shutil.copytree(_new_home().name, home)
    with environment(DAGSTER_HOME=str(home)), dg.DagsterInstance.get() as instance:
        yield Toys(Lake(folder, catalog), instance, since)


@functools.cache
def _new_home() -> TemporaryDirectory[str]:
    """A home of Dagster's as it is at first: to make one takes as long as a refresh."""
    made = TemporaryDirectory()
    with environment():
        os.environ.pop("DAGSTER_HOME", None)
        dagster_home(Path(made.name))
        dg.DagsterInstance.get().dispose()
    return made
