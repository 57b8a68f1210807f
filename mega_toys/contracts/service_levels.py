"""The service levels of a contract, in the words of the standard where it has one."""

import datetime as dt
from typing import Any

from mega_toys.declared.contract import Contract
from mega_toys.declared.described import promised
from mega_toys.declared.table import Events, History, Reference, Table, WholeTable
from mega_toys.lake.judging import window
from mega_toys.operations.maintenance import RETENTION_H

Level = dict[str, Any]
FOR_EVER = "unlimited"
EVERY_VERSION, NEWEST_VERSION, BY_DAY, AS_OF_NOW = (
    "every version", "newest version", "by day", "as of now",
)  # fmt: skip


def of(table: Table) -> list[Level]:
    """Freshness, retention, history and support; of a version that ends, until when it is there."""
    contract = table.contract
    fresh = f"News are taken in within {promised(contract.expected_within)}."
    return [
        _level("latency", _hours(contract.expected_within), "h", fresh),
        _level("retention", FOR_EVER, None, "No row is removed for its age."),
        _level("timeTravel", RETENTION_H // 24, "d", "Earlier versions of the table can be read."),
        _level("history", _history(table), None, _history_told(table)),
        *_support(contract),
        *_end(contract),
    ]


def _level(name: str, value: object, unit: str | None, description: str) -> Level:
    of_unit = {"unit": unit} if unit else {}
    return {"property": name, "value": value, **of_unit, "description": description}


def _hours(within: dt.timedelta) -> float | int:
    hours = within.total_seconds() / 3600
    return int(hours) if hours.is_integer() else hours


def _history(table: Table) -> str:
    if isinstance(table, History):
        return EVERY_VERSION
    if isinstance(table, Reference):
        return NEWEST_VERSION
    return AS_OF_NOW if isinstance(table, WholeTable) or table.day_column is None else BY_DAY


def _history_told(table: Table) -> str:
    """What becomes of a row when something comes late."""
    if isinstance(table, Events):
        return f"Records lie on their business day; they land {window.told(table.window)}."
    return f"{table.takes[0].upper()}{table.takes[1:]}."


def _support(contract: Contract) -> list[Level]:
    within = contract.support.answers_within if contract.support else None
    if within is None:
        return []
    return [_level("supportResponse", _hours(within), "h", "Questions are answered within it.")]


def _end(contract: Contract) -> list[Level]:
    if contract.ends is None:
        return []
    told = "The last day on which this version is there."
    return [_level("endOfSupport", contract.ends.isoformat(), None, told)]
