"""The SQL that computes a metric: rows of its product, its measures, then its formula."""

from collections.abc import Iterable, Sequence

from mega_toys.declared.metric import TIMES, Balance, Distinct, Measure, Metric


def sql_of(name: str, metric: Metric, by: Sequence[str] = (), where: str = "") -> str:
    """The query of a metric by some of its dimensions, of the rows that a condition allows.

    The condition is SQL over the dimensions. Rows come in the order of the dimensions.
    """
    return "\n".join(
        [
            f"SELECT {_listed([*map(_quoted, by), f'{_figure(metric)} AS {_quoted(name)}'])}",
            f"FROM ({_measured(metric, by, where)})",
            *([f"ORDER BY {_listed(map(_quoted, by))}"] if by else []),
        ]
    )


def view_of(name: str, metric: Metric) -> str:
    """A view of a metric: by all of its dimensions, with its measures to be summed further."""
    finest = [one for one in metric.all_dimensions if one not in TIMES[1:]]
    figure = [] if name in metric.measures else [f"{_figure(metric)} AS {_quoted(name)}"]
    columns = [*map(_quoted, finest), *map(_quoted, metric.measures), *figure]
    about = f"-- {metric.description} Unit: {metric.unit}. {how_it_adds_up(metric)}"
    return f"{about}\nSELECT {_listed(columns)}\nFROM ({_measured(metric, finest, '')})"


def how_it_adds_up(metric: Metric) -> str:
    """Whether figures of parts may be summed, in a sentence."""
    if metric.additive:
        return "It adds up."
    if metric.formula:
        return f"It does not add up: it is {metric.formula} of all rows asked for."
    if any(isinstance(one, Distinct) for one in metric.measures.values()):
        return "It does not add up: what is in two parts counts once."
    return "It adds up, but not over days: of a period its last day counts."


def _figure(metric: Metric) -> str:
    """The SQL of the figure; null where there is nothing to divide by."""
    if not metric.formula:
        return _quoted(metric.value)
    return f"CASE WHEN isfinite(({metric.formula})::DOUBLE) THEN {metric.formula} END"


def _measured(metric: Metric, by: Sequence[str], where: str) -> str:
    """The measures of each group."""
    taken = [f"{_taken(one, name)} AS {_quoted(name)}" for name, one in metric.measures.items()]
    columns = _listed([*map(_quoted, by), *taken])
    grouped = f"\nGROUP BY {_listed(map(_quoted, by))}" if by else ""
    return f"SELECT {columns}\nFROM ({_rows(metric, by, where)}){grouped}"


def _taken(measure: Measure, name: str) -> str:
    if isinstance(measure, Distinct):
        return f"count(DISTINCT {_of(name)})"
    return f"CASE WHEN count({_of(name)}) = count(*) THEN sum({_of(name)}) END"


def _rows(metric: Metric, by: Sequence[str], where: str) -> str:
    """The rows of the product as the metric sees them: dimensions, and a value a measure."""
    balances = [name for name, one in metric.measures.items() if isinstance(one, Balance)]
    every = metric.all_dimensions if where else {*by, *(["day"] if balances else [])}
    seen = [
        f"{sql} AS {_quoted(one)}" for one, sql in metric.all_dimensions.items() if one in every
    ]
    values = [f"{_value(one)} AS {_of(n)}" for n, one in metric.measures.items()]
    rows = f"SELECT {_listed([*seen, *values])}\nFROM {metric.product}"
    if where:
        rows = f"SELECT * FROM ({rows})\nWHERE (\n{where}\n)"  # noqa: S608, asked where only the lake can be read
    if not balances:
        return rows
    ends = f"day = max(day) OVER ({_periods(by)})"
    at_end = [f"CASE WHEN {ends} THEN {c} ELSE 0 END AS {c}" for c in map(_of, balances)]
    return f"SELECT * REPLACE ({_listed(at_end)})\nFROM ({rows})"


def _value(measure: Measure) -> str:
    """What a row counts: nothing where it does not count."""
    if measure.where == "true":
        return measure.of
    other = "" if isinstance(measure, Distinct) else " ELSE 0"
    return f"CASE WHEN {measure.where} THEN {measure.of}{other} END"


def _periods(by: Sequence[str]) -> str:
    periods = [_quoted(one) for one in by if one in TIMES]
    return f"PARTITION BY {_listed(periods)}" if periods else ""


def _of(name: str) -> str:
    return _quoted(f"of {name}")


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
