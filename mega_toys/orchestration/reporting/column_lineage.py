"""What the columns of a table come from, as Dagster tells it; read off the code once a change."""

import dagster as dg

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Bronze, Table
from mega_toys.lake.code.cache import Remembered
from mega_toys.lake.code.hashing import code_version

_READ = Remembered("column_lineage")
_NAMED = 12  # sources in a sentence; `mega-toys lineage` names all
Sources = list[tuple[str, str]]  # tables and columns
Told = dict[str, Sources] | str  # of each column its sources, or why it is not known


def column_lineage(table: Table, catalog: Catalog) -> dict[str, dg.TableColumnLineage | str]:
    """The metadata: of each column the columns of assets that its values come from.

    Of a table whose code tells no lineage the reason, so that its page says it.
    """
    told = sources(table, catalog)
    if isinstance(told, str):
        return {"column lineage": told}
    deps = {
        column: [dg.TableColumnDep(dg.AssetKey(name.split(".")), source) for name, source in of]
        for column, of in told.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)} if deps else {}


def made_from(table: Table, catalog: Catalog) -> dict[str, str]:
    """In a sentence what the values of each column come from: the pages draw no lines to it."""
    told = sources(table, catalog)
    return {} if isinstance(told, str) else {name: _said(of) for name, of in told.items() if of}


def both(meaning: str | None, made_of: str | None) -> str | None:
    """What a column means, and what it comes from; none where nothing is known of either."""
    return " ".join(filter(None, [meaning, made_of])) or None


def _said(of: Sources) -> str:
    names = ", ".join(".".join(source) for source in of)
    return f"From {names if len(of) <= _NAMED else f'{len(of)} columns'}."


def sources(table: Table, catalog: Catalog) -> Told:
    """The sources of the values of each column, or why they are not known; none of bronze."""
    if isinstance(table, Bronze):
        return {}
    key = f"{table.name} {code_version(table, catalog)}"
    if key not in _READ.known():
        _READ.keep({key: _sources(table, catalog)})
    told: Told = _READ.known()[key]
    return told


def _sources(table: Table, catalog: Catalog) -> Told:
    """The sources that are tables of the catalog; what the lake keeps of itself is no asset."""
    from mega_toys.declared.errors import LineageError
    from mega_toys.lineage.graph import Lineage  # not where it is known already

    assets = {str(one.name) for one in catalog}
    try:
        found = Lineage(catalog).of(table)
    except LineageError as error:
        return str(error)
    return {
        column: [(one.frame, one.column) for one in sorted(origins.values) if one.frame in assets]
        for column, origins in found.items()
    }
