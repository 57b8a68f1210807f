"""A lake that lay for weeks: its files and what its logs say are older, and the logs cleaned."""

import os
import re
from pathlib import Path

from deltalake import DeltaTable

_DAY_S = 24 * 3600
_INSTANT_MS = re.compile(rb'"(timestamp|deletionTimestamp|modificationTime)":(\d{13})\b')


def age(lake: Path, days: int) -> None:
    """Set all files of the lake and the instants in its commits back by so many days."""
    for path in lake.rglob("*"):
        if path.is_file():
            if path.parent.name == "_delta_log" and path.suffix == ".json":
                _set_back(path, days * _DAY_S * 1000)
            then = path.stat().st_mtime - days * _DAY_S
            os.utime(path, (then, then))


def _set_back(commit: Path, by_ms: int) -> None:
    """A commit with its instants set back, in a file of its own: others may link to the old one."""

    def earlier(found: re.Match[bytes]) -> bytes:
        return b'"%s":%d' % (found[1], int(found[2]) - by_ms)

    at = commit.stat().st_mtime
    aside = commit.with_suffix(".aged")
    aside.write_bytes(_INSTANT_MS.sub(earlier, commit.read_bytes()))
    os.utime(aside, (at, at))
    aside.replace(commit)


def clean_logs(lake: Path) -> int:
    """Checkpoint each table and remove the commits that Delta then lets go; how many went."""
    gone = 0
    for log in sorted(lake.rglob("_delta_log")):
        before = len(list(log.glob("*.json")))
        table = DeltaTable(str(log.parent))
        table.create_checkpoint()
        table.cleanup_metadata()
        gone += before - len(list(log.glob("*.json")))
    return gone
