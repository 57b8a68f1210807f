"""A small table whose declaration the tests change, and its contract."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.contracts import files
from mega_toys.contracts.document import Document, document
from mega_toys.contracts.release import release
from mega_toys.declared import columns
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import Table, WholeTable

TODAY = dt.date(2026, 11, 28)
LATER = TODAY + dt.timedelta(days=90)
NAME = "shop.gold.takings"
NOTHING = Catalog([])
COLUMNS: dict[str, Callable[[], dy.Column]] = {
    "till": lambda: dy.String(primary_key=True, description="The till."),
    "article": lambda: dy.String(primary_key=True, description="What was sold."),
    "kind": lambda: columns.choice("sale", "return", description="sale or return."),
    "taken_eur": lambda: columns.money(description="What the customers paid, EUR."),
    "score": lambda: dy.Int64(min=1, max=5, description="How well it sells, 1 to 5."),
    "customer": lambda: dy.String(
        metadata=columns.private("personal"), description="Name of the customer."
    ),
}
CONTRACT = Contract(
    owner="shop", published=True, privacy="personal", readers=frozenset({"analyst", "auditor"})
)


def nothing_is_wrong() -> pl.LazyFrame:
    """No till is broken."""
    return pl.LazyFrame()


def takings(
    name: str = NAME,
    grain: str = "One article at one till.",
    checks: tuple[Check, ...] = (Check(finds=nothing_is_wrong, blocks=True),),
    without: str = "",
    contract: Contract = CONTRACT,
    **changed: Any,
) -> Table:
    """The table, with some columns of another kind, or further ones."""
    said = {**COLUMNS, **changed}
    made = {one: column() for one, column in said.items() if one != without}
    rows = type("Takings", (dy.Schema,), {"__doc__": grain, "__module__": f"x.{name}", **made})
    return WholeTable(rows=rows, build=nothing_is_wrong, contract=contract, checks=checks)


def promising(**told: Any) -> Contract:
    """The contract, with other promises."""
    return replace(CONTRACT, **told)


def of(*tables: Table) -> dict[str, Document]:
    """The contracts of some tables."""
    return {str(table.name): document(table, NOTHING) for table in tables}


def released(root: Path, *tables: Table) -> None:
    """Their contracts, written and released."""
    contracts = of(*tables)
    list(files.write(contracts, root))
    list(release(contracts, contracts, root, TODAY))
