"""What installs an optional part of the project."""

import shlex
import sys
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def installed_by(extra: str, root: Path = _PACKAGE.parent) -> str:
    """The command, to be pasted where it is told; it installs for the Python that runs this."""
    if not (root / "pyproject.toml").is_file():
        return f"{shlex.quote(sys.executable)} -m pip install '{_PACKAGE.name}[{extra}]'"
    python, here = Path(sys.executable), Path.cwd() == root
    if here and python.is_relative_to(root):
        python = python.relative_to(root)
    bounds = (Path("constraints.txt") if here else root / "constraints.txt",)
    pinned = "".join(f" -c {shlex.quote(str(one))}" for one in bounds if one.is_file())
    what = shlex.quote(f"{'.' if here else root}[{extra}]")
    return f"{shlex.quote(str(python))} -m pip install{pinned} -e {what}"
