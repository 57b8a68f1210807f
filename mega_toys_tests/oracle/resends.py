"""Resends: earlier versions of files that were sent again later under the same name."""

from collections import defaultdict
from pathlib import Path
from random import Random

from mega_toys_tests.oracle.columns import Row
from mega_toys_tests.oracle.deliveries import drop
from mega_toys_tests.oracle.files import FileSeen, files_of, suffixes
from mega_toys_tests.oracle.packing import compressed, pack

WAYS = ("fewer", "more", "other", "changed", "changed", "torn", "empty")


def resend(root: Path, *, seed: int, share: float = 0.2) -> Path:
    """Write earlier versions of a share of the files to `<root>_resent_first`, same paths below it.

    A lake that took in these first, and then the files of `root` in their place, must hold
    what the oracle makes of `root` alone.
    """
    rng = Random(seed)
    earlier = root.with_name(f"{root.name}_resent_first")
    files = [file for file in files_of(root) if file.status != "ignored"]
    donors: defaultdict[str, list[FileSeen]] = defaultdict(list)
    for file in files:
        donors[file.folder].append(file)
    for file in rng.sample(files, max(1, round(len(files) * share))):
        drop(earlier, file.path, earlier_body(root, file, rng.choice(donors[file.folder]), rng))
    return earlier


def rows_of(file: FileSeen) -> list[Row]:
    """The readable records of a file."""
    return [record.raw for record in file.records if record.raw is not None]


def earlier_body(root: Path, file: FileSeen, donor: FileSeen, rng: Random) -> bytes:
    """What a file may have held before: fewer, more, other or unreadable records."""
    rows, others = rows_of(file), rows_of(donor)
    way = rng.choice(WAYS)
    if way == "torn":
        body = (root / file.path).read_bytes()
        return body[: len(body) // 2]
    if way == "fewer":
        rows = [row for row in rows if rng.random() < 0.6]
    elif way == "more":
        rows = rows + others
    elif way == "other":
        rows = others
    elif way == "changed":
        rows = [changed(row, rng) for row in rows]
    kind = suffixes(file.path)
    if way == "empty" or not rows or kind is None:
        return b""
    return compressed(pack(rows, kind[0], rng), kind[1])


def changed(row: Row, rng: Random) -> Row:
    """The row, mostly with one value less or with another key."""
    name = rng.choice(list(row)) if row else ""
    first = next(iter(row), "")
    if rng.random() < 0.3 and isinstance(row[first], str):
        return row | {first: f"{row[first]}-before"}
    return {key: value for key, value in row.items() if key != name} if rng.random() < 0.5 else row
