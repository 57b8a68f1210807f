"""What breaks who reads a table is caught and named; what harms nobody passes."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from mega_toys.contracts import files
from mega_toys.contracts.gate import Problem, problems
from mega_toys.contracts.release import release
from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Support
from mega_toys.declared.errors import ContractError
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import Table
from mega_toys_tests.contracts.takings import (
    LATER,
    NAME,
    TODAY,
    nothing_is_wrong,
    of,
    promising,
    released,
    takings,
)

BREAKS: dict[str, tuple[str, Table]] = {
    "a column is removed": (
        "column removed: `score`",
        takings(
            without="score",
        ),
    ),
    "a column is renamed": (
        "column renamed: `score` to `scored`",
        takings(
            without="score",
            scored=lambda: dy.Int64(min=1, max=5, description="How well it sells, 1 to 5."),
        ),
    ),
    "a column is retyped": (
        'column retyped: `score` was "int", is "float"',
        takings(
            score=lambda: dy.Float64(min=1, max=5, description="How well it sells, 1 to 5."),
        ),
    ),
    "a column is made nullable": (
        "column made nullable: `taken_eur`",
        takings(
            taken_eur=lambda: columns.money(
                nullable=True, description="What the customers paid, EUR."
            ),
        ),
    ),
    "the key is changed": (
        'key changed: `key` was "article, till", is "till"',
        takings(
            article=lambda: dy.String(description="What was sold."),
        ),
    ),
    "an enumeration is widened": (
        "enumeration widened: `kind` by gift",
        takings(
            kind=lambda: columns.choice("sale", "return", "gift", description="sale or return."),
        ),
    ),
    "a rule of a column is loosened": (
        "rule loosened: `score` maximum was 5, is 9",
        takings(
            score=lambda: dy.Int64(min=1, max=9, description="How well it sells, 1 to 5."),
        ),
    ),
    "a check is gone": (
        "rule loosened: `nothing_is_wrong` is asked no longer",
        takings(
            checks=(),
        ),
    ),
    "a check warns where it blocked": (
        'rule loosened: `nothing_is_wrong` was "error", is "warning"',
        takings(
            checks=(Check(finds=nothing_is_wrong),),
        ),
    ),
    "a service level is loosened": (
        "service level loosened: `latency` was 26 h, is 48 h",
        takings(contract=promising(fresh_within=dt.timedelta(days=2))),
    ),
    "a privacy class is weakened": (
        'privacy class weakened: `customer` was "personal", is "internal"',
        takings(
            customer=lambda: dy.String(description="Name of the customer."),
        ),
    ),
    "a unit is changed": (
        'unit changed: `taken_kg` was "EUR", is "kg"',
        takings(
            without="taken_eur",
            taken_kg=lambda: columns.money(description="What the customers paid, EUR."),
        ),
    ),
    "a role is lost": (
        "role lost: `auditor` may not read it any longer",
        takings(contract=promising(readers=frozenset({"analyst"}))),
    ),
    "other domains may read it no longer": (
        "role lost: `other domains`",
        takings(contract=promising(published=False)),
    ),
    "the grain is changed": (
        'grain changed: `grain` was "One article at one till.", is "One till on one day."',
        takings(
            grain="One till on one day.",
        ),
    ),
    "a measure means something else": (
        "meaning changed: `taken_eur`",
        takings(
            taken_eur=lambda: columns.money(description="What the articles cost, EUR."),
        ),
    ),
}
HARMLESS: dict[str, tuple[str, Table]] = {
    "a column is added": (
        "1.1.0",
        takings(
            weight_kg=lambda: dy.Float64(description="Weight."), contract=promising(version="1.1.0")
        ),
    ),
    "a check is added": (
        "1.1.0",
        takings(
            checks=(Check(finds=nothing_is_wrong, blocks=True), Check(finds=released)),  # type: ignore[arg-type]
            contract=promising(version="1.1.0"),
        ),
    ),
    "a role is added": (
        "1.1.0",
        takings(
            contract=promising(
                version="1.1.0", readers=frozenset({"analyst", "auditor", "engineer"})
            )
        ),
    ),
    "news come sooner": (
        "1.1.0",
        takings(contract=promising(version="1.1.0", fresh_within=dt.timedelta(hours=2))),
    ),
    "an enumeration is narrowed": (
        "1.1.0",
        takings(
            kind=lambda: columns.choice("sale", description="sale or return."),
            contract=promising(version="1.1.0"),
        ),
    ),
    "a text is told in other words": (
        "1.0.0",
        takings(article=lambda: dy.String(primary_key=True, description="The article sold.")),
    ),
    "a measure is told with other commas": (
        "1.0.0",
        takings(taken_eur=lambda: columns.money(description="what the customers paid  (EUR)")),
    ),
    "somebody else owns it": (
        "1.0.0",
        takings(contract=promising(owner="other", support=Support(channel="#other"))),
    ),
    "it says what it is not for": (
        "1.0.0",
        takings(contract=promising(limitations="Not for the books.")),
    ),
}


def found(root: Path, *tables: Table, today: dt.date = TODAY) -> list[Problem]:
    contracts = of(*tables)
    list(files.write(contracts, root))
    return list(problems(contracts, root, today))


def versioned(table: Table, version: str) -> Table:
    """The table as another version."""
    return replace(table, contract=replace(table.contract, version=version))


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_a_consumer_is_caught_and_named(name: str, tmp_path: Path) -> None:
    told, changed = BREAKS[name]
    released(tmp_path, takings())

    (problem,) = found(tmp_path, changed)

    assert problem.table == NAME
    assert told in str(problem)
    assert "asks for version 2.0.0" in str(problem)
    assert "takings_v1.py" in str(problem)
    assert found(tmp_path, versioned(changed, "1.9.9"))


@pytest.mark.parametrize("name", BREAKS)
def test_it_passes_as_a_new_major_version_beside_the_former(name: str, tmp_path: Path) -> None:
    _, changed = BREAKS[name]
    released(tmp_path, takings())
    new = versioned(changed, "2.0.0")
    kept = takings(f"{NAME}_v1", contract=promising(ends=LATER))

    (problem,) = found(tmp_path, new)
    assert "2.0.0 takes the place of 1.0.0, which is published no longer" in str(problem)

    assert found(tmp_path, new, kept) == []
    list(release([NAME], of(new, kept), tmp_path, TODAY))
    assert sorted(files.releases(tmp_path)) == [NAME, f"{NAME}_v1"]
    assert found(tmp_path, new, kept) == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_harms_nobody_passes(name: str, tmp_path: Path) -> None:
    version, changed = HARMLESS[name]
    assert changed.contract.version == version
    released(tmp_path, takings())
    assert found(tmp_path, changed) == []


def test_what_is_added_asks_for_a_minor_version(tmp_path: Path) -> None:
    released(tmp_path, takings())
    more = {"weight_kg": lambda: dy.Float64(description="Weight.")}

    (problem,) = found(tmp_path, takings(**more))

    assert "column added: `weight_kg`" in str(problem)
    assert 'Say `version="1.1.0"`' in str(problem)
    assert "mega_toys/domains/shop/gold/takings.py" in str(problem)


def test_a_former_version_is_there_until_its_announced_end(tmp_path: Path) -> None:
    released(tmp_path, takings())
    new = takings(without="score", contract=promising(version="2.0.0"))
    kept = takings(f"{NAME}_v1", contract=promising(ends=LATER))
    released(tmp_path, new, kept)

    gone = found(tmp_path, new)

    assert "no file declares it any longer; its last day is 2027-02-26" in str(gone[-1])
    assert found(tmp_path, new, today=LATER + dt.timedelta(days=1)) == []


def test_a_former_version_keeps_its_promises_and_says_its_end(tmp_path: Path) -> None:
    released(tmp_path, takings())
    new = takings(without="score", contract=promising(version="2.0.0"))

    other = takings(f"{NAME}_v1", without="customer", contract=promising(ends=LATER))
    (broken,) = found(tmp_path, new, other)
    assert "does not keep its promises" in str(broken)
    assert "column removed: `customer`" in str(broken)

    (endless,) = found(tmp_path, new, takings(f"{NAME}_v1"))
    assert "says no end" in str(endless)


def test_a_table_that_was_released_does_not_vanish(tmp_path: Path) -> None:
    released(tmp_path, takings())
    (problem,) = found(tmp_path)
    assert "was released as 1.0.0, and no file declares it any longer" in str(problem)
    assert "no end of it was announced" in str(problem)


def test_other_words_of_a_measure_pass_once_a_person_confirms_them(tmp_path: Path) -> None:
    released(tmp_path, takings())
    words = {"taken_eur": lambda: columns.money(description="Paid by the customers, EUR.")}
    told = takings(contract=promising(version="1.0.1"), **words)

    (problem,) = found(tmp_path, told)
    assert f"mega-toys contract release {NAME} --confirm taken_eur" in str(problem)
    with pytest.raises(ContractError, match="meaning changed"):
        list(release([NAME], of(told), tmp_path, TODAY))
    with pytest.raises(ContractError, match="Of `score` nothing is to be confirmed"):
        list(release([NAME], of(told), tmp_path, TODAY, ["score"]))

    assert list(release([NAME], of(told), tmp_path, TODAY, ["taken_eur"])) == [f"{NAME} 1.0.1"]
    assert found(tmp_path, told) == []


def test_a_confirmation_opens_the_gate_for_nothing_else(tmp_path: Path) -> None:
    released(tmp_path, takings())
    words = {"taken_eur": lambda: columns.money(description="Paid by the customers, EUR.")}
    told = takings(without="score", contract=promising(version="1.0.1"), **words)
    found(tmp_path, told)
    with pytest.raises(ContractError, match="column removed: `score`"):
        list(release([NAME], of(told), tmp_path, TODAY, ["taken_eur"]))


def test_a_version_is_released_once(tmp_path: Path) -> None:
    released(tmp_path, takings())
    contracts = of(takings(contract=promising(limitations="Not for the books.")))
    list(files.write(contracts, tmp_path))
    with pytest.raises(ContractError, match=r'Raise the last number, `version="1\.0\.1"`'):
        list(release([NAME], contracts, tmp_path, TODAY))


def test_an_older_version_than_that_released_is_refused(tmp_path: Path) -> None:
    released(tmp_path, takings(contract=promising(version="1.2.0")))
    (problem,) = found(tmp_path, takings())
    assert "1.0.0 is older than 1.2.0" in str(problem)


def test_a_contract_that_is_missing_old_or_too_many_is_told_with_the_way_out(
    tmp_path: Path,
) -> None:
    contracts = of(takings())
    (none,) = problems(contracts, tmp_path, TODAY)
    assert "has none of the 1 contracts that tables declare" in str(none)
    assert "Run `mega-toys contract export`, and commit" in str(none)

    list(files.write(contracts, tmp_path))
    assert list(problems(contracts, tmp_path, TODAY)) == []
    (missing,) = problems(of(takings(), takings("shop.gold.more")), tmp_path, TODAY)
    assert "more.odcs.yaml, its contract, is missing" in str(missing)
    (old,) = problems(of(takings(without="score")), tmp_path, TODAY)
    assert "is not the contract that the table declares" in str(old)
    (many,) = problems({}, tmp_path, TODAY)
    assert "is of a table that no file declares" in str(many)


def test_a_released_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    released(tmp_path, takings())
    (path,) = tmp_path.glob("released/*/*")
    path.write_text("a: [")
    with pytest.raises(ContractError, match=r"1\.0\.0\.odcs\.yaml cannot be read as YAML"):
        found(tmp_path, takings())
    path.rename(path.with_name("new.odcs.yaml"))
    with pytest.raises(ContractError, match="'new' is no version"):
        found(tmp_path, takings())
