"""The site as files in a folder: all of them, or those that were there before."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mega_toys.declared.errors import LakeError

_MARK = '<meta name="generator" content="mega-toys catalog">'


def write(pages: Iterable[tuple[Path, str]], folder: Path) -> int:
    """Put the pages in the place of a former site; how many there are.

    Raises LakeError where the folder holds anything else, or cannot be written.
    """
    if not _may_be_replaced(folder):
        raise LakeError(
            f"{folder} holds other files than a catalog: name an empty folder, or a new one."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            number = _fill(pages, made)
            made.chmod(0o755)
            _swap(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise LakeError(f"{folder} cannot be written: {error.strerror}.") from None
    return number


def is_site(folder: Path) -> bool:
    """Whether a catalog was written to a folder."""
    start = folder / "index.html"
    return start.is_file() and _MARK in start.read_text(encoding="utf-8", errors="replace")


def _may_be_replaced(folder: Path) -> bool:
    if not folder.exists():
        return not folder.is_symlink()
    return folder.is_dir() and (not any(folder.iterdir()) or is_site(folder))


def _fill(pages: Iterable[tuple[Path, str]], folder: Path) -> int:
    number = 0
    for path, text in pages:
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
        number += 1
    return number


def _swap(made: Path, folder: Path) -> None:
    """One folder in the place of the other; the former one is gone at once."""
    if not folder.exists():
        made.replace(folder)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        folder.replace(former)
        try:
            made.replace(folder)
        except OSError:
            former.replace(folder)
            raise
    finally:
        shutil.rmtree(former, ignore_errors=True)
