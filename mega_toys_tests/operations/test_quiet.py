"""A look that found nothing to do is not taken again while nothing says anything else."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mega_toys.lake.store.place import place_of
from mega_toys.operations import quiet
from mega_toys.operations.quiet import is_as_remembered, looks, remember
from mega_toys.settings import Settings

FILES = (
    "landing/shop/orders/2026-03-10/a.csv",
    "lake/shop/bronze/orders/_landed_on=2026-03-10/part-0.parquet",
    "lake/shop/bronze/orders/_delta_log/00000000000000000000.json",
    "lake/shop/bronze/orders/_delta_log/00000000000000000001.json",
    "lake/decisions.ndjson",
    "lake/warehouse.duckdb",
    "home/event_log.db",
    "home/dagster.yaml",
    "package/domains/shop.py",
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A landing zone, a lake, code and Dagster's home in which nothing was to do."""
    monkeypatch.setattr(quiet, "_PACKAGE", tmp_path / "package")
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))
    made = Settings(
        landing_root=tmp_path / "landing",
        lake_root=f"{tmp_path}/lake",
        dagster_home=tmp_path / "home",
    )
    remember(made, looks(made))
    return made


def put(folder: Path, name: str, text: str = "new") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def in_its_place(folder: Path, name: str) -> None:
    """Write a file over with another of the same size and date."""
    seen = (folder / name).stat()
    (folder / name).write_text("x" * seen.st_size)
    os.utime(folder / name, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def test_nothing_is_new_while_all_looks_as_it_did(settings: Settings) -> None:
    for _ in range(2):
        assert is_as_remembered(settings, looks(settings))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file landed": lambda at: put(at, "landing/shop/orders/2026-03-11/b.csv"),
    "one was sent again": lambda at: in_its_place(at, FILES[0]),
    "one was removed": lambda at: (at / FILES[0]).unlink(),
    "a table was written": lambda at: put(at, FILES[2].replace("000.json", "002.json")),
    "its newest commit was torn": lambda at: put(at, FILES[3], ""),
    "its newest commit was lost": lambda at: (at / FILES[3]).unlink(),
    "its data was removed": lambda at: (at / FILES[1]).unlink(),
    "its data was cut": lambda at: put(at, FILES[1], ""),
    "somebody decided": lambda at: put(at, FILES[4], "a decision"),
    "what BI reads is another": lambda at: put(at, FILES[5], "another"),
    "what BI reads was removed": lambda at: (at / FILES[5]).unlink(),
    "a run left events": lambda at: put(at, "home/event_log.db-wal"),
    "a refresh died in a file": lambda at: put(at, "lake/.being_read"),
    "Dagster keeps its events elsewhere": lambda at: put(at, FILES[7], "storage: elsewhere"),
    "the code is another": lambda at: in_its_place(at, FILES[8]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_is_looked_at(settings: Settings, tmp_path: Path, change: str) -> None:
    CHANGES[change](tmp_path)

    assert not is_as_remembered(settings, looks(settings))


def test_what_a_refresh_is_expected_to_cost_is_no_news(settings: Settings, tmp_path: Path) -> None:
    put(tmp_path, f"lake/{quiet.PREVIEW}")

    assert is_as_remembered(settings, looks(settings))


def test_another_setting_is_looked_at(settings: Settings) -> None:
    other = settings.model_copy(update={"memory_mb": 2000})

    assert not is_as_remembered(other, looks(other))


def test_another_day_is_looked_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)

    class Tomorrow(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return tomorrow

    monkeypatch.setattr(quiet.dt, "datetime", Tomorrow)

    assert not is_as_remembered(settings, looks(settings))


def test_another_library_is_looked_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "version", lambda library: "0")

    assert not is_as_remembered(settings, looks(settings))


@pytest.mark.parametrize(
    "other",
    [{"kill_at": "commit"}, {"step_log": Path("steps")}, {"dagster_home": Path("nowhere")},
     {"landing_root": place_of("nowhere")}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_told_is_looked_at(settings: Settings, other: dict[str, object]) -> None:
    assert looks(settings.model_copy(update=other)) is None


def test_a_lake_that_was_never_looked_at_is_looked_at(settings: Settings) -> None:
    Path(settings.lake_root, quiet.NAME).unlink()

    assert not is_as_remembered(settings, looks(settings))


def test_a_quiet_look_takes_in_nothing_heavy() -> None:
    looked = "import sys, mega_toys.operations.quiet; print(*sys.modules)"

    taken_in = subprocess.check_output([sys.executable, "-c", looked], text=True).split()

    assert not {"polars", "deltalake", "dagster", "dataframely", "duckdb"} & {*taken_in}
