"""Lineage as figures in Mermaid, read off the signatures of the transforms."""

from collections.abc import Iterable

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table


def of_domain(domain: str, catalog: Catalog) -> list[str]:
    """All tables of a domain, from its datasets on, and what it reads of others."""
    return _figure(table for table in catalog if table.name.domain == domain)


def of_products(catalog: Catalog) -> list[str]:
    """Gold, and what it is made from."""
    return _figure(table for table in catalog if table.name.layer == "gold")


def _figure(tables: Iterable[Table]) -> list[str]:
    """Arrows into the tables; a box a domain, its gold in another shape."""
    arrows = [(name, table.name) for table in tables for name in sorted(table.reads)]
    boxes: dict[str, list[TableName]] = {}
    for name in sorted({name for arrow in arrows for name in arrow}):
        boxes.setdefault(name.domain, []).append(name)
    lines = ["```mermaid", "flowchart LR"]
    for domain, names in boxes.items():
        lines += [f"  subgraph {domain}", *(f"    {_node(name)}" for name in names), "  end"]
    lines += [f"  {_id(source)} --> {_id(made)}" for source, made in arrows]
    return [*lines, "```"]


def _node(name: TableName) -> str:
    label = f"{name.layer}.{name.table}"
    return f"{_id(name)}([{label}])" if name.layer == "gold" else f"{_id(name)}[{label}]"


def _id(name: TableName) -> str:
    return "_".join(name)
