"""What holds of the lineage of every table, whatever tables there are."""

import pytest

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.table import Bronze, Table
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.weakened import weakened

LINEAGE = Lineage(tables_in(domains))


@pytest.mark.parametrize("table", list(LINEAGE.catalog), ids=lambda table: str(table.name))
def test_the_lineage_of_every_column_is_known(table: Table) -> None:
    found = LINEAGE.of(table)

    assert list(found) == list(table.schema)
    assert isinstance(table, Bronze) or any(origins.values for origins in found.values())


def test_every_source_is_a_column_of_a_table_that_there_is() -> None:
    declared = {str(table.name): table.schema for table in LINEAGE.catalog}
    declared |= {name: LINEAGE.named(name) for name in LINEAGE.catalog.views}
    quarantines = {str(table.quarantine) for table in LINEAGE.catalog.from_bronze}

    for made, origins in LINEAGE.every.items():
        for source in origins.values | origins.rows.keys():
            there = declared.get(source.frame, ())
            is_own = source.frame in quarantines or source.frame.startswith("lake.")
            assert source.column in there or is_own, (made, source)


def test_no_column_is_of_a_weaker_class_than_its_sources_without_a_reason() -> None:
    assert [str(one) for one in weakened(LINEAGE)] == []
