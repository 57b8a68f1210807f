"""A table for people names its rows in full, whatever else must give way."""

import pytest
from rich.console import Console

from mega_toys.command.grids import Column, put

NAME = "manufacturing.silver.production_orders"
CHECK = "quantities_that_differ_from_the_production_orders"


def printed(width: int, *columns: Column) -> list[str]:
    console = Console(width=width)
    with console.capture() as captured:
        put(console, columns)
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_name_stays_on_its_line_and_a_long_word_beside_it_is_whole(width: int) -> None:
    table, days = Column("table", [NAME]), Column("days", ["2026-11-21…11-25"], spare=1)

    lines = printed(width, table, Column("is", [f"failed {CHECK}"], wraps=True), days)

    assert lines[2].startswith(NAME)
    assert CHECK in "".join(line[len(NAME) :].strip() for line in lines[2:])
    assert max(map(len, lines)) <= width


def test_the_column_most_easily_spared_is_left_out_first() -> None:
    one, two = Column("one", ["1" * 30], spare=1), Column("two", ["2" * 30], spare=2)

    narrow, wide = (printed(width, Column("table", [NAME]), one, two) for width in (80, 120))

    assert narrow[0].split() == ["table", "one"]
    assert narrow[-1] == "Left out, since the terminal is narrow: two."
    assert wide[0].split() == ["table", "one", "two"]
    assert "Left out" not in wide[-1]


def test_a_table_without_rows_has_its_headers() -> None:
    assert printed(80, Column("table", []))[0] == "table"
