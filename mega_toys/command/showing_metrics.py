"""What the command prints of metrics."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import yaml
from rich.console import Console
from rich.markup import escape

from mega_toys.command import showing
from mega_toys.command.terminal import errors
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError
from mega_toys.declared.metric_sql import how_it_adds_up
from mega_toys.declared.semantic_model import semantic_model
from mega_toys.declared.words import counted
from mega_toys.lake.reading.metrics import named
from mega_toys.lake.reading.reader import Reader

_MOST = 1_000  # rows on a terminal


def all_of(console: Console, metrics: pl.DataFrame) -> None:
    """Every metric with its dimensions; where there is none, how to declare one."""
    if not metrics.height:
        console.print("No metric is declared: docs/guides/add_a_metric.md says how.")
        return
    showing.frame(console, metrics, metrics.height)


def figures(console: Console, lake: Reader, name: str, by: Sequence[str], where: str) -> None:
    """The figures of a metric; what they mean goes to the errors, so that it can be piped."""
    whole, metric = named(name, lake.catalog)
    found = lake.metric(whole, by, where)
    errors.print(f"{whole} in {metric.unit}. {metric.description} {how_it_adds_up(metric)}",
        style="dim", markup=False, highlight=False)  # fmt: skip
    showing.frame(console, found, _MOST if console.is_terminal else found.height)


def exported(console: Console, catalog: Catalog, path: Path) -> None:
    """Write all metrics for other tools."""
    model = semantic_model(__package__.partition(".")[0], catalog)
    try:
        path.write_text(yaml.safe_dump(model, sort_keys=False, allow_unicode=True, width=100))
    except OSError as error:
        raise LakeError(f"{path} cannot be written: {error.strerror}") from None
    many = counted(len(catalog.metrics), "metric")
    console.print(f"{many} written to {escape(str(path))}")
