"""The rules and checks of a contract: what every row was asked, and what is looked for."""

import inspect
from collections.abc import Iterator
from typing import Any

import polars as pl

from mega_toys.declared import sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.name import TableName
from mega_toys.declared.table import FromBronze, Rule, Table
from mega_toys.declared.valid_values import values_of
from mega_toys.lake.checks import declared
from mega_toys.lake.code.query_version import query_version
from mega_toys.lake.judging.judge import rule_names
from mega_toys.lake.quarantined.reasons import wanted

ENGINE = "mega-toys"
Quality = dict[str, Any]
_WHOLE = {"fmt_table_cell_list_len": -1, "fmt_str_lengths": 10_000}


def of_columns(table: Table) -> dict[str, list[Quality]]:
    """The valid values of the columns that have only some, and the rules that are about one."""
    found: dict[str, list[Quality]] = {}
    for name, valid in values_of(table).items():
        if valid.choices:
            found.setdefault(name, []).append(_choices(list(valid.choices)))
    return found


def _choices(values: list[Any]) -> Quality:
    return {
        "name": "valid_values",
        "type": "library",
        "metric": "invalidValues",
        "arguments": {"validValues": values},
        "mustBe": 0,
        "severity": "error",
    }


def of_rows(table: Table, catalog: Catalog) -> list[Quality]:
    """What every record was asked before it became a row, then the checks."""
    asked = list(_rules(table, catalog)) if isinstance(table, FromBronze) else []
    queries = {check.finds.__name__: query_version(check, table) for check in table.checks}
    checks = [
        _quality(check.name, check.description, "check", blocks=check.blocks)
        for check in declared(table)
    ]
    for made in checks:
        if made["name"] in queries:
            made["implementation"]["query"] = queries[made["name"]]
    return [*asked, *checks]


def _quality(name: str, description: str, what: str, *, blocks: bool = True) -> Quality:
    return {
        "name": name,
        "type": "custom",
        "engine": ENGINE,
        "implementation": {what: name},
        "description": " ".join(description.split()),
        "severity": "error" if blocks else "warning",
    }


def _rules(table: FromBronze, catalog: Catalog) -> Iterator[Quality]:
    """The rules in the order in which they are judged, each with what it asks."""
    own = {rule.__name__: rule for rule in table.rules}
    for name in rule_names(table, catalog.bronze_of(table)):
        rule = own.get(name)
        made = _quality(name, _asks(name, table, rule), "rule")
        if rule:
            made["implementation"] = {"rule": name, "expression": _text(rule)}
        yield made
    limits = {"warnAbove": table.tolerates.warn_above, "errorAbove": table.tolerates.error_above}
    tolerated = _quality("quarantined_share", "Share of the records that break a rule.", "rule")
    yield tolerated | {"implementation": limits}


def _asks(name: str, table: FromBronze, rule: Rule | None) -> str:
    """What a rule asks, in words: that of a field by its declaration."""
    fields, (field, _, claim) = sent.fields_of(table.received_from), name.rpartition("_is_")
    told = []
    if claim == "present" and field in fields:
        told.append(f"`{field}` is there.")
    if claim == "valid" and field in fields:
        told.append(f"`{field}` is {wanted(fields[field])}.")
    if claim == "known" and field in table.known:
        told.append(f"`{field}` is one that {TableName.of(table.known[field])} has.")
    if name == "record_is_readable":
        told.append("The record can be read.")
    if rule:
        told.append(inspect.getdoc(rule) or "")
    return " ".join(told)


def _text(rule: Rule) -> str:
    with pl.Config(**_WHOLE):  # type: ignore[arg-type]
        return str(rule())
