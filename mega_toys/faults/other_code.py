"""Code as it may have been yesterday: it asks for fields that today's lets be absent."""

import copy
from collections.abc import Iterable
from dataclasses import replace

import dataframely as dy

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Bronze


def asking_for(rules: Iterable[tuple[str, str]], catalog: Catalog) -> Catalog:
    """The tables, but for bronze tables of which a field must be there."""
    bronze = {str(table.name): table for table in catalog.bronze}
    other = {name: _with_required(bronze[name], field) for name, field in rules}
    return Catalog(other.get(str(table.name), table) for table in catalog)


def _with_required(table: Bronze, field: str) -> Bronze:
    columns = dict(table.rows.columns())
    column = columns[field] = copy.copy(columns[field])
    column.metadata = {"sent": replace(table.fields[field], required=True)}
    body = {"__module__": table.rows.__module__, "__doc__": table.rows.__doc__, **columns}
    return replace(table, rows=type(table.rows.__name__, (dy.Schema,), body))
