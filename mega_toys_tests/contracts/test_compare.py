"""What is told of two contracts: nothing of the same, something of any others, nothing twice."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mega_toys.domains
from mega_toys.contracts import files
from mega_toys.contracts.change import Weight, needed, same_words
from mega_toys.contracts.compare import compare
from mega_toys.contracts.versions import Version
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.errors import ContractError
from mega_toys_tests.contracts.takings import of, takings

CONTRACTS = list(files.current(tables_in(mega_toys.domains)).values())
OF_ITSELF = ("id", "name", "version", "dataProduct", "servers", "apiVersion", "kind")
Path = tuple[str | int, ...]


def leaves(part: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all values inside a contract."""
    inside = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in inside:
        if isinstance(value, (dict, list)):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


@st.composite
def changed(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """A contract, the same with one value changed or gone, and where."""
    before = draw(st.sampled_from(CONTRACTS))
    places = [
        place
        for place in leaves(before)
        if place[0] not in OF_ITSELF and place not in (("schema", 0, "name"),)
    ]
    path = draw(st.sampled_from([p for p in places if p[-1] != "physicalName"]))
    after = copy.deepcopy(before)
    part = after
    for key in path[:-1]:
        part = part[key]  # type: ignore[index]
    value = part[path[-1]]  # type: ignore[index]
    part[path[-1]] = not value if isinstance(value, bool) else _other(value)  # type: ignore[index]
    return before, after, path


def _other(value: object) -> object:
    return value + 1 if isinstance(value, (int, float)) else f"{value}x"


@given(changed())
def test_whatever_is_changed_is_told(made: tuple[dict[str, Any], dict[str, Any], Path]) -> None:
    before, after, path = made
    assert compare(before, after), path


@given(st.sampled_from(CONTRACTS))
def test_of_the_same_contract_nothing_is_told(contract: dict[str, Any]) -> None:
    assert compare(contract, copy.deepcopy(contract)) == []


@given(st.sampled_from(CONTRACTS), st.data())
def test_a_column_that_goes_breaks_and_one_that_comes_adds(
    contract: dict[str, Any], data: st.DataObject
) -> None:
    columns = contract["schema"][0]["properties"]
    free = [at for at, one in enumerate(columns) if not one.get("primaryKey")]
    at = data.draw(st.sampled_from(free))
    less = copy.deepcopy(contract)
    gone = less["schema"][0]["properties"].pop(at)

    (removed,), (added,) = compare(contract, less), compare(less, contract)

    assert (removed.weight, removed.at) == (Weight.BREAKS, gone["name"])
    assert (added.weight, added.at) == (Weight.ADDS, gone["name"])


def test_the_contract_of_a_table_of_another_name_promises_the_same() -> None:
    (one,), (other,) = of(takings()).values(), of(takings("shop.gold.takings_v1")).values()
    assert compare(one, other) == []


def test_a_version_is_raised_by_its_heaviest_change() -> None:
    (contract,) = of(takings()).values()
    less = of(takings(without="score"))["shop.gold.takings"]
    before = Version(1, 4, 2)
    assert needed(before, compare(contract, less)) == (2, 0, 0)
    assert needed(before, compare(less, contract)) == (1, 5, 0)
    assert needed(before, []) == before


@pytest.mark.parametrize("text", ["1.0", "1.0.0.0", "01.0.0", "v1.0.0", "", "1.0.x"])
def test_what_is_no_version_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ContractError, match=r"here.*three numbers"):
        Version.parse(text, "here")


def test_signs_and_case_make_no_other_words_but_those_of_formulas_do() -> None:
    assert same_words("Net value, EUR.", "net  value (EUR)")
    assert not same_words("Net − cost", "Net + cost")
    assert not same_words("a / b", "a b")
