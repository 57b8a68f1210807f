"""Faults: everything that "What goes wrong" names, in records, in lines and in whole files."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from mega_toys_tests.oracle.columns import Row
from mega_toys_tests.oracle.datasets import BY_FOLDER
from mega_toys_tests.oracle.dialects import Wrong
from mega_toys_tests.oracle.fields import Field
from mega_toys_tests.oracle.packing import Lines, compressed, csv_lines, json_line
from mega_toys_tests.oracle.senders import Sent

WRONG: dict[str, tuple[Any, ...]] = {
    "text": (12.5, True, ["a"], {"a": 1}),
    "int": ("many", 1.5, "1.5", "9223372036854775808", 1e19, True, [1], "0x10", -(10**20)),
    "number": ("hot", "NaN", "inf", float("nan"), "1,5", "1e999", True, {"a": 1}, "1 2"),
    "money": ("12.34567", "1e2", "123456789012345",
    "99999999999999.99999", "12,50", "€5", True, -0.01, "-0.01"),
    "bool": ("yes", 1, 0, "j", [True]),
    "date": ("2026-02-30", "10.03.2026", "2026-3-9", "20260310", "2026-03-10T00:00:00Z", 20522),
    "time": (
        "2026-03-10T08:00:00", "2026-03-10 08:00:00", "2026-03-10t08:00:00z", "2026-03-10T08:00",
        1773129600, "1773129600000", "2026-03-10", "2026-03-10  08:00Z", "2026-03-10T08:00  Z",
        "2026-03-10T24:00:00Z", "2026-03-10T23:59:60Z", "2026-03-10\t08:00Z", "2026-03-10T08Z",
        "2026-03-10T08:00:00+15:00", "2026-03-10T08:00:00+1", "2026-03-10T08:00:00+14:01",
        "2026-03-10T08:00:00+1500", "2026-03-10T08:00:00+01:0", "2026-03-10T08:00.5Z",
        "2026-02-30T08:00:00Z", "2026-03-10T08:00:00.1234567890Z",
        "2026-03-10T08:00:00.Z", "10.03.2026 08:00", "soon",
    ),
    "choice": ("none of these", 7, True, ["off"]),
    "country": ("DEU", "D", "12", 49, "D E"),
    "currency": ("EURO", "EU", "978", 978),
    "time_zone": ("Mars/Olympus", "+01:00", 1),
    "list": ("not json", "{}", 5, {"a": 1}, [None], [5], "[", [{}], "[{\"line_no\": 1}]"),
    "object": ("not json", "[]", 5, [], {}, {"city": "Ulm"}, {"method": ["card"]}),
}  # fmt: skip


def spoilt_value(field: Field, rng: Random) -> Any:
    """A value that does not fit the field."""
    limits = [
        value
        for value, limit in ((-1e6, field.low), (1e6, field.high), (-1, field.above))
        if limit is not None
    ]
    long_id = ["x" * 65, "ü" * 65, "ü" * 64] if field.name == "event_id" else []
    return rng.choice((*WRONG[field.type], *limits, *long_id))


def missing(sent: Sent, rng: Random) -> Row:
    """A field that is not there, or null in one of its ways."""
    name = rng.choice([field.name for field in BY_FOLDER[sent.folder].fields])
    if rng.random() < 0.5:
        return {key: value for key, value in sent.record.items() if key != name}
    return sent.record | {name: Wrong(rng.choice((None, "", " \t")))}


def unfit(sent: Sent, rng: Random) -> Row:
    """One or two fields of the wrong type or out of range."""
    fields = rng.choices(BY_FOLDER[sent.folder].fields, k=rng.randint(1, 2))
    return sent.record | {field.name: Wrong(spoilt_value(field, rng)) for field in fields}


def unknown_field(sent: Sent, rng: Random) -> Row:
    """More than was declared, which is no fault."""
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    return sent.record | rng.choice(
        ({"firmware": "v2"}, {"extra": {"a": [1, None]}}, {"deep": deep})
    )


def misdated(sent: Sent, rng: Random) -> Row:
    """A business time or a sequence from the future or from long ago."""
    times = [*BY_FOLDER[sent.folder].business_time, "updated_at"]
    names = [name for name in times if sent.record.get(name) is not None]
    if not names:
        return sent.record
    name = rng.choice(names)
    return sent.record | {
        name: sent.record[name] + timedelta(days=rng.choice((-9900, -5, -4, 1, 2, 3, 900)))
    }


def unknown_key(sent: Sent, rng: Random) -> Row:
    """A factory or a machine that nobody knows."""
    names = [field.name for field in BY_FOLDER[sent.folder].fields if field.known_in]
    return sent.record | dict.fromkeys(rng.sample(names, min(1, len(names))), "NOBODY")


def spoilt_items(record: Row, rng: Random) -> Row:
    """An order's lines that cannot be."""
    first, *rest = record["items"]
    worth = first["unit_price"] * first["quantity"]
    wrong: tuple[list[Any], ...] = (
        [],
        [first, first],
        [first | {"discount": worth + Decimal("0.01")}, *rest],
        [first | {"quantity": 0}],
        [first | {"sku": ""}, *rest],
        [first | {"unit_price": Decimal(-1)}],
        [{name: value for name, value in first.items() if name != "line_no"}],
        [*record["items"], None],
    )
    return record | {"items": rng.choice(wrong)}


CONTRADICTIONS: dict[str, Callable[[Row, Random], Row]] = {
    "commerce/orders": spoilt_items,
    "finance/sales_ledger": lambda r, _: (
        r | {"discount": r["quantity"] * r["unit_price"] + Decimal("0.01")}
    ),
    "manufacturing/production_orders": lambda r, rng: (
        r | rng.choice(({"scrap_quantity": 10**4}, {"ended_at": r["started_at"]}))
    ),
    "manufacturing/downtimes": lambda r, _: (
        r | {"ended_at": r["started_at"] - timedelta(seconds=1)}
    ),
    "manufacturing/shifts": lambda r, rng: (
        r | {"ends_at": r["starts_at"] + timedelta(hours=rng.choice((-1, 0, 12, 13)))}
    ),
    "supply/stock_movements": lambda r, rng: r | {"quantity": rng.choice((0, -r["quantity"]))},
    "safety/lot_events": lambda r, _: r | {"input_quantity_list": [], "output_quantity_list": []},
}
KINDS = (missing, missing, unfit, unfit, unfit, unknown_field, misdated, unknown_key)


def spoilt_record(sent: Sent, rng: Random) -> Sent:
    """The record with one kind of fault."""
    contradiction = CONTRADICTIONS.get(sent.folder)
    if contradiction and rng.random() < 0.25:
        return Sent(sent.folder, contradiction(sent.record, rng), sent.lands)
    return Sent(sent.folder, rng.choice(KINDS)(sent, rng), sent.lands)


def spoilt_lines(lines: Lines, form: str, rng: Random) -> Lines:
    """One to three bad lines among those of a plain text file, or a last one torn."""
    lines = list(lines)
    is_csv = form == ".csv"
    deep = b'{"event_id": "deep", "x": ' + b"[" * 150 + b"]" * 150 + b"}"
    foreign = b'{"event_id": "\xff\xfe\xe4", "ts": "2026"}'
    no_objects = [
        b"null",
        b'"text"',
        b"[1]",
        b"42",
        b"{broken",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1} {"b": 2}',
        b'{"$oid": "65f0"},',
        deep,
        foreign,
    ]
    width = lines[0].count(b",") + 1
    ragged = [
        b"x" + b"," * width,
        b"x" + b"," * max(0, width - 2),
        b"\xff\xe4" + b"," * (width - 1),
        b'"x" after the quote' + b"," * (width - 1),
        b'x,"cut' + b"," * (width - 2) + b'\ny,"cut",z',
        b'"back\\"slash"' + b"," * (width - 1),
    ]
    for _ in range(rng.randint(1, 3)):
        lines.insert(
            rng.randint(1 if is_csv else 0, len(lines)),
            rng.choice(ragged if is_csv and width > 1 else no_objects),
        )
    if rng.random() < 0.4:
        if is_csv:
            lines += [b'x,"never closed', b"1,2", b"3,4"]
        else:
            lines[-1] = lines[-1][: len(lines[-1]) // 2] + b"{"
    return lines


def without_zone(rows: list[Row]) -> list[Row]:
    """The rows with local native timestamps, which are no instants."""
    return [
        {
            name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def spoilt_file(body: bytes, rows: list[Row], form: str, packing: str, rng: Random) -> bytes:
    """A whole file cut off, emptied, in another format than its name says, or blown up."""
    plain_text = form in (".ndjson", ".jsonl", ".csv") and not packing
    lines = b"\n".join(json_line(row, rng) for row in rows)
    array = b"[" + b",\n".join(json_line(row, rng) for row in rows) + b"]"
    options = [
        b"",
        "\ufeff".join(("", lines.decode(errors="replace"))).encode("utf-16-le"),
        compressed(compressed(body, ".gz"), ".gz"),
        compressed(b'{"a": 1}' + b" " * 3_000_000, packing or ".gz"),
    ]
    if not plain_text:
        options += [body[: len(body) * 2 // 3], body[:-9], body[:20]] * 2
    if form in (".ndjson", ".jsonl", ".csv", ".json"):
        others = {
            ".csv": [lines, b"foo,bar\n1,2\n", b"updated_at,ts,updated_at,ts\n1,2,3,4\n"],
            ".json": [lines + b" {}", lines + b"\n[1]", array + b"\n{}", b"hello"],
        }
        other = others.get(form, [array] if plain_text else [])
        magics = (b"\x00", b"\xfe\xff", b"Obj\x01", b"PAR1")
        options += [
            compressed(text, packing) for text in (*(magic + lines for magic in magics), *other)
        ]
        options.append(
            compressed(
                {".csv": csv_lines(rows, rng)[0] + b"\n", ".json": b" [] "}.get(form, b"\n\n"),
                packing,
            )
        )
    else:
        options += [lines, array, json.dumps("text").encode()]
    return rng.choice(options)
