"""What a confined query may be: a SELECT over the lake's tables, and functions of their values."""

import json
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

import duckdb

from mega_toys.declared.errors import QueryError
from mega_toys.lake.reading.by_name import kept

_TABLE_FUNCTIONS = frozenset(
    ["unnest", "generate_series", "range", "json_each", "json_tree", "repeat", "repeat_row"]
)
_OF_THE_PROCESS = frozenset(  # functions that tell of it, change it or hold it up
    [
        "current_setting",
        "getenv",
        "getvariable",
        "nextval",
        "currval",
        "pg_get_viewdef",
        "pg_sleep",
        "sleep_ms",
        "write_log",
    ]
)
_WAY_OUT = "`mega-toys query --unconfined` answers all of DuckDB's SQL."


def refuse_unconfined(
    query: str,
    tables: Collection[str],
    declared: Collection[str],
    retired: Collection[str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Raise QueryError where a query asks for anything but rows of these tables.

    What it may mean instead is one of those declared.
    """
    try:
        nodes = list(_nodes(_tree(query, connection)))
    except RecursionError:
        raise QueryError("The query is nested too deep.") from None
    named = {entry["key"].lower() for node in nodes for entry in _common_tables(node)}
    known = {table.lower() for table in tables}
    for node in nodes:
        if node.get("type") == "BASE_TABLE":
            path = [str(part) for part in node["qualified_name"]["path"]]
            if (name := ".".join(path).lower()) in retired:
                raise QueryError(kept(name))
            _refuse_table(path, named, known, declared)
        elif node.get("type") == "SHOW_REF" and node.get("table_name"):
            raise QueryError(f"SHOW answers only TABLES. {_WAY_OUT}")
        elif node.get("type") == "TABLE_FUNCTION":
            _refuse_function(node["function"], among=_TABLE_FUNCTIONS)
        elif node.get("class") == "FUNCTION" and _name(node) in _OF_THE_PROCESS:
            _refuse_function(node)


def _tree(query: str, connection: duckdb.DuckDBPyConnection) -> Any:
    ((serialized,),) = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    tree = json.loads(serialized)
    if tree["error"]:
        raise QueryError(f"Only a SELECT is answered. {_WAY_OUT}")
    return tree


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree of JSON."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _common_tables(node: dict[str, Any]) -> list[dict[str, Any]]:
    """What a WITH of the node names."""
    told = node.get("cte_map")
    return told["map"] if isinstance(told, dict) else []


def _refuse_table(
    path: list[str], named: Collection[str], known: Collection[str], declared: Collection[str]
) -> None:
    name = ".".join(path)
    if name.lower() in known or (
        len(path) == 1 and path[0].isidentifier() and name.lower() in named
    ):
        return
    near = get_close_matches(name.lower(), declared, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    raise QueryError(f"No table `{name}`.{hint} `mega-toys tables` lists all. {_WAY_OUT}")


def _refuse_function(node: dict[str, Any], among: Collection[str] = ()) -> None:
    if _name(node) not in among:
        raise QueryError(f"The function `{_name(node)}` reaches beyond the tables. {_WAY_OUT}")


def _name(node: dict[str, Any]) -> str:
    return str(node.get("function_name")).lower()
