"""The site as files in a folder: all of them, or those that were there before."""

import datetime as dt
import glob
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from mega_toys.declared.errors import LakeError

_MARK = '<meta name="generator" content="mega-toys catalog">'
_LOOKED_AT = re.compile(r'<meta name="looked-at" content="([^"]+)">')
_LEFT_AFTER_S = 3600  # no build takes as long


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
        _clear_left(folder)
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
    return _MARK in _start(folder)


def looked_at(folder: Path) -> dt.datetime | None:
    """When the lake stood as a catalog tells it; none where none was written."""
    found = _LOOKED_AT.search(_start(folder)) if is_site(folder) else None
    return dt.datetime.fromisoformat(found[1]) if found else None


def _start(folder: Path) -> str:
    start = folder / "index.html"
    return start.read_text(encoding="utf-8", errors="replace") if start.is_file() else ""


def _clear_left(folder: Path) -> None:
    """Remove what builds that were killed have left beside the folder."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)


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
