"""Why a record was quarantined: a sentence for every rule, from the field declarations."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import getdoc
from typing import Any, Self

import polars as pl

from mega_toys.declared.dataset import Dataset
from mega_toys.declared.days import shifted
from mega_toys.declared.field import Sent
from mega_toys.declared.name import TableName
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.table import Current, Events, FromBronze
from mega_toys.declared.window import Window
from mega_toys.declared.words import shortened
from mega_toys.lake.fields.fit import fit_objects
from mega_toys.lake.fields.layouts import way_out
from mega_toys.lake.fields.native import json_text
from mega_toys.lake.fields.texts import LAST_INT
from mega_toys.lake.fields.valid import stored, time_zones
from mega_toys.lake.judging import window
from mega_toys.lake.quarantined.unseen import difference, strange, twin
from mega_toys.lake.run.known import known_now
from mega_toys.lake.run.work import Work

_LONGEST = 80  # characters of a value that are told
_LONGEST_RECORD = 500  # and of the text of one that cannot be read
_FAULTS = 3  # faults inside one field that are told
_LIKE = 0.6  # how alike a nearest value must be
_PLAIN = {
    "text": "a text",
    "int": "a whole number",
    "number": "a number",
    "money": "an exact amount of at most 14 digits and 4 decimals",
    "bool": "true or false",
    "date": "a day as YYYY-MM-DD",
    "time": "an instant as YYYY-MM-DDTHH:MM:SS with Z or an offset such as +01:00",
}


@dataclass(frozen=True)
class Reasons:
    """What the rules of one silver table ask, with the keys that are known at the moment."""

    table: FromBronze
    dataset: Dataset
    fields: Mapping[str, Sent]
    known: Mapping[str, Sequence[str]]
    unread: Callable[[str, str], str]  # why a text of a file is no record
    sent_as: Callable[[str], SentAs]  # how a file is sent

    @classmethod
    def of(
        cls,
        table: FromBronze,
        work: Work,
        unread: Callable[[str, str], str],
        sent_as: Callable[[str], SentAs],
    ) -> Self:
        """The rules of a table, as of now."""
        received = work.catalog.bronze_of(table)
        keys = known_now(table, work).keys
        known = {name: found.drop_nulls().to_list() for name, found in keys.items()}
        return cls(table, received.dataset, received.fields, known, unread, sent_as)

    def told(self, rules: Sequence[str], record: str, landed_on: dt.date, file: str) -> list[str]:
        """One sentence for each rule that a record, as the quarantine keeps it, breaks."""
        values = json.loads(record)
        if not isinstance(values, dict):
            shown = shortened(str(values), _LONGEST_RECORD)
            return [f"This is no record: {shown}. {self.unread(str(values), file)}".strip()]
        return [
            f"{self._sentence(rule, values, landed_on)}{self._way_out(rule, values, file)}"
            for rule in rules
        ]

    def _way_out(self, rule: str, values: Mapping[str, Any], file: str) -> str:
        """What is declared of a field that does not fit, or what would read it."""
        field = rule.removesuffix("_is_valid")
        if field == rule or field not in self.fields or values.get(field) is None:
            return ""
        value, kind = values[field], self.fields[field].type
        if not fit_objects([value], kind).unfit.any():
            return ""
        if layouts := self.sent_as(file).layouts_of(field, kind):
            return f" Declared are {', '.join(f'`{layout}`' for layout in layouts)}."
        found = way_out(value, kind)
        return f" Declare `sent_as=SentAs({found})` where it is sent so." if found else ""

    def _sentence(self, rule: str, values: Mapping[str, Any], landed_on: dt.date) -> str:
        if rule == window.OUT_OF_WINDOW and isinstance(self.table, Events):
            return self._out_of_window(values, landed_on, self.table.window)
        field, _, claim = rule.rpartition("_is_")
        told = []
        if field in self.fields and claim in _SENTENCES:
            told += [_SENTENCES[claim](self, field, values.get(field), landed_on)]
        told += [getdoc(own) or rule for own in self.table.rules if own.__name__ == rule]
        return " ".join(filter(None, told)) or self._as_shown(rule, values) or rule

    def _as_shown(self, rule: str, values: Mapping[str, Any]) -> str:
        """Of a value that fits as it is kept: what else may be wrong with it."""
        field = rule.removesuffix("_is_valid")
        if field == rule or field not in self.fields or values.get(field) is None:
            return ""
        told = _fault(field, values[field], self.fields[field])
        return f"{told} As it is shown it would fit: {_OTHERWISE}."

    def _out_of_window(
        self, values: Mapping[str, Any], landed_on: dt.date, declared: Window
    ) -> str:
        times = [f"`{name}` is {_shown(values[name])}" for name in self._business_times(values)]
        told = f"{' and '.join(times)}, and it landed on {landed_on}: that must be "
        return f"{told}{window.told(declared)}."

    def _business_times(self, values: Mapping[str, Any]) -> list[str]:
        return [name for name in self.dataset.business_time if values.get(name) is not None][:1]

    def _missing(self, field: str, value: Any, landed_on: dt.date) -> str:
        return _fault(field, None, self.fields[field])

    def _unfit(self, field: str, value: Any, landed_on: dt.date) -> str:
        faults = list(_faults(field, value, self.fields[field]))
        if faults:
            return " ".join(_fault(*fault) for fault in faults[:_FAULTS])
        must = []
        if field == self.dataset.sequence:
            must.append(f"not be after {shifted(landed_on, 2)}T00:00:00Z")
        if field in self.dataset.business_time and isinstance(self.table, Current):
            must.append(f"be on a day from {self.table.first_day} to {shifted(landed_on, 1)}")
        return f"`{field}` is {_shown(value)}: it must {' and '.join(must)}." if must else ""

    def _unknown(self, field: str, value: Any, landed_on: dt.date) -> str:
        where = TableName.of(self.table.known[field])
        near = _nearest(str(value), self.known.get(field, ()))
        return f"`{field}` is {_shown(value)}, which {where} does not know.{near}"


_OTHERWISE = "it was sent as a value of another type, or judged by an older rule"
_SENTENCES = {"present": Reasons._missing, "valid": Reasons._unfit, "known": Reasons._unknown}


def _faults(at: str, value: Any, sent: Sent) -> Iterator[tuple[str, Any, Sent]]:
    """The parts of a value that are not valid, with their place in it."""
    if _is_valid(value, sent):
        return
    items = value if isinstance(value, list) else [value]
    inside = [
        (f"{at}[{number}].{name}" if sent.type == "list" else f"{at}.{name}", item.get(name), part)
        for number, item in enumerate(items)
        if isinstance(item, dict)
        for name, part in sent.fields.items()
        if part.required or item.get(name) is not None
    ]
    if sent.item and isinstance(value, list):
        inside = [(f"{at}[{number}]", item, sent.item) for number, item in enumerate(items)]
    found = [fault for part in inside for fault in _faults(*part)]
    yield from found or [(at, value, sent)]


def _is_valid(value: Any, sent: Sent) -> bool:
    fitted = fit_objects([value], sent.type).values.to_frame("value")
    return fitted.select(stored(pl.col("value"), sent)).item() is not None


def _fault(at: str, value: Any, sent: Sent) -> str:
    if value is None:
        return f"`{at}` is missing: it must be {wanted(sent)}."
    text = str(value) if sent.is_time_zone else str(value).lower()
    valid = sorted(time_zones()) if sent.is_time_zone else sent.choices
    hidden = strange(value) if isinstance(value, str) else ""
    told = _nearest(text, valid) if valid else hidden or _beyond(text, sent)
    return f"`{at}` is {_shown(value)}: it must be {wanted(sent)}.{told}"


def _beyond(text: str, sent: Sent) -> str:
    """Of a whole number that is none here: that it is too large."""
    whole = re.fullmatch(r"[+-]?0*([0-9]+)", text.strip()) if sent.type == "int" else None
    digits, most = whole[1] if whole else "", str(LAST_INT)
    is_beyond = (len(digits), digits) > (len(most), most)
    return " It is beyond 64 bits." if is_beyond else ""


def wanted(sent: Sent) -> str:
    """What a field must be, in words."""
    if sent.item:
        some = "" if sent.may_be_empty else ", at least one"
        return f"a list of values{some}, each {wanted(sent.item)}"
    if sent.type in ("list", "object"):
        parts = ", ".join(f"{name} ({wanted(field)})" for name, field in sent.fields.items())
        if sent.type == "object":
            return f"an object of {parts}"
        return f"a list of objects{'' if sent.may_be_empty else ', at least one'}, each of {parts}"
    if sent.choices:
        return f"one of {', '.join(sent.choices)}"
    if sent.letters:
        return f"a code of {sent.letters} letters"
    if sent.is_time_zone:
        return "the IANA name of a time zone, such as Europe/Berlin"
    longest = f" of at most {sent.longest} characters" if sent.longest else ""
    return f"{_PLAIN[sent.type]}{longest}{_range(sent)}"


def _range(sent: Sent) -> str:
    if sent.more_than is not None:
        return f" above {sent.more_than:g}"
    if sent.at_least is None:
        return "" if sent.at_most is None else f", at most {sent.at_most:g}"
    if sent.at_most is None:
        return f", at least {sent.at_least:g}"
    return f" from {sent.at_least:g} to {sent.at_most:g}"


def _nearest(text: str, valid: Sequence[str]) -> str:
    if alike := twin(text, valid):
        return f" {difference(text, alike)}"
    near = get_close_matches(text, valid, n=1, cutoff=_LIKE)
    return f" The nearest is `{near[0]}`.{strange(text)}" if near else strange(text)


def _shown(value: Any) -> str:
    return shortened(value if isinstance(value, str) else json_text(value), _LONGEST)
