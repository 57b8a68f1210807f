"""Each guide, followed literally, leads where it says."""

from pathlib import Path

import pytest

from mega_toys_tests.guides.followed import ROOT, blocks, follow, project_in, ran

GUIDES = ROOT / "docs" / "guides"
LAKE = ".venv/bin/mega-toys simulate --days 2 --scale 0.001\n.venv/bin/mega-toys refresh"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project that has a lake, as after the demo."""
    project = project_in(tmp_path)
    ran(LAKE, project)
    return project


@pytest.mark.slow
@pytest.mark.parametrize(
    "guides", [["add_a_table"], ["add_a_source", "add_a_rule"], ["add_a_domain"]]
)
def test_a_guide_leads_where_it_says(guides: list[str], project: Path) -> None:
    for guide in guides:
        follow(GUIDES / f"{guide}.md", project)
    for check in ("ruff check .", "ruff format --check .", "mypy", "lint-imports"):
        ran(f".venv/bin/{check}", project)


def test_every_guide_is_followed_by_a_test() -> None:
    followed = {"add_a_table", "add_a_source", "add_a_rule", "add_a_domain", "own_company"}
    assert {page.stem for page in GUIDES.glob("*.md")} == {"README", *followed}
    assert all(list(blocks(GUIDES / f"{guide}.md")) for guide in followed)
