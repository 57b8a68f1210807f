"""The query of a check is a part of the contract: who changes what it looks for is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mega_toys.contracts.change import Weight
from mega_toys.contracts.compare import compare
from mega_toys.contracts.document import document
from mega_toys.lake.code import reached
from mega_toys.lake.code.query_version import query_version
from mega_toys_tests.lakes import DECLARED

SALES = "commerce.gold.daily_sales"
CACHED = (reached._module, reached._used, reached.text_of)


def forget() -> None:
    for one in CACHED:
        one.cache_clear()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The code of the domains in a folder, where it may be changed."""
    shutil.copytree(reached._ROOT / "domains", tmp_path / "domains")
    monkeypatch.setattr(reached, "_ROOT", tmp_path)
    forget()
    yield tmp_path / "domains" / "commerce" / "gold" / "daily_sales.py"
    forget()


def told(file: Path, before: str, after: str) -> list[tuple[str, str]]:
    """The changes of the contract when this is written in place of that."""
    old, text = document(DECLARED[SALES], DECLARED), file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    forget()
    changes = compare(old, document(DECLARED[SALES], DECLARED))
    assert {one.weight for one in changes} <= {Weight.ASKS}
    return [(one.kind, one.at) for one in changes]


def test_a_looser_query_is_to_be_confirmed(copied: Path) -> None:
    assert told(copied, "within=ONE_CENT", "within=100 * ONE_CENT") == [
        ("check changed", "euros_that_differ_from_the_order_lines")
    ]


def test_what_several_checks_use_changes_each_of_them(copied: Path) -> None:
    found = told(copied, 'pl.col("status") != "cancelled"', 'pl.col("status") == "paid"')

    assert ("check changed", "sales_without_exchange_rate") in found
    assert ("check changed", "counts_at_the_end_of_their_range") not in found


def test_other_words_and_columns_are_no_other_query(copied: Path) -> None:
    words = '"""Without a rate on or before the day, the amounts of these sales stay unknown."""'
    assert told(copied, words, '"""No rate, no amount."""  # so it is') == []
    assert told(copied, "Orders with the toy", "Carts with the toy") == []


def test_a_former_version_may_keep_its_checks_over_a_schema_of_its_own(copied: Path) -> None:
    table = DECLARED[SALES]
    before = [query_version(check, table) for check in table.checks]
    copied.write_text(copied.read_text().replace("DailySales", "DailySalesV1"))
    forget()

    rows = SimpleNamespace(__module__=table.rows.__module__, __name__="DailySalesV1")
    former = SimpleNamespace(rows=rows)
    assert [query_version(check, former) for check in table.checks] == before  # type: ignore[arg-type]
