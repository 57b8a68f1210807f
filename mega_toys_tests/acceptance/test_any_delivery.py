"""Whatever is delivered, and in how many goes: the tables are those of the oracle."""

import shutil
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest

from mega_toys.lake.own.files import newest
from mega_toys_tests.acceptance.expected import differences, of_domains
from mega_toys_tests.lakes import Lake, copied, files_below
from mega_toys_tests.oracle import write_expected
from mega_toys_tests.oracle.deliveries import deliver
from mega_toys_tests.oracle.resends import resend

FIRST_DAYS = (date(2026, 3, 10), date(2026, 3, 27), date(2026, 3, 7))  # two clock changes
MANY = [2]
SEEDS = [1, *MANY]
TINY, LARGE = 300, 1_000_000


def delivered(folder: Path, seed: int) -> Path:
    """A landing zone with faults, and what the oracle makes of it beside it."""
    final = folder / "final"
    faults = (0.1, 0.01, 0.03)[seed % 3]
    first_day = FIRST_DAYS[seed % len(FIRST_DAYS)]
    days, scale = (4, 0.4) if seed in MANY else (2, 0.2)
    deliver(final, seed=seed, days=days, scale=scale, faults=faults, first_day=first_day)
    write_expected(final, folder / "oracle")
    of_domains(folder / "oracle", folder / "expected")
    return final


def agree(lake: Lake, folder: Path) -> None:
    """The tables of the lake are those of the oracle, and so are the files seen."""
    assert differences(folder / "expected", lake.export(folder / "result")) == []
    seen = newest(lake.store.scan("lake.files")).select("path", "status", "rows").collect()
    wanted = pl.read_parquet(folder / "oracle" / "lake.files_seen.parquet")
    assert seen.sort("path").rows() == wanted.select("path", "status", "rows").sort("path").rows()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_delivery_at_once_gives_what_the_oracle_says(seed: int, tmp_path: Path) -> None:
    final = delivered(tmp_path, seed)
    lake = Lake(tmp_path, rows_at_once=TINY if seed % 2 else LARGE)
    shutil.copytree(final, lake.landing, dirs_exist_ok=True)

    lake.refresh()

    agree(lake, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_order_goes_and_repetitions_make_no_difference(seed: int, tmp_path: Path) -> None:
    final, rng = delivered(tmp_path, seed), Random(seed)
    earlier = resend(final, seed=seed, share=0.3)
    replaced = set(files_below(earlier))
    paths = files_below(final)
    rng.shuffle(paths)
    goes = 3 if seed in MANY else 2
    lake = Lake(tmp_path)
    for go in range(goes):
        lake.rows_at_once = (TINY, LARGE)[go % 2]
        part = paths[go::goes]
        copied(earlier, lake.landing, [path for path in part if path in replaced])
        copied(final, lake.landing, [path for path in part if path not in replaced])
        if go:
            copied(final, lake.landing, [p for p in paths[go - 1 :: goes] if rng.random() < 0.5])
        lake.refresh()

    copied(final, lake.landing, paths)
    lake.refresh()

    agree(lake, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_versions_sent_first_leave_nothing_behind(seed: int, tmp_path: Path) -> None:
    final = delivered(tmp_path, seed)
    earlier = resend(final, seed=seed, share=0.5)
    lake = Lake(tmp_path)
    shutil.copytree(final, lake.landing, dirs_exist_ok=True)
    shutil.copytree(earlier, lake.landing, dirs_exist_ok=True)
    lake.refresh()

    shutil.copytree(final, lake.landing, dirs_exist_ok=True)
    lake.refresh()
    versions = lake.versions()
    lake.refresh()

    assert lake.versions() == versions
    agree(lake, tmp_path)
