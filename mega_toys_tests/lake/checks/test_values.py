"""What a contract says of values holds in the lake, whoever wrote them."""

from pathlib import Path

import pytest

from mega_toys.declared.table import Bronze
from mega_toys.declared.valid_values import values_of
from mega_toys.lake.checks import declared
from mega_toys_tests.lake.checks.checked import (
    ELEVENTH,
    RATES,
    TENTH,
    lake_of_rates,
    repeated,
    result,
)
from mega_toys_tests.lakes import DECLARED, Lake

VALUES = "values_are_as_declared"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_of_rates(tmp_path)


def test_what_a_refresh_wrote_has_declared_values(lake: Lake) -> None:
    assert result(lake, RATES, VALUES).passed


@pytest.mark.parametrize(
    ("column", "value"), [("units_per_eur", 0.0), ("currency", "yen"), ("currency", "")]
)
def test_another_value_fails_with_its_column(lake: Lake, column: str, value: object) -> None:
    repeated(lake, RATES, day=TENTH, **{column: value})

    found = result(lake, RATES, VALUES, TENTH)

    assert (found.passed, found.blocks, found.rows) == (False, True, 1)
    assert found.examples[0]["column"] == column
    assert found.examples[0][column] == value
    assert result(lake, RATES, VALUES, ELEVENTH).rows == 0


def test_a_table_has_the_check_where_it_declares_values() -> None:
    for table in DECLARED:
        has = VALUES in {check.name for check in declared(table)}
        assert has == (not isinstance(table, Bronze) and bool(values_of(table))), table.name
