"""The Dagster code location: every table of the domains, handed the lake of the settings."""

import dagster as dg

from mega_toys.lake.store.step import arm
from mega_toys.orchestration.alerting.alerts import alert_sensors
from mega_toys.orchestration.assets.catalog_pages import BUILD_CATALOG, catalog_pages_for
from mega_toys.orchestration.assets.landing_zone import CHECKS, landing_zone_of
from mega_toys.orchestration.assets.tables import assets_for
from mega_toys.orchestration.assets.warehouse import PUBLISH, warehouse_for
from mega_toys.orchestration.resources.lakehouse import Lakehouse, resources_of
from mega_toys.orchestration.runs.catalog_sensor import stale_catalog
from mega_toys.orchestration.runs.jobs import JOBS, every_table_job
from mega_toys.orchestration.runs.pulls import pulls_of
from mega_toys.orchestration.runs.quarantine_jobs import QUARANTINE_JOBS
from mega_toys.orchestration.runs.schedules import SCHEDULES
from mega_toys.orchestration.runs.sensors import SENSORS
from mega_toys.settings import Settings

SETTINGS = Settings.load()
arm(SETTINGS.kill_at, SETTINGS.step_log)
LAKEHOUSE = Lakehouse.of(SETTINGS)
PULLS = pulls_of(LAKEHOUSE)

defs = dg.Definitions(
    assets=[
        *assets_for(LAKEHOUSE),
        warehouse_for(LAKEHOUSE),
        catalog_pages_for(LAKEHOUSE),
        landing_zone_of(LAKEHOUSE),
    ],
    asset_checks=CHECKS,
    jobs=[*JOBS, every_table_job, *QUARANTINE_JOBS, PUBLISH, BUILD_CATALOG, *PULLS["jobs"]],
    sensors=[*SENSORS, stale_catalog, *alert_sensors(LAKEHOUSE), *PULLS["sensors"]],
    schedules=[*SCHEDULES, *PULLS["schedules"]],
    resources=resources_of(LAKEHOUSE),
    executor=dg.in_process_executor,
)
