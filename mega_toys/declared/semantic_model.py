"""The metrics as a model of Open Semantic Interchange (now Apache Ossie), for other tools."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.metric import Balance, Distinct, Measure, Metric
from mega_toys.declared.metric_sql import how_it_adds_up

VERSION = "0.2.0.dev0"  # of the core specification


def semantic_model(name: str, catalog: Catalog) -> dict[str, Any]:
    """The model of all metrics: a data set for each of their products, with its dimensions."""
    metrics = dict(sorted(catalog.metrics.items()))
    products = dict.fromkeys(one.product for one in metrics.values())
    return {
        "version": VERSION,
        "semantic_model": [
            {
                "name": name,
                "datasets": [_dataset(product, metrics.values(), catalog) for product in products],
                "metrics": [_metric(_unique(one, metrics), two) for one, two in metrics.items()],
            }
        ],
    }


def _unique(name: str, among: Iterable[str]) -> str:
    """The last part of a name, with its domain's where another one has the same."""
    same = [other for other in among if _short(other) == _short(name)]
    return _short(name) if len(same) == 1 else f"{name.partition('.')[0]}_{_short(name)}"


def _dataset(product: str, metrics: Iterable[Metric], catalog: Catalog) -> dict[str, Any]:
    mine = [metric for metric in metrics if metric.product == product]
    fields = {name: sql for metric in mine for name, sql in metric.all_dimensions.items()}
    table = None if product in catalog.views else catalog[product]
    keyed = {"primary_key": table.key, "description": table.title} if table else {}
    return {
        "name": _short(product),
        "source": product,
        **keyed,
        "fields": [_field(name, sql) for name, sql in fields.items()],
    }


def _field(name: str, sql: str) -> dict[str, Any]:
    is_time = sql == "day" or sql.startswith("date_trunc(")
    return {"name": name, "expression": _expression(sql), "dimension": {"is_time": is_time}}


def _metric(name: str, metric: Metric) -> dict[str, Any]:
    told = {"additive": metric.additive, "owner": metric.owner, "unit": metric.unit}
    of_the_last_day = [n for n, one in metric.measures.items() if isinstance(one, Balance)]
    return {
        "name": name,
        "expression": _expression(_figure(metric)),
        "description": f"{metric.description} Unit: {metric.unit}. {how_it_adds_up(metric)}",
        "custom_extensions": [
            {
                "vendor_name": "COMMON",
                "data": json.dumps(told | {"measures_of_the_last_day": of_the_last_day}),
            }
        ],
    }


def _figure(metric: Metric) -> str:
    """The formula with each measure as an aggregate; nothing is divided by zero."""
    taken = {name: _aggregate(one, metric) for name, one in metric.measures.items()}
    formula = re.sub(r"/ (\w+|\([^()]*\))", r"/ NULLIF(\1, 0)", metric.formula or metric.value)
    return _with_names(formula, taken)


def _aggregate(measure: Measure, metric: Metric) -> str:
    names = {name: f"{_short(metric.product)}.{name}" for name in _columns(metric)}
    value, where = _with_names(measure.of, names), _with_names(measure.where, names)
    other = "" if isinstance(measure, Distinct) else " ELSE 0"
    if measure.where != "true":
        value = f"CASE WHEN {where} THEN {value}{other} END"
    return f"COUNT(DISTINCT {value})" if isinstance(measure, Distinct) else f"SUM({value})"


def _columns(metric: Metric) -> set[str]:
    """The columns that a metric names; of a view those that it is asked by, or sums."""
    if not isinstance(metric.over, str):
        return {*metric.over.column_names()}
    summed = {one.of for one in metric.measures.values() if one.of.isidentifier()}
    return summed | {*metric.dimensions.values()}


def _with_names(sql: str, names: Mapping[str, str]) -> str:
    """The SQL with some of its names replaced; what is quoted stays."""
    parts = re.split(r"('[^']*')", sql)
    return "".join(
        part if at % 2 else re.sub(r"\w+", lambda word: names.get(word[0], word[0]), part)
        for at, part in enumerate(parts)
    )


def _expression(sql: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}


def _short(name: str) -> str:
    return name.rpartition(".")[2]
