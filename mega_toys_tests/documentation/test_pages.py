"""The pages made from the code are those that are committed."""

import re
from pathlib import Path

import polars as pl
import pytest

from mega_toys.command import cli
from mega_toys.declared import sent
from mega_toys.declared.described import type_of, unit_of, valid_in
from mega_toys.documentation import commands, index
from mega_toys.documentation.pages import DICTIONARY, made
from mega_toys.lake.reading.by_name import SYSTEM
from mega_toys_tests.lakes import DECLARED

ROOT = Path(__file__).parents[2]
PAGES = made(ROOT)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_committed_page_is_what_make_docs_makes(page: Path) -> None:
    assert (ROOT / page).read_text() == PAGES[page], "run `make docs` and commit"


def test_every_table_and_column_is_in_the_dictionary() -> None:
    for table in DECLARED:
        page = PAGES[DICTIONARY / f"{table.name.domain}.md"]
        section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
        own = {name for name in table.schema if not name.startswith("_")}
        assert own <= told, table.name
        assert f"**owner** {table.contract.owner}" in section


def test_every_column_of_the_lakes_own_tables_has_a_meaning() -> None:
    assert set(index.OWN) == set(SYSTEM)
    names = {name for _, schema in index.OWN.values() for name in schema}
    assert names <= set(index.MEANINGS)


@pytest.mark.parametrize(
    ("name", "dtype", "unit"),
    [
        ("vibration_mm_s_p95", pl.Float64(), "mm/s"),
        ("planned_run_time_per_item_s", pl.Float64(), "s"),
        ("net_sales_eur", pl.Decimal(18, 4), "EUR"),
        ("units_per_eur", pl.Float64(), "per EUR"),
        ("temperature_c_mean", pl.Float64(), "°C"),
        ("returned_units", pl.Int64(), "pieces"),
        ("days_of_supply", pl.Float64(), "days"),
        ("sessions", pl.Int64(), ""),
        ("c", pl.String(), ""),
    ],
)
def test_a_columns_name_says_its_unit(name: str, dtype: pl.DataType, unit: str) -> None:
    assert unit_of(name, dtype) == unit


def test_types_and_valid_values_are_said_in_words() -> None:
    assert type_of(pl.Datetime("us", "UTC")) == "timestamp (UTC)"
    assert type_of(pl.List(pl.String())) == "list of text"
    nested = sent.items(line_no=sent.whole(1), note=sent.text("a", "b", optional=True))
    said = sent.of(nested)
    assert said is not None
    assert valid_in(said) == "{line_no int (≥ 1), note? text (a, b)}"
    temperature = sent.of(sent.number(-40, 250))
    assert temperature is not None
    assert valid_in(temperature) == "-40 to 250"


def test_every_command_and_option_is_in_the_reference() -> None:
    page = commands.page(cli.app, "mega-toys")
    assert (
        "| `--changed-code` | Make anew what other code built, or has other columns. | `off` |"
        in page
    )
    assert "    mega-toys show TABLE [OPTIONS]" in page


def test_the_reference_tells_what_must_be_said_and_what_may_be_left_out() -> None:
    page = commands.page(cli.app, "mega-toys")

    assert "    mega-toys rebuild [TABLE] [OPTIONS]" in page
    assert "    mega-toys quarantine dismiss TABLE --why WHY [OPTIONS]" in page
    assert "| `--why` | Why they are to stay as they are. | required |" in page
