"""The docs promise nothing that is not there, and lack nothing that is."""

import ast
import dataclasses
import re
from pathlib import Path

import dataframely as dy
import pytest
from typer.main import get_command

from mega_toys import definitions
from mega_toys.command import cli
from mega_toys.declared import sent
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.table import Current, Events, FromBronze, History, Reference
from mega_toys.settings import PREFIX, DomainSettings, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> set[str]:
    return set(getattr(get_command(cli.app), "commands", {}))


def test_the_readme_has_every_setting_with_its_default() -> None:
    rows = dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (.+?) \|", README, re.MULTILINE))
    fields = {name: field for name, field in Settings.model_fields.items() if name != "sources"}
    assert set(rows) == {f"{PREFIX}{name.upper()}" for name in fields}
    assert f"| `{PREFIX}SOURCE_<SYSTEM>` |" in README
    assert f"`{PREFIX}SOURCE_<SYSTEM>_PASSWORD_FILE`" in README
    for name, field in fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        assert rows[f"{PREFIX}{name.upper()}"] == default


def test_a_page_has_every_setting_of_a_domain_with_its_default() -> None:
    told = "\n".join(page.read_text() for page in PAGES)
    for model in DomainSettings.__subclasses__():
        for name, field in model.model_fields.items():
            assert f"| `{PREFIX}{name.upper()}` | `{field.default}` |" in told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?<!\.)mega-toys (\w+)", page.read_text()))
    assert named <= commands(), named - commands()
    rules = "\n".join(file.read_text() for file in (ROOT / "Makefile", *ROOT.glob("*.mk")))
    targets = set(re.findall(r"^(\w[\w-]*):", rules, re.MULTILINE))
    made = set(re.findall(r"`make ([a-z-]+)`", page.read_text()))
    assert made <= targets, made - targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    for link in links:
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_the_jobs_sensors_and_schedules_that_operate_names_are_there() -> None:
    text = (ROOT / "docs" / "operate.md").read_text()
    assert definitions.defs.jobs is not None
    jobs = {job.name for job in definitions.defs.jobs}
    for name in ("rebuild_table", "rebuild_from_landing", "check_everything", "build_catalog"):
        assert name in jobs
        assert name in text
    for name in ("hourly_refresh", "stale_catalog", "nightly_checks", "weekly_maintenance"):
        assert name in text


def test_the_guide_to_a_source_has_every_type_of_field_and_every_part_of_a_dataset() -> None:
    guide = (ROOT / "docs" / "guides" / "add_a_source.md").read_text()
    made = {name for name, one in vars(sent).items() if _makes_a_column(one)}
    assert set(re.findall(r"^\| `sent\.(\w+)\(", guide, re.MULTILINE)) == made
    parts = set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
    kinds = (Events, Current, History, Reference)
    of_kinds = {one.name for kind in kinds for one in dataclasses.fields(kind)}
    of_all = {one.name for one in dataclasses.fields(FromBronze)}
    assert parts == {one.name for one in dataclasses.fields(Dataset)} | (of_kinds - of_all)


def test_the_guide_to_partners_files_has_every_part_of_a_declaration() -> None:
    guide = (ROOT / "docs" / "guides" / "partner_file.md").read_text()
    parts = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", guide, re.MULTILINE)
    told = {name for part in parts for name in re.findall(r"\w+", part)}
    assert told == {field.name for field in dataclasses.fields(SentAs)}


def rooms() -> list[Path]:
    """The folders of the code, but for those in which tables are declared."""
    package = Path(definitions.__file__).parent
    every = [path.parent for path in sorted(package.rglob("__init__.py")) if path.parent != package]
    declared = (package / "domains", package / "declared" / "lake")
    return [one for one in every if not set(declared) & set(one.parents) and one != declared[1]]


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_a_room_says_what_it_knows_and_what_does_not_belong_there(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
    assert said
    assert len(said.split("\n\n")) > 1


def _makes_a_column(one: object) -> bool:
    returns = getattr(one, "__annotations__", {}).get("return")
    return isinstance(returns, type) and issubclass(returns, dy.Column)
