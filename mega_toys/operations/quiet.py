"""Whether all is as it was when a refresh looked and found nothing to do.

Then the next one needs neither the tables' logs nor Dagster: it compares what files say of
themselves. Whatever says anything else, all is looked at.
"""

import datetime as dt
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path

from mega_toys.ingestion.landing_file import seen_as
from mega_toys.lake.store.place import place_of
from mega_toys.settings import Settings, variables

NAME = ".nothing_to_do"  # in the lake's root: how all looked then
PREVIEW = ".preview"  # beside it: what a refresh was expected to cost, when somebody asked
_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = ("dagster", "deltalake", "duckdb", "polars")
_LOG = "_delta_log"
_PASSING = frozenset(  # that change though nothing has
    {NAME, PREVIEW, ".writer.lock", ".writer.pid"}
)
_NAME_OF = attrgetter("name")
_EVENTS = ("event_log.db", "event_log.db-wal", "dagster.yaml")


def looks(settings: Settings) -> str | None:
    """What all files that a refresh goes by say of themselves; none where that cannot be told.

    The files of the landing zone, of the lake, of our code, and Dagster's events; the settings, the
    libraries, the day. What lies in a bucket says nothing.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or settings.dagster_home).absolute()
    dies = settings.kill_at or settings.step_log
    zone, lake = settings.landing_root.folder, place_of(settings.lake_root).folder
    if dies or zone is None or lake is None or not (home / _EVENTS[0]).exists():
        return None
    said = hashlib.blake2b(digest_size=16)
    said.update(f"{dt.datetime.now(dt.UTC).date()} {sys.version} {settings!r}".encode())
    said.update(repr(sorted(variables().items())).encode())
    said.update(" ".join(map(version, _LIBRARIES)).encode())
    try:
        for text in _files((zone, lake, _PACKAGE), home):
            said.update(os.fsencode(text))
    except (OSError, ValueError):  # which a look names
        return None
    return said.hexdigest()


def remember(settings: Settings, looked: str | None) -> None:
    """Note how all looked before a look that found nothing to do."""
    if looked:
        aside = Path(settings.lake_root, f"{NAME}.{os.getpid()}")
        with suppress(OSError):
            aside.write_text(looked)
            aside.replace(aside.with_name(NAME))


def is_as_remembered(settings: Settings, looked: str | None) -> bool:
    """Whether all looks as it did when nothing was to do."""
    try:
        return looked is not None and Path(settings.lake_root, NAME).read_text() == looked
    except OSError:
        return False


def _files(folders: Iterable[Path], home: Path) -> Iterator[str]:
    for folder in folders:
        yield from _below(os.path.realpath(folder))
    for path in (home / name for name in _EVENTS):
        if path.exists():  # whoever opens a database touches its journal
            yield f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n"


def _below(folder: str) -> Iterator[str]:
    """A line for each file below a folder; of a table's log one for it and its newest commit."""
    folders = [folder]
    while folders:
        for entry in sorted(os.scandir(folders.pop()), key=_NAME_OF):
            if entry.name == _LOG:
                newest = max(name for name in os.listdir(entry.path) if name.endswith(".json"))
                yield f"{entry.stat().st_mtime_ns} {_of(f'{entry.path}/{newest}')}"
            elif entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    folders.append(entry.path)
            elif entry.name not in _PASSING:
                yield _of(entry.path)


def _of(path: str) -> str:
    """What a file says of itself, and of a link also what it leads to."""
    seen = os.lstat(path)
    told = f"{path} {seen_as(seen)}\n"
    if stat.S_ISLNK(seen.st_mode) and os.path.exists(path):
        return told + _of(os.path.realpath(path))
    return told
