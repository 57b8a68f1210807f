"""The worked example of the specification comes out equal."""

from pathlib import Path

import pytest

from mega_toys_tests.acceptance.expected import EXAMPLE, differences, of_domains
from mega_toys_tests.lakes import Lake, copied, files_below

ALL = files_below(EXAMPLE / "landing")
RESENT = files_below(EXAMPLE / "resent_first")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_domains(EXAMPLE / "expected", tmp_path_factory.mktemp("expected"))


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("once"))
    copied(EXAMPLE / "landing", lake.landing, ALL)
    lake.refresh()
    return lake


def test_the_example_comes_out_equal(refreshed: Lake, expected: Path, tmp_path: Path) -> None:
    assert differences(expected, refreshed.export(tmp_path)) == []


@pytest.mark.slow
def test_a_refresh_without_news_leaves_every_version_as_it_is(refreshed: Lake) -> None:
    before = refreshed.versions()

    refreshed.refresh()
    Lake(refreshed.folder).refresh()

    assert refreshed.versions() == before


@pytest.mark.slow
def test_files_sent_again_replace_what_they_gave_before(expected: Path, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    copied(EXAMPLE / "landing", lake.landing, ALL)
    copied(EXAMPLE / "resent_first", lake.landing, RESENT)
    lake.refresh()

    copied(EXAMPLE / "landing", lake.landing, RESENT)
    lake.refresh()

    assert differences(expected, lake.export(tmp_path / "out")) == []


@pytest.mark.slow
def test_the_days_may_arrive_one_by_one_also_in_reverse(expected: Path, tmp_path: Path) -> None:
    lake, days = Lake(tmp_path / "lake"), sorted({p.parts[2] for p in ALL if len(p.parts) > 3})
    half = len(days) // 2
    for number, day in enumerate([*reversed(days[:half]), *days[half:]]):
        lake.rows_at_once = (300, 1_000_000)[number % 2]
        copied(EXAMPLE / "landing", lake.landing, [p for p in ALL if p.parts[2:3] == (day,)])
        lake.refresh()

    assert differences(expected, lake.export(tmp_path / "out")) == []
