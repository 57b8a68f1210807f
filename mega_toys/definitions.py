"""The Dagster code location: every table of the domains, handed the lake of the settings."""

import dagster as dg

from mega_toys.orchestration.assets import assets_for
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.settings import Settings

LAKEHOUSE = Lakehouse.of(Settings.load())

defs = dg.Definitions(
    assets=assets_for(LAKEHOUSE.catalog, LAKEHOUSE),
    resources={"lakehouse": LAKEHOUSE},
    executor=dg.in_process_executor,
)
