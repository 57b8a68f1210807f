"""Silver: how each kind of table takes in its records, with quarantine and accounts."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.datasets import DATASETS
from mega_toys_tests.oracle.fields import Dataset
from mega_toys_tests.oracle.files import FileSeen, Record
from mega_toys_tests.oracle.judging import Judged, Known, judge
from mega_toys_tests.oracle.sessions import sessions

Row = dict[str, Any]
Tables = dict[str, list[Row]]
FACTORIES = "manufacturing.silver.factories"


@dataclass
class Silver:
    """Every silver and quarantine table and the accounts between them."""

    tables: Tables = field(default_factory=dict)
    accounts: list[Row] = field(default_factory=list)
    quarantine_counts: list[Row] = field(default_factory=list)

    def known(self) -> Known:
        """The keys accepted so far, in any version, and the newest zone of each factory."""
        keys = {
            table: frozenset(row[f"{name}_id"] for row in self.tables.get(table, []))
            for name, table in (
                ("factory", FACTORIES),
                ("machine", "manufacturing.silver.machines"),
            )
        }
        zones = {
            row["factory_id"]: row["time_zone"]
            for row in self.tables.get(FACTORIES, [])
            if row["is_current"]
        }
        return Known(keys, zones)


def content(row: Row) -> Row:
    """Every field but the sequence, as stored."""
    return {name: value for name, value in row.items() if name != "updated_at"}


def decided(equals: list[Judged], *, first: bool) -> Judged:
    """Among equals the last received, or the first received with the last one's content."""
    last = equals[-1]
    if not first:
        return last
    return next(judged for judged in equals if content(judged.values) == content(last.values))


def by_sequence(versions: list[Judged], *, first: bool) -> list[Judged]:
    """One record for each sequence of a key, oldest sequence first."""
    found: defaultdict[datetime, list[Judged]] = defaultdict(list)
    for judged in versions:
        found[judged.values["updated_at"]].append(judged)
    return [decided(found[sequence], first=first) for sequence in sorted(found)]


def accepted_events(versions: list[Judged]) -> list[tuple[Judged, Row]]:
    """The last received of each business day."""
    return [(judged, {"day": judged.day}) for judged in {j.day: j for j in versions}.values()]


def accepted_current(versions: list[Judged]) -> list[tuple[Judged, Row]]:
    """The newest version."""
    newest = by_sequence(versions, first=False)[-1]
    return [(newest, {"day": newest.day})]


def accepted_reference(versions: list[Judged]) -> list[tuple[Judged, Row]]:
    """The newest version, by the first record that brought it."""
    return [(by_sequence(versions, first=True)[-1], {})]


def accepted_history(versions: list[Judged]) -> list[tuple[Judged, Row]]:
    """The records that begin a version, each valid until the next."""
    begun: list[Judged] = []
    for judged in by_sequence(versions, first=True):
        if not begun or content(begun[-1].values) != content(judged.values):
            begun.append(judged)
    starts = [judged.values["updated_at"] for judged in begun]
    ends = [*starts[1:], None]
    return [
        (judged, {"valid_from": start, "valid_to": end, "is_current": end is None})
        for judged, start, end in zip(begun, starts, ends, strict=True)
    ]


TAKES_IN = {
    "Events": accepted_events,
    "Current": accepted_current,
    "Reference": accepted_reference,
    "History": accepted_history,
}


def take_in(silver: Silver, dataset: Dataset, records: list[Record]) -> None:
    """Judge the records of one dataset, and add its tables and accounts."""
    known = silver.known()
    judged = [judge(dataset, record, known) for record in sorted(records, key=lambda r: r.arrival)]
    by_key: defaultdict[tuple[Any, ...], list[Judged]] = defaultdict(list)
    for one in judged:
        if not one.rules:
            by_key[tuple(one.values[name] for name in dataset.key)].append(one)
    accepted = [pair for versions in by_key.values() for pair in TAKES_IN[dataset.kind](versions)]
    silver.tables[dataset.table] = [stored(dataset, one, extra, known) for one, extra in accepted]
    if dataset.name == "orders":
        silver.tables["commerce.silver.order_lines"] = [
            line for one, extra in accepted for line in order_lines({**one.values, **extra})
        ]
    quarantined = [one for one in judged if one.rules]
    silver.tables[dataset.table.replace(".silver.", ".quarantine.")] = [
        set_aside(one) for one in quarantined
    ]
    silver.accounts += accounts(dataset, judged, [one for one, _ in accepted])
    counts = Counter((one.day, rule) for one in quarantined for rule in one.rules)
    silver.quarantine_counts += [
        {"table": dataset.table, "day": day, "rule": rule, "quarantined": count}
        for (day, rule), count in sorted(counts.items())
    ]


def accounts(dataset: Dataset, judged: Iterable[Judged], accepted: Iterable[Judged]) -> list[Row]:
    """What became of the records of each day."""
    received: Counter[date] = Counter()
    quarantined: Counter[date] = Counter()
    for one in judged:
        received[one.day] += 1
        quarantined[one.day] += bool(one.rules)
    taken = Counter(one.day for one in accepted)
    return [
        {
            "table": dataset.table,
            "day": day,
            "received": received[day],
            "accepted": taken[day],
            "duplicates": received[day] - taken[day] - quarantined[day],
            "quarantined": quarantined[day],
        }
        for day in sorted(received)
    ]


def set_aside(one: Judged) -> Row:
    """A quarantined record."""
    record = one.record
    place = {"_file": record.file, "_row": record.row, "_landed_on": record.landed_on}
    return {"day": one.day, "rules": sorted(one.rules), **place}


def stored(dataset: Dataset, one: Judged, extra: Row, known: Known) -> Row:
    """An accepted record as a row of its silver table."""
    row = {**one.values, **extra}
    if dataset.name == "machine_telemetry":
        zone = ZoneInfo(known.zones[row["factory_id"]])
        row |= {"hour": row["ts"].astimezone(zone).hour, "_landed_on": one.record.landed_on}
    if dataset.name == "orders":
        shipping, payment = row.pop("shipping") or {}, row.pop("payment") or {}
        row |= {"shipping_city": shipping.get("city"), "shipping_country": shipping.get("country")}
        row |= {"payment_method": payment.get("method")}
        del row["items"]
    return row


def order_lines(order: Row) -> list[Row]:
    """One row an item of an accepted order."""
    shared = {
        name: order[name]
        for name in ("day", "order_id", "currency", "status", "country", "channel")
    }
    return [{**item, "discount": item["discount"] or 0, **shared} for item in order["items"]]


def silver_of(files: list[FileSeen]) -> Silver:
    """Every table of the silver layer, from the files of a landing zone."""
    silver = Silver()
    for dataset in DATASETS:
        records = [
            record for file in files if file.folder == dataset.folder for record in file.records
        ]
        take_in(silver, dataset, records)
    silver.tables["commerce.silver.sessions"] = sessions(
        silver.tables["commerce.silver.web_events"]
    )
    return silver
