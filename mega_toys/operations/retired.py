"""Tables that are declared no longer: what the lake still holds of them, and its removal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import polars as pl

from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.declared.words import counted
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.own.accounts import ACCEPTED, ACCOUNTS, DELETIONS, RECEIVED
from mega_toys.lake.own.files import FILES, NO_DATASET
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.quality import QUALITY
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored

_BRONZE, _SILVER, _QUARANTINE = "bronze", "silver", "quarantine"
_OWN = (ACCOUNTS, RECEIVED, ACCEPTED, DELETIONS, DAYS)  # a partition for each table
_DEPTH = 3  # folders from the root of the lake to a table
_LOG = "_delta_log"


@dataclass
class Retired:
    """What is left of a table that is declared no longer.

    `tables` are its own and its quarantine, with their rows (none where they cannot be counted);
    `rows` those of the lake's own tables about it; `decisions` are what people decided of its
    records, which stays.
    """

    name: str
    tables: dict[str, int | None] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    decisions: int = 0

    def __str__(self) -> str:
        parts = [
            f"{name} ({'damaged' if rows is None else counted(rows, 'row')})"
            for name, rows in sorted(self.tables.items())
        ]
        parts += [f"{counted(rows, 'row')} of {name}" for name, rows in sorted(self.rows.items())]
        return ", ".join(parts)


def retired(work: Work) -> list[Retired]:
    """The tables that this lake holds something of and that no file declares, by name."""
    declared = {*names(work.catalog)}
    found: dict[str, Retired] = {}

    def of(name: str) -> Retired:
        domain, layer, table = name.split(".")
        silver = f"{domain}.{_SILVER}.{table}"
        mine = silver if layer == _QUARANTINE and silver not in declared else name
        return found.setdefault(mine, Retired(mine))

    for name in _made(work):
        if name not in declared:
            of(name).tables[name] = _height(name, work)
    for stored in (*_OWN, FILES):
        for name, rows in _by_table(stored, work).items():
            if name not in declared and name.count(".") == _DEPTH - 1:
                of(name).rows[stored.name] = rows
    _count_the_rest(found, work)
    return [found[name] for name in sorted(found)]


def retired_told(one: Retired) -> str:
    """What is left of a table, and the ways out."""
    return (
        f"{one.name} is declared no longer, and the lake keeps {one}. Put its file back to read it,"
        f" or `mega-toys forget {one.name}`."
    )


def retired_one(name: str, work: Work) -> Retired:
    """What is left of a table; LakeError where it is declared, UnknownTableError where nothing."""
    every = {one.name: one for one in retired(work)}
    if name in every:
        return every[name]
    if name in names(work.catalog):
        raise LakeError(
            f"{name} is declared: only what no file declares is forgotten. Remove its file (and "
            "what reads it) first; `rebuild` makes a table anew."
        )
    raise UnknownTableError(name, every)


def forget(one: Retired, work: Work, say: Callable[[str], None]) -> None:
    """Remove what is left of a table, its own tables last: until then it is told as retired.

    Ended anywhere, it goes on when done again. Landing files and decisions stay.
    """
    _leave_quality(one, work)
    step("forget.begun")
    for stored in (*_OWN, FILES):
        if stored.name in one.rows:
            say(stored.name)
            _leave(stored, one, work)
    step("forget.rows")
    for name in sorted(one.tables, key=lambda name: name == one.name):
        say(name)
        _remove(name, work)
        step("forget.table")


def _made(work: Work) -> Iterable[str]:
    """The tables that lie in the lake and were made by it: their log has our notes, or is torn."""
    for path in work.store.place.folders_at(_DEPTH):
        name = path.replace("/", ".")
        is_name = name.count(".") == _DEPTH - 1 and not name.startswith(".")
        if is_name and work.store.exists(name):
            opens = work.store.can_be_opened(name)
            if not opens or next(work.store.recent_notes(name), None) is not None:
                yield name


def _height(name: str, work: Work) -> int | None:
    return work.store.height(name) if work.store.is_whole(name) else None


def _by_table(stored: Stored, work: Work) -> dict[str, int]:
    """How many rows one of the lake's own tables has of each other one, by its log."""
    files = work.store.files(stored.name) if work.store.can_be_opened(stored.name) else None
    if files is None or files.is_empty():
        return {}
    by = f"partition.{stored.partition}"
    rows = files.group_by(by).agg(pl.col("num_records").sum()).filter(pl.col("num_records") > 0)
    told = {name: int(many) for name, many in rows.rows() if name not in (None, NO_DATASET)}
    return {_of_dataset(name) if stored == FILES else name: many for name, many in told.items()}


def _of_dataset(dataset: str) -> str:
    return dataset.replace(".", f".{_BRONZE}.", 1)


def _count_the_rest(found: dict[str, Retired], work: Work) -> None:
    """What is counted of data quality, and what people decided."""
    if not found:
        return
    of_names = pl.col("table").is_in(list(found))
    for stored in (QUALITY, DECISIONS):
        if work.store.exists(stored.name) and work.store.is_whole(stored.name):
            rows = work.store.scan(stored.name).filter(of_names).group_by("table").len().collect()
            for name, many in rows.rows():
                if stored == DECISIONS:
                    found[name].decisions = many
                else:
                    found[name].rows[stored.name] = many


def _leave_quality(one: Retired, work: Work) -> None:
    if QUALITY.name not in one.rows:
        return
    mine = pl.col("table") == one.name
    rows = work.store.scan(QUALITY.name)
    days = set(rows.filter(mine).select("day").unique().collect().to_series())
    others = work.scan_days(QUALITY.name, "day", days).filter(~mine)
    note = work.note(work.catalog[QUALITY.name], days=tuple(sorted(days)))
    work.store.replace_days(QUALITY, others.select(list(QUALITY.schema)), days, note)


def _leave(stored: Stored, one: Retired, work: Work) -> None:
    domain, _, table = one.name.split(".")
    value = f"{domain}.{table}" if stored == FILES else one.name
    rows = work.store.of_partition(stored, value)
    days = tuple(sorted({*rows["day"]})) if "day" in rows.columns and stored != DAYS else ()
    note = work.note(days=days) if days else work.note(whole=True)
    work.store.replace_partitions(stored, rows.clear(), [value], note)


def _remove(name: str, work: Work) -> None:
    """Remove a table, the oldest of its log last: so long as any is there, it is found again."""
    place, path = work.store.place, work.store.path(name)
    files = sorted((entry.path for entry in place.below(path)), reverse=True)
    log = f"{path}/{_LOG}/"
    for file in sorted(files, key=lambda file: file.startswith(log)):
        place.remove(file)
    place.remove_below(path)
    place.remove_empty(path)
