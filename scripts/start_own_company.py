"""Starts a lakehouse of your own: this one without the toy company, under your company's name.

    .venv/bin/python scripts/start_own_company.py acme ../acme

The toy domains, the simulator and what else stands in `TOYS` are left out, and so are the tests
that need them. `own_company/` is laid over the rest.
"""

import argparse
import keyword
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OVERLAY = ROOT / "scripts" / "own_company"
PACKAGE, TESTS = "mega_toys", "mega_toys_tests"
COPIED = (
    PACKAGE, TESTS, "docs", ".ci", ".gitignore", "Makefile", "constraints.txt", "pyproject.toml",
    "workspace.yaml",
)  # fmt: skip
TOYS = (
    f"{PACKAGE}/simulator", f"{PACKAGE}/command/demo.py", f"{PACKAGE}/command/demo_machines.py",
    f"{TESTS}/simulator", f"{TESTS}/oracle",
    f"{PACKAGE}/faults", f"{PACKAGE}/command/faults_group.py", f"{TESTS}/faults",
    f"{PACKAGE}/command/toy_commands.py", f"{PACKAGE}/command/toy_systems_commands.py",
    f"{PACKAGE}/toy_systems",
    f"{TESTS}/acceptance", f"{TESTS}/orchestration", f"{TESTS}/guides", "docs/data_dictionary",
    "docs/guides", "docs/pictures", "docs/toy_company.md", "docs/performance.md",
    "docs/decisions/0008-a-company-of-ones-own-is-a-copy.md",
    "docs/decisions/0010-an-update-beside-the-build.md",
    "docs/decisions/0011-a-limit-that-stops-is-a-failed-check.md",
    "docs/decisions/0020-a-kill-in-process-puts-the-disk-back.md",
    "docs/decisions/0057-kills-are-tried-where-the-lake-lies.md",
    "docs/decisions/0078-the-toy-company-fills-real-systems.md",
)  # fmt: skip
GUIDES = ("partner_file.md",)  # of ours that name no toys
EXAMPLES = {  # in what is said of commands and jobs
    "commerce.gold.daily_sales": "shop.gold.daily_revenue",
    "commerce.silver.orders": "shop.silver.receipts",
}
SETTING = re.compile(r"^\|(?: variable|---| `MEGA_TOYS).*$", re.MULTILINE)
SHARED = re.compile(r"^SHARED (\w+) (.+)\n", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def start(name: str, target: Path) -> None:
    """Write the project; refuses a name that Python cannot import and a folder that is in use."""
    if not NAME.fullmatch(name):
        sys.exit(f"`{name}` is no name of a Python package: small letters, digits and _ are.")
    if keyword.iskeyword(name) or find_spec(name):
        sys.exit(f"Python knows something else by the name `{name}`. Choose another one.")
    if target.exists() and any(target.iterdir()):
        sys.exit(f"{target} is not empty. Name a new folder.")
    domains = _domains()
    _copy(target, domains)
    _leave_out_tests(target, domains)
    shutil.copytree(OVERLAY, target, dirs_exist_ok=True)
    for guide in GUIDES:
        shutil.copy2(ROOT / "docs" / "guides" / guide, target / "docs" / "guides")
    _take_over_texts(target)
    _rename(name, target)
    _tidy(name, target)
    _leave_out_links(target)


def _domains() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / PACKAGE / "domains").glob("*/__init__.py"))


def _copy(target: Path, domains: list[str]) -> None:
    toys = {ROOT / path for path in TOYS}
    toys |= {ROOT / room / "domains" / one for room in (PACKAGE, TESTS) for one in domains}

    def left_out(folder: str, names: list[str]) -> set[str]:
        here = Path(folder)
        return {one for one in names if here / one in toys or one == "__pycache__"}

    target.mkdir(parents=True, exist_ok=True)
    for one in COPIED:
        source = ROOT / one
        if source.is_dir():
            shutil.copytree(source, target / one, ignore=left_out)
        else:
            shutil.copy2(source, target / one)


def _take_over_texts(target: Path) -> None:
    """The settings of our README, and the paragraphs of our guides that the overlay names."""
    readme = target / "README.md"
    told = _text(ROOT / "README.md").partition("\n## Settings\n")[2]
    settings = "\n".join(SETTING.findall(told))
    readme.write_text(_text(readme).replace("SETTINGS", settings), encoding="utf-8")
    for path in (target / "docs" / "guides").glob("*.md"):
        path.write_text(SHARED.sub(_paragraph, _text(path)), encoding="utf-8")


def _paragraph(named: re.Match[str]) -> str:
    """The paragraph of a guide that begins with these words."""
    paragraphs = _text(ROOT / "docs" / "guides" / f"{named[1]}.md").split("\n\n")
    (found,) = (one for one in paragraphs if one.startswith(named[2]))
    return f"{found.strip()}\n"


def _leave_out_links(target: Path) -> None:
    for path in target.rglob("*.md"):
        there = re.sub(r"\[([^]]+)\]\(([^)#]+)[^)]*\)", partial(_link, path.parent), _text(path))
        path.write_text(there, encoding="utf-8")


def _link(folder: Path, link: re.Match[str]) -> str:
    """The link, or only its words where what it leads to was left out."""
    leads = link[2].startswith("http") or (folder / link[2]).exists()
    return link[0] if leads else link[1]


def _leave_out_tests(target: Path, domains: list[str]) -> None:
    """Tests that name a toy domain or what is not there, then those that import such ones."""
    toy = re.compile(rf"[\"'./ ]({'|'.join(domains)})[./\"']|domains import ({'|'.join(domains)})")
    gone = {path.removesuffix(".py").replace("/", ".") for path in TOYS}
    while True:
        needs_gone = re.compile("|".join(rf"{re.escape(name)}\b" for name in sorted(gone)))
        tests = [path for path in (target / TESTS).rglob("*.py") if _text(path)]
        bad = [path for path in tests if toy.search(_text(path)) or needs_gone.search(_text(path))]
        if not bad:
            break
        for path in bad:
            gone.add(".".join(path.relative_to(target).with_suffix("").parts))
            path.unlink()


def _rename(name: str, target: Path) -> None:
    title = name.replace("_", " ").title()
    changes = {
        PACKAGE: name,
        "mega-toys": name.replace("_", "-"),
        "MEGA_TOYS": name.upper(),
        "Mega Awesome Toys": title,
        "MegaToys": title.replace(" ", ""),
        **EXAMPLES,
    }
    for path in _texts(target):
        text = _text(path)
        for old, new in changes.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    for path in (target / PACKAGE, target / TESTS):
        path.rename(target / path.name.replace(PACKAGE, name))
    _allow_longer_lines(target / "pyproject.toml", len(name) - len(PACKAGE))


def _allow_longer_lines(project: Path, longer: int) -> None:
    """A longer name makes texts longer, which no formatter breaks."""
    if longer > 0:
        most = f"\n[tool.ruff.lint.pycodestyle]\nmax-line-length = {100 + 4 * longer}\n"
        project.write_text(_text(project) + most, encoding="utf-8")


def _tidy(name: str, target: Path) -> None:
    """Imports in their order, nothing unused; the pages and contracts made from the code."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    environment = os.environ | {"PYTHONPATH": str(target)}
    for command in (
        [ruff, "format", "--quiet", "."],
        [ruff, "check", "--fix", "--quiet", "."],
        [ruff, "format", "--quiet", "."],
        [sys.executable, "-m", f"{name}.documentation"],
        [sys.executable, "-m", f"{name}.command.cli", "contract", "export"],
    ):
        subprocess.run(  # noqa: S603, our own programs and arguments
            command, cwd=target, env=environment, check=True, stdout=subprocess.DEVNULL
        )


def _texts(target: Path) -> Iterator[Path]:
    for path in sorted(target.rglob("*")):
        if path.is_file():
            yield path


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("name", help="a Python name for the package: acme")
    words.add_argument("target", type=Path, help="a new folder for the project: ../acme")
    told = words.parse_args()
    start(told.name, told.target.resolve())
    print(f"{told.target} is ready: `make test` there, then read its README.md.")
