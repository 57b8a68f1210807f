"""What a table says of itself, what its domain says for it, and what cannot be meant so."""

import sys
from collections.abc import Callable
from types import ModuleType

import polars as pl
import pytest

from mega_toys.declared import columns
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract, Support
from mega_toys.declared.domain import Domain
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.privacy import CLASSES, because_of, is_weaker, privacy_of
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import Table, WholeTable
from mega_toys.declared.valid_values import values_of

DOMAIN = Domain(owner="shop", contact="shop@example.com", support=Support(channel="#shop"))


def made() -> pl.LazyFrame:
    """Nothing."""
    return pl.LazyFrame()


def table(contract: Contract, **columns: dy.Column) -> Table:
    said = {"key": dy.String(primary_key=True), **columns}
    rows = type("Rows", (dy.Schema,), {"__module__": "company.shop.gold.takings", **said})
    return WholeTable(rows=rows, build=made, contract=contract)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("company.shop")
    module.DOMAIN = DOMAIN  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "company.shop", module)


@pytest.mark.usefixtures("shop")
def test_what_a_table_does_not_say_its_domain_says() -> None:
    told = table(Contract()).contract
    assert (told.owner, told.contact) == ("shop", "shop@example.com")
    assert told.support == Support(channel="#shop")
    assert told.readers == {"engineer", "analyst"}


@pytest.mark.usefixtures("shop")
def test_what_a_table_says_counts() -> None:
    told = table(Contract(owner="till", readers=frozenset({"auditor"}))).contract
    assert (told.owner, told.contact, told.readers) == ("till", "shop@example.com", {"auditor"})


@pytest.mark.parametrize(
    ("contract", "column", "told"),
    [
        (Contract(), dy.Int64, "names no owner: .*`DOMAIN = Domain"),
        (Contract(owner="a", version="1.0"), dy.Int64, "is of version '1.0': three numbers"),
        (Contract(owner="a", version="01.0.0"), dy.Int64, "three numbers"),
        (
            Contract(owner="a"),
            lambda: dy.String(metadata=columns.private("sensitive")),
            r"is internal and its column `more` sensitive: .*Contract\(privacy='sensitive'\)",
        ),
    ],
)
def test_what_cannot_be_promised_is_refused(
    contract: Contract, column: Callable[[], dy.Column], told: str
) -> None:
    with pytest.raises(DeclarationError, match=told):
        Catalog([table(contract, more=column())])


def test_a_class_is_weaker_than_those_after_it() -> None:
    for place, one in enumerate(CLASSES):
        assert [is_weaker(one, other) for other in CLASSES] == [
            place < CLASSES.index(other) for other in CLASSES
        ]


def test_a_column_says_its_class_and_why_it_may_be_weaker() -> None:
    told = table(
        Contract(owner="a"),
        more=dy.Int64(metadata={"privacy": "public", "because": "a count of thousands"}),
    )
    assert privacy_of(told) == {"key": "internal", "more": "public"}
    assert because_of(told) == {"more": "a count of thousands"}


def test_a_choice_is_one_of_its_values_and_can_be_sampled() -> None:
    made_up = type("Rows", (dy.Schema,), {"kind": columns.choice("a.b", "c", nullable=True)})
    assert set(made_up.sample(50)["kind"]) <= {"a.b", "c", None}
    told = table(Contract(owner="a"), kind=columns.choice("a.b", "c"))
    assert values_of(told)["kind"].choices == ("a.b", "c")


@pytest.mark.parametrize(
    ("column", "right", "wrong"),
    [
        (dy.Int64(min=1, max=3), [1, 3, None], [0, 4]),
        (dy.Float64(min_exclusive=0, max_exclusive=1), [0.5], [0.0, 1.0]),
        (dy.Int64(is_in=[1, 5]), [1, 5, None], [2]),
        (dy.String(max_length=2), ["ab", "äö"], ["abc"]),
        (dy.String(regex="^a"), ["ab"], ["ba"]),
        (columns.choice("a", "b"), ["a", None], ["A", ""]),
    ],
)
def test_other_values_than_declared_are_told(
    column: dy.Column, right: list[object], wrong: list[object]
) -> None:
    valid = values_of(table(Contract(owner="a"), more=column))["more"]
    rows = pl.DataFrame({"more": [*right, *wrong]}, schema={"more": column.dtype})
    assert rows.filter(valid.wrong(pl.col("more")))["more"].to_list() == wrong
