"""Following a page to the letter: files are written as shown, commands run, their words found."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"# (\S+\.py)\n")
_FINDING_ITS_PACKAGE = """
cd() { builtin cd "$@"; export PYTHONPATH="$PWD"; }
cd .
"""
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")


def project_in(folder: Path) -> Path:
    """A copy of this project, set up."""
    copy = folder / "project"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    shutil.copytree(ROOT / ".ci", copy / ".ci")
    shutil.copy2(ROOT / ".gitignore", copy)
    set_up(copy, "mega_toys")
    return copy


def set_up(project: Path, package: str) -> None:
    """What `make setup` leaves behind, with the packages of this Python instead of fresh ones."""
    venv, here = project / ".venv", Path(sys.prefix)
    (venv / "bin").mkdir(parents=True)
    shutil.copy2(here / "pyvenv.cfg", venv)
    for name in ("lib", "include"):
        (venv / name).symlink_to(here / name)
    for program in (here / "bin").iterdir():
        if not program.name.startswith("mega-toys"):
            (venv / "bin" / program.name).symlink_to(program)
    command = venv / "bin" / package.replace("_", "-")
    command.write_text(
        f"#!{venv}/bin/python\nimport sys\n\nsys.path.insert(0, {str(project)!r})\n"
        + "from mega_toys.command.cli import main\n\nmain()\n".replace("mega_toys", package)
    )
    command.chmod(0o755)
    (venv / "ready").touch()


def follow(page: Path, project: Path, before_each: Callable[[], None] = lambda: None) -> None:
    """Take every step of a page in the project; `before_each` runs before commands do."""
    said = ""
    for language, text in blocks(page):
        if language == "python":
            said = wrote_or_ran(text, project)
        elif language == "sh":
            before_each()
            said = ran(text, project)
        elif language == "text":
            for line in text.splitlines():
                assert " ".join(line.split()) in " ".join(said.split()), f"{line!r} not in:\n{said}"


def wrote_or_ran(code: str, project: Path) -> str:
    """A file where the first line is its path, else a program to run; what it says."""
    path = _PATH.match(code)
    if not path:
        return ran(f".venv/bin/python <<'END'\n{code}END\n", project)
    (project / path[1]).parent.mkdir(parents=True, exist_ok=True)
    (project / path[1]).write_text(code)
    return ""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The blocks of code of a page: language and text."""
    for found in _BLOCK.finditer(page.read_text()):
        yield found[1], found[2]


def ran(commands: str, project: Path) -> str:
    """What commands say that all end well, run where a newcomer would.

    Whatever folder they go to, its package is what Python finds, as if it were installed there.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(project.parent)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _FINDING_ITS_PACKAGE + commands],
        cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
