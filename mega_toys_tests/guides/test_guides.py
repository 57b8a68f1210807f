"""Each guide, followed literally, leads where it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from mega_toys_tests.guides.followed import ROOT, blocks, follow, project_in, ran, set_up

GUIDES = ROOT / "docs" / "guides"
LAKE = ".venv/bin/mega-toys simulate --days 2 --scale 0.001\n.venv/bin/mega-toys refresh"

OWN_GUIDES = (
    "add_a_table", "add_a_source", "partner_file", "add_a_rule", "add_a_metric", "add_a_domain",
    "quarantine",
)  # fmt: skip
TOY_WORDS = (
    r"mega.?(awesome.?)?toys|\btoys?\b|commerce|manufacturing|\bshel(f|ves)\b|"
    "daily_sales|trace_steps"
)


@pytest.mark.slow
def test_the_guides_lead_where_they_say(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    ran(LAKE, project)
    for guide in (
        "add_a_table", "add_a_source", "add_a_rule", "add_a_metric", "add_a_domain",
        "release_a_contract",
    ):  # fmt: skip
        follow(GUIDES / f"{guide}.md", project)
    for check in ("ruff check .", "ruff format --check .", "lint-imports"):
        ran(f".venv/bin/{check}", project)


@pytest.mark.slow
def test_a_company_of_ones_own_is_whole_and_takes_in_a_delivery(tmp_path: Path) -> None:
    project, own = project_in(tmp_path), tmp_path / "acme"

    def set_up_once_there() -> None:
        if own.exists() and not (own / ".venv").exists():
            set_up(own, "acme")

    follow(GUIDES / "own_company.md", project, set_up_once_there)
    left = subprocess.run(["grep", "-rliE", TOY_WORDS, own, "--include=*.md", "--include=*.py"],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert left.stdout == ""

    guides = own / "docs" / "guides"
    assert {page.stem for page in guides.glob("*.md")} == {"README", *OWN_GUIDES}
    for guide in OWN_GUIDES:
        follow(guides / f"{guide}.md", own)
    for check in ("ruff check .", "ruff format --check .", "lint-imports"):
        ran(f".venv/bin/{check}", own)


@pytest.mark.parametrize("name", ["abc", "polars", "class", "My-Company"])
def test_a_name_that_python_knows_already_is_refused(name: str, tmp_path: Path) -> None:
    script, target = ROOT / "scripts" / "start_own_company.py", tmp_path / "target"

    done = subprocess.run([sys.executable, script, name, target],
        capture_output=True, text=True, check=False)  # fmt: skip

    assert done.returncode == 1
    assert f"`{name}`" in done.stderr
    assert not target.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["brickworks_of_the_north", "brix"])
def test_a_company_may_have_a_long_or_a_short_name(name: str, tmp_path: Path) -> None:
    project, own = project_in(tmp_path), tmp_path / name

    ran(f".venv/bin/python scripts/start_own_company.py {name} ../{name}", project)

    set_up(own, name)
    for check in ("ruff check .", "ruff format --check .", "lint-imports"):
        ran(f".venv/bin/{check}", own)
    ran(f".venv/bin/python -m pytest -q -n 0 {name}_tests/domains", own)


@pytest.mark.slow
def test_the_readme_and_then_operating_it_lead_where_they_say(tmp_path: Path) -> None:
    project = project_in(tmp_path)

    follow(ROOT / "README.md", project)
    again = ran(".venv/bin/mega-toys demo", project)
    assert "Nothing new" in again
    assert max(map(len, again.splitlines())) <= 100
    follow(ROOT / "docs" / "operate.md", project)
    ran(".venv/bin/mega-toys simulate --days 1", project)  # the restored zone is still its own


def test_every_page_with_commands_is_followed_by_a_test() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    told = {page.stem for page in pages if {"sh", "python"} & {kind for kind, _ in blocks(page)}}
    guides = {"add_a_table", "add_a_source", "add_a_rule", "add_a_domain", "own_company"}
    guides |= {"partner_file", "add_a_metric", "release_a_contract"}
    elsewhere = {"quarantine", "connect_a_database"}  # tests of their rooms follow them
    assert told == {"README", "operate", *guides, *elsewhere}
