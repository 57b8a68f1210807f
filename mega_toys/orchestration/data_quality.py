"""`lake.gold.data_quality_daily` as an asset: what became of the records of every day."""

from collections.abc import Iterator

import dagster as dg

from mega_toys.lake import quality
from mega_toys.lake.checks.shares import SHARES_ARE_USUAL, shares_are_usual
from mega_toys.lake.lock import only_writer
from mega_toys.lake.table import TableName
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration import metadata
from mega_toys.orchestration.events import Event, evaluations_of, key_of, results
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.refresh import prepare

NAME = quality.QUALITY.name
KEY = key_of(TableName.parse(NAME))


def data_quality_for(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that counts received, accepted, duplicate and quarantined records."""
    columns = [dg.TableColumn(name, str(kind)) for name, kind in quality.QUALITY.schema.items()]

    @dg.asset(
        key=KEY,
        deps=[key_of(table.name) for table in lakehouse.catalog if table.quarantine],
        group_name="lake",
        kinds={"polars", "deltalake", "gold"},
        description="Records received, accepted, duplicates and quarantined (open, corrected or "
        "dismissed), per day, table, rule and group of files. The rule `any` counts each once.",
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/uri": lakehouse.store.uri(NAME),
            "dagster/table_name": NAME,
        },
        check_specs=[
            dg.AssetCheckSpec(
                SHARES_ARE_USUAL.name, asset=KEY, description=SHARES_ARE_USUAL.description
            )
        ],
    )
    def data_quality_daily(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        work = lakehouse.work(context.run.run_id)
        with only_writer(lakehouse.settings.lake_root, context.log.warning):
            prepare(work)
            outcome = build(work)
        yield dg.MaterializeResult(
            metadata=metadata.of_outcome(outcome), check_results=results(outcome)
        )

    return data_quality_daily


def build(work: Work) -> Outcome:
    """Count what changed, and look at the shares of the last days."""
    outcome = quality.build(work)
    outcome.checks = [shares_are_usual(work)]
    return outcome


def told(outcome: Outcome) -> Iterator[Event]:
    """The events of a refresh that counted."""
    yield dg.AssetMaterialization(KEY, metadata=metadata.of_outcome(outcome))
    yield from evaluations_of(KEY, outcome)
