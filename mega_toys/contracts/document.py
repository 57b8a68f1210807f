"""The contract of a table as a document of the Open Data Contract Standard."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from mega_toys.contracts import quality, service_levels
from mega_toys.contracts.columns import properties
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.described import extent_of
from mega_toys.declared.table import Built, Table
from mega_toys.settings import Settings

STANDARD = "v3.1.0"
LAYERS = ("silver", "gold")
Document = dict[str, Any]


def products(catalog: Iterable[Table]) -> Iterator[Table]:
    """The tables that have a contract: silver and gold."""
    return (table for table in catalog if table.name.layer in LAYERS)


def document(table: Table, catalog: Catalog) -> Document:
    """The contract, its parts in the order of the standard."""
    contract = table.contract
    return {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": str(table.name),
        "name": str(table.name),
        "version": contract.version,
        "status": "deprecated" if contract.ends else "active",
        "domain": table.name.domain,
        "dataProduct": str(table.name),
        "description": _description(table),
        "servers": [server(table, Settings.model_fields["lake_root"].default)],
        "schema": [_schema(table, catalog)],
        "support": [_support(table)],
        "team": _team(table),
        "roles": [{"role": role, "access": "read"} for role in sorted(contract.readers)],
        "slaProperties": service_levels.of(table),
        "customProperties": [
            _custom("privacy", contract.privacy),
            _custom("kind", table.kind),
            _custom("readByOtherDomains", contract.published),
        ],
    }


def server(table: Table, root: str) -> Document:
    """Where the table lies: below the root of a lake, a folder or a bucket."""
    place = "/".join((root, *table.name))
    if "://" in root:
        return {"server": "lake", "type": root.partition(":")[0], "location": place}
    return {"server": "lake", "type": "local", "path": place, "format": "delta"}


def _custom(name: str, value: object) -> Document:
    return {"property": name, "value": value}


def _description(table: Table) -> Document:
    """What it is for, how it is made and what it is not for, as far as that is said."""
    about = (getattr(inspect.getmodule(table.rows), "__doc__", "") or "").strip()
    told = {
        "purpose": " ".join(filter(None, [about, table.contract.purpose])),
        "limitations": table.contract.limitations,
        "usage": (inspect.getdoc(table.build) or "") if isinstance(table, Built) else table.takes,
    }
    return {name: text for name, text in told.items() if text}


def _schema(table: Table, catalog: Catalog) -> Document:
    reads = [f"{name}: {extent_of(extent)}" for name, extent in table.reads.items()]
    return {
        "name": table.name.table,
        "physicalName": str(table.name),
        "physicalType": "table",
        "logicalType": "object",
        "description": inspect.getdoc(table.rows) or "",
        "dataGranularityDescription": " ".join(table.title.split()),
        "properties": properties(table),
        "quality": quality.of_rows(table, catalog),
        "customProperties": [_custom("madeFrom", reads)],
    }


def _support(table: Table) -> Document:
    support = table.contract.support
    if support is None:
        return {"channel": table.contract.owner}
    return {"channel": support.channel} | ({"url": support.url} if support.url else {})


def _team(table: Table) -> Document:
    owner, contact = table.contract.owner, table.contract.contact
    member = {"members": [{"username": contact, "role": "owner"}]} if contact else {}
    return {"name": owner, **member}
