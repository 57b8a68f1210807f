"""What counts as other code than that which built a table: what makes its rows, and no more."""

import ast
import dataclasses
import datetime as dt
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mega_toys.declared import sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.window import Window
from mega_toys.domains.manufacturing.bronze.machine_telemetry import ReceivedTelemetry
from mega_toys.ingestion.decoding import fitted
from mega_toys.ingestion.formats import binary_records, csv_records, json_records, text
from mega_toys.lake.building import current, versions
from mega_toys.lake.code import cache, hashing, reached
from mega_toys.lake.code.hashing import code_version
from mega_toys.lake.fields import fit, texts, valid
from mega_toys.lake.judging import judge, winners
from mega_toys.operations.rebuild import built_by_other_code, forget_changed
from mega_toys_tests.lakes import DECLARED, Lake, needed_for

BRONZE = "manufacturing.bronze.machine_telemetry"
READINGS = "manufacturing.silver.machine_readings"
SOURCE = '''
"""A module."""
from mega_toys.other import shared

LIMIT = 3
UNUSED = 4


def rows(frame):
    """Rows."""
    return shared(frame).head(LIMIT)


def check(frame):
    return frame.filter(False)
'''


class Hotter(ReceivedTelemetry):
    """The same, but that hotter machines are valid."""

    temperature_c = sent.number(-40, 400, optional=True)


Hotter.__module__ = ReceivedTelemetry.__module__


def with_hotter(catalog: Catalog) -> Catalog:
    changed = dataclasses.replace(catalog[BRONZE], rows=Hotter)
    return Catalog(changed if str(table.name) == BRONZE else table for table in catalog)


def test_another_rule_of_a_bronze_field_is_other_code_of_the_silver_table_alone() -> None:
    hotter = with_hotter(DECLARED)

    changed = {
        str(t.name)
        for t in DECLARED
        if code_version(t, DECLARED) != code_version(hotter[t.name], hotter)
    }

    assert changed == {READINGS}


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("commerce.silver.web_events", {"window": Window(after=None)}),
        ("commerce.silver.orders", {"first_day": dt.date(1990, 1, 1)}),
    ],
)
def test_which_days_are_taken_is_code_of_the_table(name: str, declared: dict[str, Any]) -> None:
    table = DECLARED[name]

    changed = dataclasses.replace(table, **declared)

    assert code_version(changed, DECLARED) != code_version(table, DECLARED)


@pytest.mark.slow
def test_a_changed_rule_is_known_and_applied_to_what_is_there(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(READINGS))
    told = {"updated_at": "2026-03-01T00:00:00Z", "factory_id": "F"}
    place = {"name": "n", "country": "de", "time_zone": "UTC", "currency": "eur"}
    machine = {"machine_id": "M", "line_id": "L", "model": "m", "commissioned_on": "2026-03-01"}
    lake.send("manufacturing/factories/2026-03-10/a.ndjson", told | place)
    lake.send("manufacturing/machines/2026-03-10/a.ndjson", told | machine)
    at = {"ts": "2026-03-10T07:00:00Z", "status": "idle", "temperature_c": 300}
    reading = {"event_id": "E", "factory_id": "F", "machine_id": "M"}
    lake.send("manufacturing/machine_telemetry/2026-03-10/a.ndjson", reading | at)
    lake.refresh()
    assert lake.rows(READINGS).is_empty()

    changed = Lake(tmp_path, with_hotter(lake.catalog))
    assert [str(t.name) for t in built_by_other_code(changed.work())] == [READINGS]
    forget_changed(changed.work(), changed.zone)
    changed.refresh()

    assert changed.rows(READINGS)["temperature_c"].to_list() == [300]
    assert built_by_other_code(changed.work()) == []


@pytest.mark.parametrize("table", list(DECLARED), ids=lambda table: str(table.name))
def test_checks_are_no_reason_to_build_rows(table: hashing.Table) -> None:
    checks = {(one.finds.__module__, one.finds.__name__) for one in table.checks}

    assert not checks & set(hashing._defined(table))


@pytest.mark.parametrize(
    ("table", "used"),
    [
        (READINGS, [judge.Judge, valid.stored, fit.fit, winners.events]),
        ("commerce.silver.orders", [winners.current, current.take]),
        ("finance.silver.exchange_rates", [winners.reference, versions.take]),
        (BRONZE, [fit.fit, texts.instant]),
    ],
)
def test_the_code_that_judges_and_fits_counts(table: str, used: list[Any]) -> None:
    found = set(hashing._defined(DECLARED[table]))

    assert {(one.__module__, one.__name__) for one in used} <= found


def test_every_module_that_is_named_is_there() -> None:
    names = [*hashing._JUDGES, *hashing._BUILDS.values(), *hashing._READS]

    assert all(map(importlib.util.find_spec, hashing._PLUMBING))
    assert all(pkgutil.resolve_name(name) for name in names)


def test_every_reader_of_a_format_counts_for_bronze() -> None:
    found = {module for module, _ in hashing._defined(DECLARED[BRONZE])}

    readers = (fitted, csv_records, json_records, binary_records, text)
    assert {reader.__name__ for reader in readers} <= found


@pytest.fixture
def defined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """What is reached from `rows` in a package of two modules of these sources."""
    monkeypatch.setattr(reached, "_ROOT", tmp_path)
    cached = (reached._module, reached._used, reached.text_of)

    def of(source: str, other: str = "def shared(x):\n    return x\n") -> object:
        (tmp_path / "one.py").write_text(source)
        (tmp_path / "other.py").write_text(other)
        for function in cached:
            function.cache_clear()
        return reached.reached([("mega_toys.one", "rows")], lambda module: False)

    yield of
    for function in cached:
        function.cache_clear()


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ("LIMIT = 3", "LIMIT = 4", True),
        (".head(LIMIT)", ".tail(LIMIT)", True),
        ("LIMIT = 3", "LIMIT = 3  # three", False),
        ('"""Rows."""', '"""Other words."""', False),
        ('    """Rows."""\n', "", False),
        ("UNUSED = 4", "UNUSED = 5", False),
        ("filter(False)", "filter(True)", False),
        ("\n\ndef rows", "\n\n\n\ndef rows", False),
    ],
)
def test_only_what_makes_rows_counts(
    defined: Callable[..., object], old: str, new: str, differs: bool
) -> None:
    assert (defined(SOURCE) != defined(SOURCE.replace(old, new))) == differs


def test_what_another_module_defines_counts(defined: Callable[..., object]) -> None:
    before = defined(SOURCE)

    assert defined(SOURCE, "def shared(x):\n    return x + 1\n") != before
    assert defined(SOURCE, "def shared(x):\n    return x\n\n\nOTHER = 1\n") == before


def test_what_another_version_of_python_adds_and_leaves_empty_does_not_count(
    monkeypatch: pytest.MonkeyPatch, defined: Callable[..., object]
) -> None:
    before = defined(SOURCE)

    monkeypatch.setattr(ast.FunctionDef, "_fields", (*ast.FunctionDef._fields, "newer"))
    monkeypatch.setattr(ast.FunctionDef, "newer", [], raising=False)

    assert defined(SOURCE) == before


def test_a_definition_that_moved_to_another_module_makes_the_same_rows(
    monkeypatch: pytest.MonkeyPatch, defined: Callable[..., object], tmp_path: Path
) -> None:
    def version(of: str) -> str:
        found = defined(SOURCE.replace("mega_toys.other", of))
        monkeypatch.setattr(hashing, "_defined", lambda table: found)
        return hashing._hash_of_definitions(DECLARED[BRONZE])

    (tmp_path / "moved.py").write_text("def shared(x):\n    return x\n")

    before = version("mega_toys.other")
    assert version("mega_toys.moved") == before
    (tmp_path / "moved.py").write_text("def shared(x):\n    return x + 1\n")
    assert version("mega_toys.moved") != before


def test_a_description_says_nothing_of_rows(defined: Callable[..., object]) -> None:
    source = "rows = column(description={}, nullable={})\n"

    assert defined(source.format("'a'", True)) == defined(source.format("'b'", True))
    assert defined(source.format("'a'", True)) != defined(source.format("'a'", False))


@pytest.fixture
def hashes() -> Iterator[cache.Remembered]:
    """Some that no other test has, or is left with."""
    yield cache.Remembered("some_versions")
    cache._known.cache_clear()
    cache._sources.cache_clear()


def test_hashes_are_kept_as_long_as_no_source_file_changes(
    hashes: cache.Remembered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_FOLDER", tmp_path)
    monkeypatch.setattr(cache, "_ROOT", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)

    def known() -> str | None:
        cache._known.cache_clear()
        cache._sources.cache_clear()
        return hashes.known().get("a")

    (tmp_path / "one.py").write_text("ONE = 1\n")
    assert known() is None
    hashes.keep({"a": "h"})
    assert known() == "h"
    (tmp_path / "some_versions.json").write_text("torn")
    assert known() is None
    hashes.keep({"a": "h"})
    (tmp_path / "one.py").write_text("ONE = 2\n")
    assert known() is None


def test_where_python_writes_no_cache_hashes_are_kept_in_that_of_the_user(
    hashes: cache.Remembered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_FOLDER", tmp_path / "code")
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))

    hashes.keep({"a": "h"})

    cache._known.cache_clear()
    assert hashes.known() == {"a": "h"}
    assert [path.name for path in tmp_path.rglob("*.*")] == ["some_versions.json"]
    assert not (tmp_path / "code").exists()


def test_hashes_that_can_be_kept_nowhere_are_made_anew(
    hashes: cache.Remembered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    hashes.keep({"a": "h"})

    cache._known.cache_clear()
    assert hashes.known() == {}
