"""The events that tell Dagster what a build did: days that changed, and what checks found."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import dagster as dg

from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.orchestration.reporting import metadata
from mega_toys.orchestration.reporting.column_lineage import column_lineage

REPORTED = "reported"  # under which an event says why it is told
SEVERITY = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}

_OURS = re.compile(r"^mega_toys\.[\w.]+: ")  # how Dagster begins what an error of ours says


def key_of(name: TableName) -> dg.AssetKey:
    """The asset key: the table's name."""
    return dg.AssetKey(list(name))


def materializations(
    table: Table, outcome: Outcome, work: Work, but: Collection[dt.date] = ()
) -> list[dg.AssetMaterialization]:
    """One for each day that changed, but for some; one for a table without days that changed."""
    if table.day_column is not None:
        return of_days(table, outcome.days - set(but), work)
    return [of_table(table, work, metadata.of_outcome(outcome))] if outcome.changed else []


def of_table(table: Table, work: Work, told: Mapping[str, Any]) -> dg.AssetMaterialization:
    """The event of a table without days."""
    shown = metadata.of_table(table, work) | metadata.sample(table, None, work)
    shown |= column_lineage(table, work.catalog)
    return dg.AssetMaterialization(key_of(table.name), metadata={**shown, **told})


def of_days(
    table: Table,
    days: Collection[dt.date],
    work: Work,
    reported: Callable[[dt.date], str | None] = lambda day: None,
) -> list[dg.AssetMaterialization]:
    """The events of some days, each with the figures of its own; the newest with more.

    `reported` says what else is told of a day.
    """
    if not days:
        return []
    shown = metadata.of_days(table, set(days), work)
    shown[max(days)] |= metadata.sample(table, max(days), work)
    shown[max(days)] |= column_lineage(table, work.catalog)
    key = key_of(table.name)
    return [
        dg.AssetMaterialization(
            key,
            description=(told := reported(day)),
            partition=f"{day}",
            metadata={**figures, **({REPORTED: told} if told else {})},
        )
        for day, figures in shown.items()
    ]


def evaluations(table: Table, outcome: Outcome) -> Iterator[dg.AssetCheckEvaluation]:
    """What each check found."""
    yield from evaluations_of(key_of(table.name), outcome)


def evaluations_of(key: dg.AssetKey, outcome: Outcome) -> Iterator[dg.AssetCheckEvaluation]:
    """What each check of an asset found."""
    for result in _results(outcome):
        yield dg.AssetCheckEvaluation(asset_key=key, **result)


def results(outcome: Outcome) -> list[dg.AssetCheckResult]:
    """What each check found, as an asset's own step yields it."""
    return [dg.AssetCheckResult(**result) for result in _results(outcome)]


def shown(found: Found) -> dict[str, Any]:
    """What a check found, as every result and evaluation of Dagster's takes it."""
    return {
        "passed": found.passed,
        "severity": SEVERITY[found.severity],
        "description": metadata.sentence(found),
        "metadata": metadata.of_check(found),
    }


def _results(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for found in outcome.checks:
        yield {"check_name": found.name, **shown(found)}


def error_of(event: dg.DagsterEvent) -> str | None:
    """What the innermost error of an event says; none of an event without any."""
    error = getattr(event.event_specific_data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    return None if error is None else _OURS.sub("", error.message).strip()
