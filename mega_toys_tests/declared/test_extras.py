"""The command that installs an extra is one that can be pasted where it is told."""

import shlex
import sys
from pathlib import Path

import pytest

from mega_toys.declared import extras
from mega_toys.declared.extras import installed_by
from mega_toys_tests.guides.followed import ROOT


def test_in_a_clone_it_is_short_and_names_the_environment_of_the_clone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(extras.sys, "executable", str(ROOT / ".venv/bin/python"))

    assert installed_by("mysql") == (
        ".venv/bin/python -m pip install -c constraints.txt -e '.[mysql]'"
    )


def test_elsewhere_it_says_where_the_clone_and_its_python_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "the clone").mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / "the clone" / name).touch()

    python, *_, bounds, _, what = shlex.split(installed_by("mysql", tmp_path / "the clone"))

    assert python == sys.executable
    assert bounds == f"{tmp_path}/the clone/constraints.txt"
    assert what == f"{tmp_path}/the clone[mysql]"


def test_without_a_clone_it_names_the_package(tmp_path: Path) -> None:
    assert installed_by("mysql", tmp_path).endswith(" -m pip install 'mega_toys[mysql]'")
