"""Records as a format gives them, before their values are fitted to types."""

import errno
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mega_toys.lake.fields.native import JsonTexts, Values, plain

MOST_COLUMNS = 25_000  # of a file, those within others counted
NO_NAMES: Mapping[str, str] = {}
_LONGEST = 400  # characters of an error that are kept
_OF_THE_PROCESS = re.compile(
    r"(?P<quote>['\"`])(?:file://)?/.*?(?P=quote)"  # a path or a file descriptor, in quotes
    r"|(?<![\w./~-])(?:file://)?/[^\s'\"`,;)\]>]*[^\s'\"`,;)\]>:]"  # and without
    r"|(?<=at )0x[0-9a-fA-F]+"  # an address
    r"|(?<=name=)\d+"  # a file descriptor, as Python writes it
    r"|(?<=Panic\(Id\()\d+"  # the number of a task of Polars
)


class UnreadableFileError(Exception):
    """The file cannot be read as a whole; the message says why.

    It is kept in `lake.files`: paths, addresses and descriptors of the process are left out, so
    that the same bytes always give the same message.
    """

    def __init__(self, why: str) -> None:
        super().__init__(_OF_THE_PROCESS.sub("…", why)[:_LONGEST])


def refuse_columns(many: int) -> None:
    """Refuse a file of very many columns: each costs time and memory, though it holds nothing."""
    if many > MOST_COLUMNS:
        raise UnreadableFileError(f"has more than {MOST_COLUMNS:,} columns")


class TooMuchMemoryError(UnreadableFileError):
    """Reading it takes more memory than it may; where it may take more, it is tried again."""

    def __init__(self) -> None:
        super().__init__("takes more memory to be read than MEGA_TOYS_MEMORY_MB allows")


class UnreadNowError(UnreadableFileError):
    """The store refuses the file, or fails; that tells nothing of what the file holds."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"may not be read: {str(error.strerror).lower()}")


_OF_THE_MACHINE = (
    errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EFBIG, errno.EROFS,
)  # fmt: skip


def is_of_the_machine(error: OSError) -> bool:
    """Whether this machine is short of memory, disk or open files: no fault of the file."""
    return error.errno in _OF_THE_MACHINE


@dataclass(frozen=True, kw_only=True)
class Records:
    """Some records of a file: consecutive, unless `at` tells the position of each in the file.

    `columns` holds the declared fields that were sent, each of `height` values; `extras` the
    unknown fields and `unreadable` the text, by the record's place among these. `weight` is how
    many bytes they were read from, by which memory is bounded.
    """

    height: int
    columns: Mapping[str, Values]
    extras: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    unreadable: Mapping[int, str] = field(default_factory=dict)
    weight: int = 0
    at: pl.Series | None = None


def of_objects(
    objects: Sequence[Any], fields: Sequence[str], unreadable: Mapping[int, str], weight: int
) -> Records:
    """Records from decoded objects; what stands at an unreadable place is not looked at."""
    known = frozenset(fields)
    rows = (
        [{} if at in unreadable else row for at, row in enumerate(objects)]
        if unreadable
        else objects
    )
    sent: set[str] = set().union(*rows)
    others = [] if sent <= known else [at for at, row in enumerate(rows) if not row.keys() <= known]
    extras = {at: _unknown(rows[at], known) for at in others}
    absent = [None] * len(rows)
    return Records(
        height=len(rows),
        columns={n: [row.get(n) for row in rows] if n in sent else absent for n in fields},
        extras={at: extra for at, extra in extras.items() if extra},
        unreadable=unreadable,
        weight=weight,
    )


def _unknown(row: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """What a record has in other fields, of which there may be thousands."""
    extra = dict(row)
    for name in known:
        extra.pop(name, None)
    is_sparse = None in extra.values()
    return {n: value for n, value in extra.items() if value is not None} if is_sparse else extra


def of_columns(
    frame: pl.DataFrame,
    fields: Sequence[str],
    unreadable: Mapping[int, str],
    weight: int,
    again: Mapping[str, str] = NO_NAMES,
) -> Records:
    """Records from columns; the unknown ones become extras of the rows that have a value there.

    `again` tells the name of columns that have it after another one; of several, a list is kept.
    """
    known, several = frozenset(fields), frozenset(again.values())
    extras: dict[int, dict[str, Any]] = {}
    for values in frame:
        if values.name in known:
            continue
        present: Sequence[int] = range(frame.height)
        if nulls := values.null_count():  # asked first, as there may be thousands of columns
            if nulls == frame.height:
                continue
            found = values.is_not_null().arg_true()
            present, values = found.to_list(), values.gather(found)
        name = again.get(values.name, values.name)
        for at, value in zip(present, plain(values), strict=True):
            extra = extras.setdefault(at, {})
            extra[name] = [*extra.get(name, []), value] if name in several else value
    return Records(
        height=frame.height,
        columns={values.name: values for values in frame if values.name in known},
        extras=extras,
        unreadable=unreadable,
        weight=weight,
    )


def merged(parts: Sequence[Records]) -> Records:
    """Records one after another; every part has the same fields, held in the same way."""
    if len(parts) == 1:
        return parts[0]
    offsets = [0, *itertools.accumulate(part.height for part in parts)]
    numbered = list(zip(offsets, parts, strict=False))
    return Records(
        height=offsets[-1],
        columns={
            name: _joined([part.columns[name] for part in parts]) for name in parts[0].columns
        },
        extras={at + o: extra for o, part in numbered for at, extra in part.extras.items()},
        unreadable={at + o: text for o, part in numbered for at, text in part.unreadable.items()},
    )


def _joined(parts: Sequence[Values]) -> Values:
    series = [part for part in parts if isinstance(part, pl.Series)]
    if series:
        return pl.concat(series)
    if texts := [part for part in parts if isinstance(part, JsonTexts)]:
        return JsonTexts(pl.concat(part.texts for part in texts), texts[0].kind)
    return list(itertools.chain.from_iterable(parts))
