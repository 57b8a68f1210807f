"""What the tables' declarations have in common."""

import polars as pl
import pytest

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.columns import Versioned
from mega_toys.declared.extents import Changed, reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import (
    Bronze,
    Built,
    ByBusinessDay,
    Counted,
    FromBronze,
    Table,
    WholeTable,
)
from mega_toys.lake.fields.valid import stored_type

TABLES = tables_in(domains)
BY_NAME = {table.name: table for table in TABLES}
CLASSES = ("public", "internal", "confidential", "personal")
GIVEN = {  # what a kind gives a transform beside the fields
    "day": pl.Date(),
    "_local": pl.Datetime("us"),
    "_file": pl.String(),
    "_row": pl.Int64(),
    "_landed_on": pl.Date(),
    "_ingested_at": pl.Datetime("us", "UTC"),
}
ADDED = {name for name in Versioned.column_names() if name.startswith(("valid_", "is_"))}


def every_table(*kinds: type[Table]) -> pytest.MarkDecorator:
    chosen = [table for table in TABLES if not kinds or isinstance(table, kinds)]
    return pytest.mark.parametrize("table", chosen, ids=lambda table: str(table.name))


@every_table(FromBronze)
def test_records_accepted_have_the_columns_that_silver_declares(table: FromBronze) -> None:
    received = TABLES.bronze_of(table)
    typed = {name: stored_type(field) for name, field in received.fields.items()}
    with_days = isinstance(table, ByBusinessDay)
    given = {name: dtype for name, dtype in GIVEN.items() if name != "day" or with_days}

    kept = table.build(pl.LazyFrame(schema={**given, **typed})).collect_schema()

    declared = {name: dtype for name, dtype in table.schema.items() if name not in ADDED}
    assert declared == {name: kept.get(name) for name in declared}


@every_table()
def test_a_contract_has_the_strictest_privacy_of_its_columns(table: Table) -> None:
    columns = table.rows.columns().values()
    classes = {(column.metadata or {}).get("privacy", "internal") for column in columns}
    strictest = max(classes, key=CLASSES.index)

    if isinstance(table, Bronze):  # its vocabulary marks personal fields only
        assert CLASSES.index(table.contract.privacy) >= CLASSES.index(strictest)
    else:
        assert table.contract.privacy == strictest


@every_table()
def test_another_domain_reads_only_what_is_published(table: Table) -> None:
    transforms = [table.build] if isinstance(table, Built) else []
    transforms += [table.update] if isinstance(table, WholeTable) and table.update else []
    transforms += [check.finds for check in table.checks]
    read = [one.table for transform in transforms for one in reads_of(transform).values()]
    referred = [TableName.of(rows) for rows in table.refers.values()]
    foreign = [
        name for name in (*read, *table.reads, *referred) if name.domain != table.name.domain
    ]

    assert all(BY_NAME[name].contract.published for name in foreign)


@every_table(WholeTable)
def test_an_update_reads_what_changed_in_every_input_of_its_build(table: WholeTable) -> None:
    if table.update is None:
        return
    reads = reads_of(table.update).values()
    changed = {read.table for read in reads if isinstance(read.extent, Changed)}
    assert changed == set(table.reads)
    assert {read.table for read in reads} <= {*table.reads, table.name}


@every_table()
def test_a_table_says_what_a_row_means_and_what_identifies_it(table: Table) -> None:
    assert table.title
    assert table.key


@every_table(Built, Counted)
def test_every_column_is_described(table: Table) -> None:
    silent = {name for name, column in table.rows.columns().items() if not column.description}

    assert not silent
