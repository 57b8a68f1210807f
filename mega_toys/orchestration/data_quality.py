"""`lake.gold.data_quality_daily` as an asset: what became of the records of every day."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mega_toys.lake import quality
from mega_toys.lake.checks.shares import SHARES_ARE_USUAL, shares_are_usual
from mega_toys.lake.damaged import naming_damage
from mega_toys.lake.days import said
from mega_toys.lake.described import type_of
from mega_toys.lake.lock import only_writer
from mega_toys.lake.outcome import Outcome
from mega_toys.lake.table import TableName
from mega_toys.lake.work import Work
from mega_toys.orchestration import metadata
from mega_toys.orchestration.events import evaluations_of, key_of, results
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.run_log import Event
from mega_toys.refresh import prepare

NAME = quality.QUALITY.name
KEY = key_of(TableName.parse(NAME))
OWNER = "team:lake"  # who runs the lake
_KEY = ("day", "table", "rule", "file_group")
_MEANINGS = {
    "day": "Business day; of a table without days, landing day.",
    "table": "Silver table that the records were received for.",
    "rule": "Rule that was broken; `any` counts each record once.",
    "file_group": "Ending of the files, as `csv.gz`; `correction` for delivered corrections.",
    "received": "Records received.",
    "accepted": "Records that are in the table.",
    "duplicates": "Records whose key another record won.",
    "quarantined": "Records that broke the rule.",
    "open": "Of these: neither corrected nor dismissed.",
    "corrected": "Of these: a correction was received.",
    "dismissed": "Of these: somebody decided that they stay.",
}


def data_quality_for(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that counts received, accepted, duplicate and quarantined records."""

    @dg.asset(
        key=KEY,
        deps=[key_of(table.name) for table in lakehouse.catalog if table.quarantine],
        group_name="lake/gold",
        owners=[OWNER],
        kinds={"polars", "deltalake", "gold"},
        tags={"layer": "gold", "privacy": "internal"},
        description="Records received, accepted, duplicates and quarantined (open, corrected or "
        "dismissed), per day, table, rule and group of files. The rule `any` counts each once.",
        metadata=_described(lakehouse),
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
        root = lakehouse.settings.lake_root
        with only_writer(root, context.log.warning), naming_damage(work):
            prepare(work)
            outcome = build(work)
        yield dg.MaterializeResult(metadata=_figures(outcome, work), check_results=results(outcome))

    return data_quality_daily


def _described(lakehouse: Lakehouse) -> dict[str, Any]:
    schema = quality.QUALITY.schema.items()
    columns = [
        dg.TableColumn(name, type_of(dtype), _MEANINGS[name], tags={"privacy": "internal"})
        for name, dtype in schema
    ]
    key = dg.TableConstraints(other=[f"key {', '.join(_KEY)}"])
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns, constraints=key),
        "dagster/uri": lakehouse.store.uri(NAME),
        "dagster/table_name": NAME,
        "dagster/code_references": metadata.code_references(quality.build, lakehouse.settings),
        "kind": "by day: computed for the days whose records or decisions changed",
        "key": ", ".join(_KEY),
        "a day is": metadata.DAYS["day"],
        "privacy": "internal",
    }


def _figures(outcome: Outcome, work: Work) -> dict[str, Any]:
    """Rows of the table, what was done, and a few rows of the newest day."""
    rows = work.store.rows_by_day(quality.QUALITY)
    newest = work.scan_days(NAME, "day", {max(rows)}).head(5).collect() if rows else None
    return {
        "dagster/row_count": sum(rows.values()),
        "days changed": said(outcome.days) or "none",
        **({} if newest is None else {"sample": metadata.table_of(newest.iter_rows(named=True))}),
    }


def build(work: Work) -> Outcome:
    """Count what changed, and look at the shares of the last days."""
    outcome = quality.build(work)
    outcome.checks = [shares_are_usual(work)]
    return outcome


def told(outcome: Outcome, work: Work) -> Iterator[Event]:
    """The events of a refresh that counted."""
    yield dg.AssetMaterialization(KEY, metadata=_figures(outcome, work))
    yield from evaluations_of(KEY, outcome)
