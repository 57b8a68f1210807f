"""`mega-toys contract`: what it says, and how it ends."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mega_toys.command import cli, contract_group, terminal
from mega_toys_tests.contracts.takings import NAME, of, promising, takings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "contracts"


def declared(monkeypatch: pytest.MonkeyPatch, *tables: object) -> None:
    contracts = of(*tables)  # type: ignore[arg-type]
    monkeypatch.setattr(contract_group, "_current", lambda names=None: contracts)


def said(*words: str, code: int = 0) -> str:
    with terminal.console.capture() as captured:
        done = CliRunner().invoke(cli.app, ["contract", *words])
    assert done.exit_code == code, (done.output, done.exception)
    return captured.get() + done.output


def test_a_new_project_is_told_what_to_run_and_then_passes(folder: Path) -> None:
    told = said("check", code=1)
    assert "contracts has none of the" in told
    assert "Run `mega-toys contract export`" in told

    assert "contracts/" in said("export")
    assert "nothing to write" in said("export")
    assert re.search(r"\d+ contracts as declared, 0 of them released", said("check"))
    assert list(folder.glob("*.odcs.yaml"))


def test_what_breaks_is_told_by_check_and_diff(monkeypatch: pytest.MonkeyPatch) -> None:
    declared(monkeypatch, takings())
    said("export")
    assert f"{NAME} was not released yet" in said("diff", NAME)
    assert f"released {NAME} 1.0.0" in said("release", NAME)
    assert "All of it is released already" in said("release")
    assert "Nothing changed since the last release" in said("diff")

    declared(monkeypatch, takings(without="score", contract=promising(limitations="Few.")))
    said("export")
    told = said("diff")
    assert f"{NAME}: released 1.0.0, declared 1.0.0, asks 2.0.0" in told
    assert re.search(r"breaks +column removed: `score`", told)
    assert re.search(r"words +other words: `description`", told)
    assert "asks for version 2.0.0" in said("check", code=1)


def test_a_contract_is_handed_on_with_where_the_lake_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", "s3://lake/prod")
    table = next(iter(contract_group._current()))
    told = said("export", table)
    assert f"location: s3://lake/prod/{table.replace('.', '/')}" in told
    assert told.startswith("apiVersion: v3.1.0")


def test_a_table_without_a_contract_is_told_with_a_near_one() -> None:
    table = next(iter(contract_group._current()))
    done = CliRunner().invoke(cli.app, ["contract", "diff", f"{table}s"])
    assert f"Did you mean `{table}`?" in str(done.exception)
