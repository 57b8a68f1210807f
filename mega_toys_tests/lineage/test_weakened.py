"""A class of privacy that becomes weaker on the way is found, and a reason is heard."""

from dataclasses import replace
from typing import Any

import pytest

from mega_toys.declared import columns
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.schemas import dy
from mega_toys.domains.commerce.silver.customers import TABLE as CUSTOMERS
from mega_toys.domains.commerce.silver.customers import Customers
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.weakened import weakened
from mega_toys_tests.lakes import DECLARED


def _passed_on_as(metadata: dict[str, Any]) -> list[str]:
    """What is found where silver declares the e-mail address of customers so."""

    class Leaky(Customers):
        email = dy.String(metadata=metadata)

    Leaky.__module__ = Customers.__module__
    other = replace(CUSTOMERS, rows=Leaky)
    tables = [other if table.name == CUSTOMERS.name else table for table in DECLARED]
    catalog = Catalog(table for table in tables if table.name.domain != "lake")
    return [str(one) for one in weakened(Lineage(catalog))]


@pytest.mark.parametrize("privacy", ["public", "internal", "confidential"])
def test_a_personal_column_passed_on_as_less_is_found_and_named(privacy: Any) -> None:
    (told,) = _passed_on_as(columns.private(privacy))

    assert f"commerce.silver.customers.email is {privacy}, and its values come from" in told
    assert "commerce.bronze.customers.email, which is personal" in told


def test_a_column_that_declares_no_class_is_found_as_well() -> None:
    assert len(_passed_on_as({})) == 1


@pytest.mark.parametrize("privacy", ["personal"])
def test_the_same_class_or_a_stricter_one_is_right(privacy: Any) -> None:
    assert _passed_on_as(columns.private(privacy)) == []


def test_a_reason_is_heard() -> None:
    assert _passed_on_as(columns.weakened("internal", because="hashed with a key")) == []
