"""Judging: which rules a record breaks and which day it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.fields import Dataset
from mega_toys_tests.oracle.files import Record
from mega_toys_tests.oracle.values import Instant, MisfitError, fit

DAY = timedelta(days=1)
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Known:
    """What silver knows already: keys by table, and the time zone of each factory."""

    keys: Mapping[str, frozenset[str]]
    zones: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """A record with its typed values, the rules it breaks and its day."""

    record: Record
    values: dict[str, Any]
    rules: frozenset[str]
    day: date


def business_time(
    dataset: Dataset, values: dict[str, Any], valid: set[str]
) -> tuple[str, Instant] | None:
    """The field that gives the business day, with its value; None where it cannot be read."""
    for name in dataset.business_time:
        if name not in valid:
            return None
        if values[name] is not None:
            return name, values[name]
    return None


def business_day(dataset: Dataset, values: dict[str, Any], moment: Instant, known: Known) -> date:
    """The day in the time zone of the record's factory, else as the sender wrote it."""
    zone = known.zones.get(values.get("factory_id") or "") if dataset.is_zoned else None
    try:
        return moment.astimezone(ZoneInfo(zone)).date() if zone else moment.written
    except OverflowError:
        return moment.written


def judge(dataset: Dataset, record: Record, known: Known) -> Judged:
    """Every rule that the record breaks, and its day."""
    if record.raw is None:
        return Judged(record, {}, frozenset({"record_is_readable"}), record.landed_on)
    values: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for field in dataset.fields:
        try:
            values[field.name] = value = fit(field, record.raw.get(field.name))
        except MisfitError:
            broken[field.name] = "is_valid"
            continue
        if value is None:
            if field.required:
                broken[field.name] = "is_present"
        elif field.known_in and value not in known.keys[field.known_in]:
            broken[field.name] = "is_known"
    unfit = {name for name, claim in broken.items() if claim != "is_known"}
    valid = {field.name for field in dataset.fields} - unfit
    rules = {f"{name}_{claim}" for name, claim in broken.items()}
    if (
        dataset.has_sequence
        and "updated_at" in valid
        and is_ahead(values["updated_at"], record.landed_on)
    ):
        rules.add("updated_at_is_valid")
    day, misplaced = placed(dataset, values, valid, record.landed_on, known)
    rules |= misplaced
    refused = {name for name in valid if f"{name}_is_valid" in rules}
    rules |= {
        rule.name
        for rule in dataset.rules
        if not refused & set(rule.needs) and valid.issuperset(rule.needs) and not rule.holds(values)
    }
    return Judged(record, values, frozenset(rules), day)


def is_ahead(sequence: datetime, landed_on: date) -> bool:
    """Whether a version claims to be later than 00:00 UTC two days after it landed."""
    return sequence > datetime.combine(landed_on + 2 * DAY, time(), UTC)


def placed(
    dataset: Dataset, values: dict[str, Any], valid: set[str], landed_on: date, known: Known
) -> tuple[date, set[str]]:
    """The day a record belongs to, and the rule it breaks if that is not its business day."""
    found = business_time(dataset, values, valid)
    if found is None:
        return landed_on, set()
    name, moment = found
    day = business_day(dataset, values, moment, known)
    if dataset.kind == "Events":
        inside = day - DAY <= landed_on <= day + 3 * DAY
        return (day, set()) if inside else (landed_on, {"landed_within_window"})
    inside = FIRST_DAY <= day <= landed_on + DAY
    return (day, set()) if inside else (landed_on, {f"{name}_is_valid"})
