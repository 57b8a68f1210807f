"""Spoiling single lines of text formats: what no typed file can carry."""

import csv
import io
from collections.abc import Callable

import orjson

from mega_toys.simulator import formats
from mega_toys.simulator.sources import Source
from mega_toys.simulator.truth import Fault
from mega_toys.simulator.world import Generator

Spoil = Callable[[bytes], bytes]
NOISE = b"<html>502 Bad Gateway</html>"
JSON_NOISE = b'"502 Bad Gateway"'


def spoilt_line(
    source: Source, fault: Fault, names: list[str], form: str, rng: Generator
) -> tuple[Spoil, str]:
    """What is done to a line, and the rule that it then breaks."""
    if fault is Fault.MISSING_FIELD:
        name = source.required[rng.integers(0, len(source.required))]
        return _without(name), f"{name}_is_present"
    if fault is Fault.WRONG_TYPE:
        name = list(source.unfit)[rng.integers(0, len(source.unfit))]
        value = source.unfit[name]
        is_csv = ".csv" in form
        change = _csv_value(names.index(name), value) if is_csv else _value(name, value)
        return change, f"{name}_is_valid"
    if fault is Fault.UNKNOWN_FIELD:
        return _value("firmware", "v2.1"), ""
    if fault is Fault.RAGGED_ROW:
        return lambda line: line + b",and one more", source.rule(fault)
    noise = JSON_NOISE if formats.is_array(form) else NOISE
    return lambda line: noise, source.rule(fault)


def torn(line: bytes, form: str) -> bytes:
    """The first half of a line; of CSV so little that a field is missing."""
    half = len(line) // 2
    return line[: min(half, line.rfind(b","))] if form == ".csv" else line[:half]


def _without(name: str) -> Spoil:
    def change(line: bytes) -> bytes:
        record = orjson.loads(line)
        return orjson.dumps({key: value for key, value in record.items() if key != name})

    return change


def _value(name: str, value: str) -> Spoil:
    return lambda line: orjson.dumps(orjson.loads(line) | {name: value})


def _csv_value(at: int, value: str) -> Spoil:
    def change(line: bytes) -> bytes:
        fields = next(csv.reader([line.decode()]))
        written = io.StringIO()
        csv.writer(written, lineterminator="").writerow([*fields[:at], value, *fields[at + 1 :]])
        return written.getvalue().encode()

    return change
