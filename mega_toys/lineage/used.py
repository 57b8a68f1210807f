"""What else reads columns than tables: checks, rules of silver, metrics and views."""

import re
from collections.abc import Iterator

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LineageError
from mega_toys.declared.extents import reads_of
from mega_toys.lake.reading.views import made_of
from mega_toys.lineage import transforms
from mega_toys.lineage.origins import Source

_WORD = re.compile(r"[A-Za-z_]\w*")


def users(catalog: Catalog) -> dict[Source, list[str]]:
    """All that reads a column, in words, by the column.

    Of views and metrics, which are SQL, those that name a column of a table that they are made of.
    """
    found: dict[Source, list[str]] = {}
    for source, user in (*_checks(catalog), *_rules(catalog), *_metrics(catalog), *_views(catalog)):
        named = found.setdefault(source, [])
        if user not in named:
            named.append(user)
    return found


def _checks(catalog: Catalog) -> Iterator[tuple[Source, str]]:
    for table in catalog:
        for check in table.checks:
            user = f"check {check.finds.__name__} of {table.name}"
            inputs = {
                name: transforms.given(str(read.table), catalog[read.table].schema)
                for name, read in reads_of(check.finds).items()
            }
            try:
                told = list(transforms.read(check.finds, inputs).told.values())
            except LineageError:  # it may collect its inputs: what it reads of them nobody sees
                told = [one for frame in inputs.values() for one in frame.told.values()]
                user = f"{user}, perhaps"
            yield from ((one, user) for one in sorted({one for each in told for one in each.all}))


def _rules(catalog: Catalog) -> Iterator[tuple[Source, str]]:
    for table in catalog.from_bronze:
        for rule in table.rules:
            for name in rule().meta.root_names():
                if name in catalog.bronze_of(table).fields:
                    yield Source(str(table.bronze), name), f"rule {rule.__name__} of {table.name}"


def _metrics(catalog: Catalog) -> Iterator[tuple[Source, str]]:
    for name, metric in catalog.metrics.items():
        measured = (part for one in metric.measures.values() for part in (one.of, one.where))
        sql = " ".join((*measured, *metric.all_dimensions.values()))
        yield from _named(sql, [metric.product], catalog, f"metric {name}")


def _views(catalog: Catalog) -> Iterator[tuple[Source, str]]:
    for name, sql in catalog.views.items():
        if name in catalog.metrics:  # which is a view as well
            continue
        yield from _named(sql, made_of(name, catalog), catalog, f"view {name}")


def _named(
    sql: str, tables: list[str], catalog: Catalog, user: str
) -> Iterator[tuple[Source, str]]:
    words = set(_WORD.findall(sql))
    for table in catalog:
        if str(table.name) in tables:
            yield from (
                (Source(str(table.name), name), user) for name in table.schema if name in words
            )
