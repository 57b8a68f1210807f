"""How a damaged table is mended: what errors and the doctor advise. Each is tried by a test."""

import json
import re

from mega_toys.lake.store.place import Place

DECISIONS = "lake.quarantine_decisions"
WRITTEN_DECISIONS = "decisions.ndjson"  # in the lake's root: what is decided, once more
_COMMIT = re.compile(r"([0-9]+)\.json")


def of_log(name: str, path: str, place: Place) -> str:
    """How to mend a table, which lies at a path, whose log cannot be read."""
    if (commit := _torn_commit(path, place)) is not None:
        return f"Remove {place.root}/{commit}: the next refresh does again what it did."
    return of_table(name, path, place)


def of_table(name: str, path: str, place: Place) -> str:
    """How to mend a table of which something is gone."""
    there = f"{place.root}/{path}"
    backup = f"Put {there} back from a backup"
    if name == DECISIONS and not place.look(WRITTEN_DECISIONS):
        if _is_new(path, place):
            return f"Remove {there}: nothing was decided, and the next refresh makes it anew."
        return f"{backup}; what was decided is nowhere else."
    if name.split(".")[1] == "bronze":
        return (
            f"{backup}; or, where `mega-toys doctor` finds all its files in the landing zone, "
            "remove it: the next refresh reads them again."
        )
    return f"{backup}, or remove it: the next refresh makes it anew."


def of_missing(name: str, place: Place) -> str:
    """What the next refresh does about a table that is not there."""
    if name == DECISIONS and not place.look(WRITTEN_DECISIONS):
        return "the next refresh makes it empty. What was decided is nowhere else."
    return "the next refresh makes it anew."


def _is_new(path: str, place: Place) -> bool:
    """Whether nothing but the first commit of a table is there."""
    return [entry.path for entry in place.below(path)] == [f"{path}/_delta_log/{0:020}.json"]


def _torn_commit(path: str, place: Place) -> str | None:
    """The newest commit of a log, where it is empty or torn, as a power cut leaves it."""
    listed = (entry.path for entry in place.below(f"{path}/_delta_log"))
    commits = ((_COMMIT.fullmatch(one.rpartition("/")[2]), one) for one in listed)
    number, newest = max(((int(found[1]), one) for found, one in commits if found), default=(0, ""))
    if number == 0:
        return None
    try:
        lines = (place.read(newest) or b"").decode().splitlines()
        return None if lines and all(json.loads(line) for line in lines) else newest
    except ValueError:
        return newest
