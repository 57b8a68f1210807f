"""The events that tell Dagster what a build did: days that changed, and what checks found."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import dagster as dg

from mega_toys.lake.table import Table, TableName
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration import metadata

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
SEVERITY = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}


def key_of(name: TableName) -> dg.AssetKey:
    """The asset key: the table's name."""
    return dg.AssetKey(list(name))


def materializations(
    table: Table, outcome: Outcome, work: Work, but: Collection[dt.date] = ()
) -> Iterator[dg.AssetMaterialization]:
    """One for each day that changed, but for some; one for a table without days that changed."""
    key, told = key_of(table.name), metadata.of_outcome(outcome)
    if table.day_column is None:
        if outcome.changed:
            yield dg.AssetMaterialization(key, metadata=metadata.of_table(table, work) | told)
        return
    for day, rows in metadata.of_days(table, outcome.days - set(but), work).items():
        yield dg.AssetMaterialization(key, partition=day.isoformat(), metadata=rows | told)


def evaluations(table: Table, outcome: Outcome) -> Iterator[dg.AssetCheckEvaluation]:
    """What each check found."""
    yield from evaluations_of(key_of(table.name), outcome)


def evaluations_of(key: dg.AssetKey, outcome: Outcome) -> Iterator[dg.AssetCheckEvaluation]:
    """What each check of an asset found."""
    for shown in _results(outcome):
        yield dg.AssetCheckEvaluation(asset_key=key, **shown)


def results(outcome: Outcome) -> list[dg.AssetCheckResult]:
    """What each check found, as an asset's own step yields it."""
    return [dg.AssetCheckResult(**shown) for shown in _results(outcome)]


def _results(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for found in outcome.checks:
        yield {
            "check_name": found.name,
            "passed": found.passed,
            "severity": SEVERITY[found.severity],
            "metadata": metadata.of_check(found, outcome),
        }
