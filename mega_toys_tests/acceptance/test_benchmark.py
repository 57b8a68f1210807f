"""The benchmarks: the peers come to the same, and what is told of the figures is what they are."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as all_of_them
from benchmarks import report
from benchmarks.stages import STAGES, stage_of

ROOT = Path(__file__).parents[2]
SMALL = ("--days", "3", "--scale", "0.002", "--rounds", "1")


@pytest.mark.slow
def test_plain_duckdb_and_plain_polars_come_to_the_same_tables_and_accounts() -> None:
    command = (sys.executable, "-m", "benchmarks.whole_job", *SMALL)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "÷ polars" in run.stdout


@pytest.mark.parametrize("pattern", STAGES)
def test_every_stage_is_one_of_modules_that_there_are(pattern: str) -> None:
    package = ROOT / "mega_toys"
    modules = [f"{path.relative_to(package)}".removesuffix(".py") for path in package.rglob("*.py")]

    assert any(re.match(pattern, module) for module in modules)


def test_what_a_stage_writes_is_told_apart_and_what_serves_all_is_no_stage() -> None:
    assert stage_of("lake/building/events", writes=False) == "reading bronze, placing"
    assert stage_of("lake/building/events", writes=True) == "writing silver"
    assert stage_of("lake/judging/winners", writes=True) == "deduplication"
    assert stage_of("lake/store/store", writes=True) is None


def test_without_what_draws_the_benchmarks_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(all_of_them, "find_spec", lambda name: None)

    with pytest.raises(SystemExit, match=r"mega_toys\[bench\]|\.\[bench\]"):
        all_of_them.main()


def test_the_page_tells_the_figures_that_were_noted(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / report.PLOTS).mkdir(parents=True)
    shutil.copy(ROOT / report.PAGE, tmp_path / report.PAGE)

    report.write(json.loads(all_of_them.FIGURES.read_text()), tmp_path)

    assert (tmp_path / report.PAGE).read_text() == (ROOT / report.PAGE).read_text()
    shown = re.findall(r"\]\((pictures/\S+\.svg)\)", (ROOT / report.PAGE).read_text())
    assert shown
    assert all((tmp_path / "docs" / one).stat().st_size < 50_000 for one in shown)
