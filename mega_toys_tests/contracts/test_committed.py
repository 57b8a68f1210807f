"""The committed contracts are those that the tables declare."""

import datetime as dt
from pathlib import Path

import mega_toys.domains
from mega_toys.contracts import files
from mega_toys.contracts.gate import problems
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.privacy import CLASSES

CONTRACTS = files.current(tables_in(mega_toys.domains))
ROOT = Path(__file__).parents[2] / "contracts"


def test_every_committed_contract_is_as_declared_and_breaks_nobody() -> None:
    found = list(problems(CONTRACTS, ROOT, dt.datetime.now(dt.UTC).date()))
    assert not found, "\n".join(map(str, found))


def test_a_contract_says_all_that_a_consumer_asks() -> None:
    for contract in CONTRACTS.values():
        (schema,) = contract["schema"]
        assert contract["description"]["purpose"]
        assert contract["team"]["name"]
        assert contract["support"]
        assert contract["roles"]
        assert {level["property"] for level in contract["slaProperties"]} >= {
            "latency", "retention", "timeTravel", "history",
        }  # fmt: skip
        assert any(column.get("primaryKey") for column in schema["properties"])
        for column in schema["properties"]:
            assert column["description"], f"{contract['id']}.{column['name']}"
            assert column["classification"] in CLASSES


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    list(files.write(CONTRACTS, tmp_path))
    for name, contract in CONTRACTS.items():
        assert files.read(files.path_of(name, tmp_path)) == contract


def test_a_second_export_writes_nothing_and_removes_what_is_gone(tmp_path: Path) -> None:
    list(files.write(CONTRACTS, tmp_path))
    assert not list(files.write(CONTRACTS, tmp_path))
    name, *_ = CONTRACTS
    left = {other: contract for other, contract in CONTRACTS.items() if other != name}
    assert list(files.write(left, tmp_path)) == [files.path_of(name, tmp_path)]
    assert not files.path_of(name, tmp_path).exists()
