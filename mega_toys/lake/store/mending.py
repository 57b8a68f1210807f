"""How a damaged table is mended: what errors and the doctor advise. Each is tried by a test."""

import json
from pathlib import Path

DECISIONS = "lake.quarantine_decisions"
WRITTEN_DECISIONS = "decisions.ndjson"  # in the lake's root: what is decided, once more


def of_log(name: str, uri: str, root: str) -> str:
    """How to mend a table whose log cannot be read."""
    if (commit := _torn_commit(uri)) is not None:
        return f"Remove {commit}: the next refresh does again what it did."
    return of_table(name, uri, root)


def of_table(name: str, uri: str, root: str) -> str:
    """How to mend a table of which something is gone."""
    backup = f"Put {uri} back from a backup"
    if name == DECISIONS and not Path(root, WRITTEN_DECISIONS).exists():
        return f"{backup}; what was decided is nowhere else."
    if name.split(".")[1] == "bronze":
        return (
            f"{backup}; or, where `mega-toys doctor` finds all its files in the landing zone, "
            "remove it: the next refresh reads them again."
        )
    return f"{backup}, or remove it: the next refresh makes it anew."


def of_missing(name: str, root: str) -> str:
    """What the next refresh does about a table that is not there."""
    if name == DECISIONS and not Path(root, WRITTEN_DECISIONS).exists():
        return "the next refresh makes it empty. What was decided is nowhere else."
    return "the next refresh makes it anew."


def _torn_commit(uri: str) -> Path | None:
    """The newest commit of a log, where it is empty or torn, as a power cut leaves it."""
    newest = max(Path(uri, "_delta_log").glob("*.json"), default=None)
    if newest is None or int(newest.stem) == 0:
        return None
    try:
        lines = newest.read_text().splitlines()
        return None if lines and all(json.loads(line) for line in lines) else newest
    except ValueError:
        return newest
