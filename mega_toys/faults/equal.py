"""Whether two lakes are equal, cell by cell, but for the instants of their runs."""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.checks import noted, run_checks, to_note
from mega_toys.lake.checks.pace import IS_FRESH, VOLUME_IS_USUAL
from mega_toys.lake.own.files import FILES, NO_DATASET, newest
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Findings
from mega_toys.lake.store.store import Store
from mega_toys.operations.plan import Plan
from mega_toys.operations.status import Status, statuses

_OF_THE_RUN = ("_ingested_at", "quarantined_at", "ingested_at", "refreshed_at", "decided_at")
_OF_THE_DISK = ("modified_ns", "changed_ns", "inode", "read_by")
_DAYS = ("day", "_landed_on", "landing_day")
_DIGITS = 9  # the last ones of a sum depend on the order of its summands
_SHOWN = 3
_OF_WHAT_CAME_LAST = frozenset({IS_FRESH.name, "factories_whose_time_zone_changed"})


def differences(live: Store, anew: Store, catalog: Catalog) -> list[str]:
    """What differs: rows, by table; checks that pass in one only; how the tables stand."""
    found = [line for name in names(catalog) for line in _rows_differ(name, live, anew)]
    lakes = Work(live, catalog), Work(anew, catalog)
    of_checks = [*_checks_differ(*lakes), *_noted_otherwise(lakes[0])]
    return [*found, *of_checks, *_standing_differs(*lakes)]


def _rows_differ(name: str, live: Store, anew: Store) -> Iterator[str]:
    one, other = _rows(name, live), _rows(name, anew)
    if name == FILES.name:  # of a file that went right after a kill, it knows the rows only
        one = one.filter(pl.col("content_hash").is_not_null())
        other = other.filter(~pl.col("path").is_in(_known_by_rows(live).implode()))
    if name == DAYS.name:  # a day that had rows once stays known
        one = one.join(other, on=["table", "day"], how="semi")
    counts = [Counter(map(repr, rows.iter_rows())) for rows in (one, other)]
    for who, only in (("live", counts[0] - counts[1]), ("fresh", counts[1] - counts[0])):
        for row in sorted(only.elements())[:_SHOWN]:
            yield f"{name}: only in the {who} lake {tuple(one.columns)}: {row}"
        if only.total() > _SHOWN:
            yield f"{name}: {only.total()} rows only in the {who} lake"


def _rows(name: str, store: Store) -> pl.DataFrame:
    rows = store.scan(name)
    if name == FILES.name:
        rows = newest(rows.filter(pl.col("dataset") != NO_DATASET))
    kept = [c for c in rows.collect_schema() if c not in (*_OF_THE_RUN, *_OF_THE_DISK)]
    first = [column for column in _DAYS if column in kept]
    floats = pl.selectors.float().round_sig_figs(_DIGITS)
    return rows.select(*first, *(c for c in kept if c not in first)).with_columns(floats).collect()


def _known_by_rows(store: Store) -> pl.Series:
    files = newest(store.scan(FILES.name)).filter(pl.col("content_hash").is_null())
    return files.select("path").collect().to_series()


def _checks_differ(live: Work, anew: Work) -> Iterator[str]:
    one, other = _checked(live), _checked(anew)
    for key, passed in one.items():
        if passed != other[key]:
            yield f"check {key} {'passes' if passed else 'fails'} in the live lake only"


def _checked(work: Work) -> dict[str, bool]:
    """Whether each check passes, on all days; but for those that ask when something came."""
    found = {}
    for table in work.catalog:
        days = set(work.store.rows_by_day(work.stored(table)))
        outcome = Outcome(str(table.name), days=days, touched=days, changed=True)
        for check in run_checks(table, outcome, work):
            if check.name not in _OF_WHAT_CAME_LAST:
                found[f"{table.name}: {check.name}"] = check.passed
    return found


def _noted_otherwise(work: Work) -> Iterator[str]:
    """Where a look at all days finds another thing than what the lake has noted."""
    for table in work.catalog:
        outcome = Outcome(str(table.name))
        looked = to_note(run_checks(table, outcome, work, everything=True))
        stands = noted(table, work)
        for kind in ("failed", "warned"):
            now, then = (_by_check(getattr(one, kind)) for one in (looked, stands))
            for name in sorted(
                now.keys() ^ then.keys() | {n for n in now if now[n] != then.get(n)}
            ):
                told = f"{then.get(name, 'nothing')} is noted, {now.get(name, 'nothing')} found"
                yield f"{table.name}: {name}: {kind}: {told}"


def _by_check(findings: Findings) -> dict[str, str]:
    """The days that make checks fail, but for those that ask when something came."""
    return {
        name: " ".join(f"{first}…{last}" for first, last in days)
        for name, days in findings.items()
        if name not in _OF_WHAT_CAME_LAST and name != VOLUME_IS_USUAL.name
    }


def _statuses(work: Work) -> list[Status]:
    return statuses(Plan(work, Listing.of_nothing()))


def _standing_differs(live: Work, anew: Work) -> Iterator[str]:
    for one, other in zip(_statuses(live), _statuses(anew), strict=True):
        mine, its = (
            {"news": s.has_news, "stale": s.stale, "failed": s.failed, "older": s.older_code}
            for s in (one, other)
        )
        if mine != its:
            yield f"status of {one.table}: {mine}, of the fresh lake {its}"
