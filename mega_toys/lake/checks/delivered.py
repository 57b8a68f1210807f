"""Checks of what was delivered: files that could not be taken, fields that nobody declared."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable

import polars as pl

from mega_toys.declared.sent import fields_of
from mega_toys.declared.sent_as import ENVELOPE
from mega_toys.declared.table import Bronze
from mega_toys.declared.unnamed import unreadable
from mega_toys.lake.checks.check import EXAMPLES, Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.fields.native import json_value
from mega_toys.lake.news.deliveries import complete_days, torn_days
from mega_toys.lake.news.reconciled import discrepancies
from mega_toys.lake.own.files import (
    FILES,
    IGNORED,
    LOADED,
    NO_DATASET,
    UNREADABLE,
    dataset_of,
    last_read,
    newest,
)
from mega_toys.lake.quarantined.corrections import MARKS
from mega_toys.lake.run.found import Found


def _unread(look: Look) -> Found:
    mine = f"{look.table.name.domain}.{look.table.name.table}"
    seen = pl.concat([look.work.store.of_partition(FILES, name) for name in (mine, NO_DATASET)])
    bad = newest(seen.lazy()).filter(pl.col("status").is_in([UNREADABLE, IGNORED]))
    shown = ["path", "status", "error", "landing_day", "dataset"]
    files = bad.select(shown).sort("path").collect().to_dicts()
    wrong = [file for file in files if file.pop("dataset") == mine or _is_in(mine, file["path"])]
    for file in wrong:
        file["error"] = unreadable(file["error"] or "", look.table)
    counted = Counter(file["status"] for file in wrong)
    numbers = {status: counted[status] for status in (UNREADABLE, IGNORED)}
    return found(FILES_ARE_READ, *wrong, numbers=numbers)


def _files(look: Look) -> pl.LazyFrame:
    """What is noted of the files of the dataset."""
    return look.work.store.of_partition(FILES, dataset_of(look.table)).lazy()


def _lacking(look: Look) -> Found:
    read = last_read(_files(look)).collect()
    wrong = [
        {"path": one.path, "counted": one.counted, "there": one.there, "landed": one.landing_day}
        for one in discrepancies(look.table, look.work, read)
    ]
    by_day = Counter(one["landed"] for one in wrong)
    numbers = {"files": read.height, "rows": look.height}
    return found(FILES_ARE_IN_BRONZE, *wrong, numbers=numbers, by_day=dict(by_day))


def _is_in(dataset: str, path: str) -> bool:
    """Whether an ignored file lies in the folder of a dataset."""
    return ".".join(path.split("/")[:2]) == dataset


def _unknown(look: Look) -> Found:
    declared = MARKS | {ENVELOPE} | fields_of(look.table.rows).keys()
    fields: Counter[str] = Counter()
    first: dict[str, str] = {}
    by_day: Counter[object] = Counter()
    looked_at = look.days | look.again(FIELDS_ARE_KNOWN.name, blocks=False)
    for days in look.parts(looked_at) if _any_rescued(look.files(looked_at)) else ():
        rescued = look.rows(days).filter(pl.col("_rescued").str.starts_with("{"))
        rows = rescued.select("_rescued", "_file", "_landed_on").collect().iter_rows()
        for (names, file, day), alike in itertools.groupby(rows, _names_and_place):
            unknown, many = names - declared, sum(1 for _ in alike)
            fields.update(dict.fromkeys(unknown, many))
            first |= dict.fromkeys(unknown - first.keys(), file)
            by_day[day] += many if unknown else 0
    wrong = [
        {"field": name, "records": records, "file": first[name]} for name, records in _most(fields)
    ]
    return found(
        FIELDS_ARE_KNOWN,
        rows=by_day.total(),
        examples=wrong,
        names=tuple(sorted(fields)),
        numbers={"unknown_fields": len(fields)},
        by_day={day: records for day, records in sorted(by_day.items()) if records},
    )


def _names_and_place(row: tuple[str, str, object]) -> tuple[frozenset[str], str, object]:
    """The names that a record was rescued with, its file and landing day."""
    text, file, day = row
    return frozenset(json_value(text)), file, day


def _any_rescued(files: pl.DataFrame) -> bool:
    """Whether anything did not fit in some files; none where the log says so."""
    nulls = "null_count._rescued"
    return nulls not in files or bool((files["num_records"] != files[nulls]).any())


def _most(fields: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(fields.items(), key=lambda one: (-one[1], one[0]))[: 4 * EXAMPLES]


def _ahead(look: Look) -> Found:
    """Files of landing days after tomorrow; the table's log knows whether there are any."""
    last = look.work.now().date() + dt.timedelta(days=1)
    if not any(day > last for day in look.rows_by_day):
        return found(FILES_LANDED_BY_TOMORROW)
    ahead = newest(_files(look)).filter(
        (pl.col("landing_day") > last) & (pl.col("status") == LOADED)
    )
    files = ahead.select("path", "landing_day", "rows").sort("path").collect()
    by_day = {day: many for day, many in look.rows_by_day.items() if day > last}
    return found(FILES_LANDED_BY_TOMORROW, *files.to_dicts(), by_day=by_day)


def _doubtful(look: Look) -> Found:
    doubted = newest(_files(look)).filter(
        (pl.col("status") == LOADED) & pl.col("error").is_not_null()
    )
    files = doubted.select("path", "error", "landing_day").sort("path").collect()
    return found(FILES_ARE_NO_TABLE_COPIED, *files.to_dicts())


def _torn(look: Look) -> Found:
    """The deliveries since the last complete one of which something cannot be read."""
    received = look.work.catalog[look.table.name]
    if not isinstance(received, Bronze):
        return found(DELIVERIES_ARE_COMPLETE)
    complete, torn = complete_days(received, look.work), torn_days(received, look.work)
    last = max(complete, default=dt.date.min)
    since = sorted(day for day in torn if day > last)
    wrong = [{"landed": day, "rows": look.rows_by_day.get(day, 0)} for day in since]
    numbers = {"complete": len(complete), "incomplete": len(torn)}
    by_day = dict.fromkeys(since, 1)
    return found(DELIVERIES_ARE_COMPLETE, *wrong, numbers=numbers, by_day=by_day)


DELIVERIES_ARE_COMPLETE = Told(
    name="deliveries_are_complete",
    description="Of each landing day since the last complete delivery every file and record can be "
    "read. As long as one cannot, keys that the day lacks do not end: they may be in it.",
    look=_torn,
)
FILES_LANDED_BY_TOMORROW = Told(
    name="files_landed_by_tomorrow",
    description="No landing day lies after tomorrow: who writes 2062 for 2026 delivers a newest "
    "day that all that counts back from it follows.",
    look=_ahead,
)
FILES_ARE_NO_TABLE_COPIED = Told(
    name="files_are_no_table_copied",
    description="No file was taken from a copy of a Delta table, whose folder `_delta_log` says "
    "which of its files count: without it, what was removed there comes back.",
    look=_doubtful,
)
FILES_ARE_READ = Told(
    name="files_are_read",
    description="No file of the dataset is unreadable or ignored. An ignored file of no dataset "
    "is told of the landing zone.",
    look=_unread,
)
FILES_ARE_IN_BRONZE = Told(
    name="files_are_in_bronze",
    description="Bronze holds of each file the rows that `lake.files` counts. What differs is read "
    "again by itself; this fails where the file is no longer in the landing zone: put it back and "
    "refresh. `rebuild TABLE --swap` gives its rows up.",
    blocks=True,
    look=_lacking,
)
FIELDS_ARE_KNOWN = Told(
    name="fields_are_known",
    description="No record has a field that the dataset does not declare; tells which, and in "
    "how many records of the landing days looked at. Nothing is lost: `_rescued` keeps them.",
    look=_unknown,
    days=True,
)
