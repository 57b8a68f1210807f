"""What a check found of a table stands no longer once what it read beside it has changed."""

from pathlib import Path

import pytest

from mega_toys.lake.checks import counted_otherwise, noted, to_look_at
from mega_toys.lake.quarantined import quality
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations import quarantine
from mega_toys.operations.refresh import check_table
from mega_toys_tests.lake.checks.test_references import EVENT, EVENTS, PRODUCT
from mega_toys_tests.lakes import Lake, needed_for

PRODUCTS, SKU = "commerce/products/2026-03-10/a.ndjson", "sku_is_in_products"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path, needed_for(EVENTS))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT | {"sku": "S1"})
    return lake


def warned(lake: Lake) -> set[str]:
    return set(noted(lake.catalog[EVENTS], lake.work()).warned)


def test_a_key_that_comes_later_takes_the_warning_back_without_news_of_the_table(
    lake: Lake,
) -> None:
    lake.refresh()
    assert warned(lake) == {SKU}

    lake.send(PRODUCTS, PRODUCT)
    lake.refresh()

    assert warned(lake) == set()
    assert not to_look_at(lake.catalog[EVENTS], lake.work())


def test_a_key_that_goes_later_is_warned_of_without_news_of_the_table(lake: Lake) -> None:
    lake.send(PRODUCTS, PRODUCT)
    lake.refresh()
    assert warned(lake) == set()

    lake.send(PRODUCTS, PRODUCT | {"sku": "S2"})
    lake.refresh()

    assert warned(lake) == {SKU}


@pytest.mark.slow
def test_keys_that_come_beside_make_nothing_that_passed_be_read_again(lake: Lake) -> None:
    lake.send(PRODUCTS, PRODUCT)
    lake.refresh()

    lake.send(PRODUCTS.replace("a.", "b."), PRODUCT | {"sku": "S2"})
    (found,) = (one for one in lake.refresh()[EVENTS].checks if one.name == SKU)

    assert (found.passed, found.numbers["rows_looked_at"]) == (True, 0)


def test_records_that_are_dismissed_are_warned_of_no_longer_once_they_are_counted(
    lake: Lake,
) -> None:
    lake.send("commerce/web_events/2026-03-10/b.ndjson", EVENT | {"ts": "2026-03-10 never"})
    lake.refresh()
    quality.build(lake.work())
    assert "rules_hold" in warned(lake)
    assert counted_otherwise(lake.work()) == []

    quarantine.dismiss(lake.work(), Choice(), EVENTS, "somebody", "a test of theirs")
    lake.refresh()
    quality.build(lake.work())

    (table,) = counted_otherwise(lake.work())
    check_table(table, lake.work(), everything=False)
    assert "rules_hold" not in warned(lake)
    assert counted_otherwise(lake.work()) == []
