"""The data dictionary: a page a domain, with every table and column as declared."""

from collections.abc import Iterator
from typing import Any

from mega_toys.declared.catalog import LAYERS, Catalog
from mega_toys.declared.columns import Accepted
from mega_toys.declared.dataset import LANDING
from mega_toys.declared.described import (
    extent_of,
    meanings_of,
    promised,
    type_of,
    unit_of,
    valid_in,
)
from mega_toys.declared.metric import Metric
from mega_toys.declared.metric_sql import how_it_adds_up
from mega_toys.declared.name import TableName
from mega_toys.declared.privacy import privacy_of
from mega_toys.declared.sent import Received
from mega_toys.declared.table import Bronze, Built, FromBronze, Table
from mega_toys.documentation.cell import cell
from mega_toys.documentation.lineage import of_domain

EVERYWHERE = {*Received.column_names(), *Accepted.column_names()}


def page(domain: str, about: str, catalog: Catalog) -> str:
    """All tables of a domain: its lineage, then gold, silver and bronze."""
    mine = [table for table in catalog if table.name.domain == domain]
    ordered = sorted(mine, key=lambda table: (-LAYERS.index(table.name.layer), table.name))
    lines = [f"# {domain}", "", about, *_lineage(domain, catalog)]
    for table in ordered:
        lines += ["", *_table(table, catalog)]
    for name, sql in catalog.views.items():
        if name.split(".")[0] == domain and name not in catalog.metrics:
            lines += ["", f"## {name}", "", "A view for SQL:", "", "```sql", sql.strip(), "```"]
    for name, metric in catalog.metrics.items():
        if name.split(".")[0] == domain:
            lines += ["", *_metric(name, metric)]
    return "\n".join(lines) + "\n"


def _metric(name: str, metric: Metric) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield f"A metric. {cell(metric.description)}"
    yield ""
    yield f"- **unit** {metric.unit}"
    yield f"- **over** `{metric.product}`: {_named(metric.measures)}"
    yield f"- **by** {_named(metric.all_dimensions)}"
    yield f"- **adds up?** {cell(how_it_adds_up(metric))}"
    yield f"- **owner** {metric.owner}"


def _lineage(domain: str, catalog: Catalog) -> list[str]:
    """The figure of a domain, where a transform reads anything."""
    has_one = any(table.reads for table in catalog if table.name.domain == domain)
    return ["", *of_domain(domain, catalog)] if has_one else []


def _table(table: Table, catalog: Catalog) -> Iterator[str]:
    contract = table.contract
    yield f"## {table.name}"
    yield ""
    yield cell(table.title)
    yield ""
    yield f"- **kind** {table.kind}: {table.takes}"
    yield f"- **key** {_named(table.key)}"
    yield (
        f"- **owner** {contract.owner}; **read by** {', '.join(sorted(contract.readers))}"
        f"{', other domains' if contract.published else ''}; **privacy** {contract.privacy}; "
        f"**fresh within** {promised(contract.expected_within)}"
    )
    yield from _contract(table)
    yield from _origin(table)
    yield from _promises(table)
    yield ""
    yield from _fields(table, catalog) if isinstance(table, Bronze) else _columns(table)


def _contract(table: Table) -> Iterator[str]:
    contract = table.contract
    if contract.purpose:
        yield f"- **for** {cell(contract.purpose)}"
    if contract.limitations:
        yield f"- **limits** {cell(contract.limitations)}"
    if contract.ends:
        yield f"- **ends** {contract.ends}"


def _named(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _origin(table: Table) -> Iterator[str]:
    if isinstance(table, Bronze):
        sent, name = table.dataset, table.name
        yield f"- **from** `{name.domain}/{name.table}` in the landing zone ({sent.source})"
        if sent.sequence:
            is_landing = sent.sequence == LANDING
            yield f"- **newest by** {'the landing' if is_landing else f'`{sent.sequence}`'}"
        if sent.business_time:
            yield f"- **business day** of {', else '.join(f'`{n}`' for n in sent.business_time)}"
    if isinstance(table, Built):
        reads = [f"`{name}` ({extent_of(extent)})" for name, extent in table.reads.items()]
        yield f"- **from** {', '.join(reads)}"
        yield f"- **how** {cell(table.build.__doc__ or '')}"


def _promises(table: Table) -> Iterator[str]:
    if isinstance(table, FromBronze):
        yield from _asks(table)
    for field, rows in table.refers.items():
        yield f"- **check** `{field}_is_in_{TableName.of(rows).table}` (warns)"
    for check in table.checks:
        effect = "blocks" if check.blocks else "warns"
        finds = f"`{check.finds.__name__}` ({effect}): {cell(check.finds.__doc__ or '')}"
        yield f"- **check** {finds}"


def _asks(table: FromBronze) -> Iterator[str]:
    """What the table asks of a record beside the fixed rules."""
    if table.known:
        known = [f"`{field}` in {TableName.of(rows)}" for field, rows in table.known.items()]
        yield f"- **known** {', '.join(known)}; until then a record waits in quarantine"
    for rule in table.rules:
        yield f"- **rule** `{rule.__name__}`: {cell(rule.__doc__ or '')}"


def _columns(table: Table) -> Iterator[str]:
    yield "| column | type | unit | privacy | meaning |"
    yield "|---|---|---|---|---|"
    privacy = privacy_of(table)
    for name, column in table.columns.items():
        if name not in EVERYWHERE:
            kind = type_of(column.dtype) + (", may be null" if column.nullable else "")
            unit, meaning = unit_of(name, column.dtype), cell(column.description or "")
            yield f"| `{name}` | {kind} | {unit} | {privacy[name]} | {meaning} |"


def _fields(table: Bronze, catalog: Catalog) -> Iterator[str]:
    meanings, columns, privacy = meanings_of(table, catalog), table.columns, privacy_of(table)
    yield "| field | sent as | valid | unit | privacy | meaning |"
    yield "|---|---|---|---|---|---|"
    for name, field in table.fields.items():
        sent = field.type + ("" if field.required else ", optional")
        unit, meaning = unit_of(name, columns[name].dtype), cell(meanings.get(name, ""))
        told = f"{cell(valid_in(field))} | {unit} | {privacy[name]} | {meaning}"
        yield f"| `{name}` | {sent} | {told} |"
