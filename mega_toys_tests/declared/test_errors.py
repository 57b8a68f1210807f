"""Errors name the culprit, the place and the way out."""

import re

from mega_toys.declared import errors
from mega_toys.declared.errors import (
    ColumnsError,
    LakeBusyError,
    MegaToysError,
    StoredSchemaError,
    UnknownTableError,
)


def family() -> set[str]:
    found, grown = set(), [MegaToysError]
    while grown:
        one = grown.pop()
        found.add(one.__name__)
        grown += [sub for sub in one.__subclasses__() if sub.__module__.startswith("mega_toys.")]
    return found


def test_the_tree_in_the_docstring_is_the_tree_there_is() -> None:
    drawn = set(re.findall(r"\b[A-Z]\w+Error\b", errors.__doc__ or ""))

    assert drawn == family()


def test_a_misspelt_table_is_answered_with_the_nearest_and_the_list() -> None:
    told = str(
        UnknownTableError("commerce.gold.daily_sale", ["commerce.gold.daily_sales", "a.b.c"])
    )

    assert "`commerce.gold.daily_sale`" in told
    assert "Did you mean `commerce.gold.daily_sales`?" in told
    assert "`mega-toys tables` lists all" in told
    assert "Did you mean" not in str(UnknownTableError("x", ["commerce.gold.daily_sales"]))


def test_wrong_columns_name_the_file_to_change() -> None:
    told = str(ColumnsError("commerce.gold.daily_sales", ["`net` is missing"]))

    assert "mega_toys/domains/commerce/gold/daily_sales.py" in told
    assert "`net` is missing" in told


def test_a_table_stored_otherwise_is_told_with_its_place_and_the_way_out() -> None:
    told = str(StoredSchemaError("a.b.c", "/lake/a/b/c", ["`x` is missing"], "Flee."))

    for part in ("a.b.c", "/lake/a/b/c", "`x` is missing", "Flee."):
        assert part in told


def test_a_busy_lake_is_told_with_what_to_do() -> None:
    told = str(LakeBusyError("/lake", 61.4))

    assert "/lake" in told
    assert "61 s" in told
    assert "Wait for it" in told
