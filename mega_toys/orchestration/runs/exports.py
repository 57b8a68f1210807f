"""The folder in which jobs write and read files; nothing that a job is told leads out of it."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from mega_toys.declared.errors import LakeError

_LONGEST = 200  # characters of a name


def write(root: Path, name: str, lines: Iterable[str]) -> Path:
    """Write a new file of this name, for its owner only. Raises LakeError."""
    path = _place(root, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        there = Path(error.filename).relative_to(root)
        raise LakeError(f"There is a `{there}` in {root} already: choose another name.") from None
    except OSError as error:
        raise LakeError(f"`{name}` cannot be written in {root}: {error.strerror}.") from None
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def to_read(root: Path, name: str) -> Path:
    """The file of this name. Raises LakeError."""
    path = _place(root, name)
    if not path.is_file():
        raise LakeError(f"There is no file `{name}` in {root}.")
    return path


def _place(root: Path, name: str) -> Path:
    """Where a file of this name lies, if that is below the folder and no link leads there."""
    parts = PurePath(name).parts
    place = root.joinpath(*parts)
    ways = (root.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))
    if (
        not parts
        or not name.isprintable()
        or len(name) > _LONGEST
        or PurePath(name).is_absolute()
        or ".." in parts
        or any(way.is_symlink() for way in ways)
    ):
        raise LakeError(
            f"A job reads and writes files of {root} only, and follows no links: say a name such "
            "as `rejected.ndjson`. MEGA_TOYS_EXPORT_ROOT chooses the folder."
        )
    return place
