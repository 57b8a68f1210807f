"""The reasons say in words what is wrong with a record and what it must be."""

import datetime as dt
import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.lake.quarantined.reasons import Reasons
from mega_toys_tests.lakes import DECLARED, SILVER

LANDED = dt.date(2026, 3, 10)
KOELN = unicodedata.normalize("NFC", "F-Köln")
KNOWN = {"factory_id": ["F-NUE", "F-PNQ", KOELN], "machine_id": ["M-NUE-00"]}


def nothing(text: str, file: str) -> str:
    return ""


def told(table: str, rule: str, sent_by: SentAs = BY_DEFAULT, **record: Any) -> str:
    silver = SILVER[table]
    received = DECLARED.bronze_of(silver)
    dataset, fields = received.dataset, received.fields
    reasons = Reasons(silver, dataset, fields, KNOWN, nothing, lambda file: sent_by)
    (sentence,) = reasons.told([rule], json.dumps(record), LANDED, "f")
    return sentence


READINGS, ORDERS = "manufacturing.silver.machine_readings", "commerce.silver.orders"
FACTORIES, PRODUCTION = "manufacturing.silver.factories", "manufacturing.silver.production_orders"
ITEM = {"line_no": 1, "sku": "T", "quantity": 0, "unit_price": "1"}


@pytest.mark.parametrize(
    ("table", "rule", "record", "sentence"),
    [
        (READINGS, "status_is_valid", {"status": "Producng"},
         "`status` is `Producng`: it must be one of producing, setup, idle, down, off. "
         "The nearest is `producing`."),
        (READINGS, "status_is_present", {},
         "`status` is missing: it must be one of producing, setup, idle, down, off."),
        (ORDERS, "order_id_is_valid", {"order_id": "10:00:00"},
         "`order_id` is `10:00:00`: it must be a text. As it is shown it would fit: it was sent as "
         "a value of another type, or judged by an older rule."),
        (READINGS, "temperature_c_is_valid", {"temperature_c": 900},
         "`temperature_c` is `900`: it must be a number from -40 to 250."),
        (READINGS, "cycle_count_is_valid", {"cycle_count": 1.5},
         "`cycle_count` is `1.5`: it must be a whole number, at least 0."),
        (READINGS, "cycle_count_is_valid", {"cycle_count": "9223372036854775808"},
         "`cycle_count` is `9223372036854775808`: it must be a whole number, at least 0. "
         "It is beyond 64 bits."),
        (READINGS, "machine_id_is_known", {"machine_id": "M-NUE-0"},
         "`machine_id` is `M-NUE-0`, which manufacturing.silver.machines does not know. "
         "The nearest is `M-NUE-00`."),
        (READINGS, "landed_within_window", {"ts": "2026-03-01T00:00:00Z"},
         "`ts` is `2026-03-01T00:00:00Z`, and it landed on 2026-03-10: that must be from 1 day "
         "before to 3 days after its business day."),
        (FACTORIES, "time_zone_is_valid", {"time_zone": "Europe/Berln"},
         "`time_zone` is `Europe/Berln`: it must be the IANA name of a time zone, such as "
         "Europe/Berlin. The nearest is `Europe/Berlin`."),
        (PRODUCTION, "updated_at_is_valid", {"updated_at": "2031-01-01T00:00:00Z"},
         "`updated_at` is `2031-01-01T00:00:00Z`: it must not be after 2026-03-12T00:00:00Z."),
        (PRODUCTION, "started_at_is_valid", {"started_at": "1999-01-01T00:00:00Z"},
         "`started_at` is `1999-01-01T00:00:00Z`: it must be on a day from 2000-01-01 to "
         "2026-03-11."),
        (PRODUCTION, "ended_after_started", {}, "What has ended took some time."),
        (ORDERS, "items_is_valid", {"items": [ITEM]},
         "`items[0].quantity` is `0`: it must be a whole number, at least 1. No item is "
         "discounted below nothing, and each has a number of its own in the order."),
        (ORDERS, "items_is_valid", {"items": [ITEM | {"quantity": 1, "discount": 2}]},
         "No item is discounted below nothing, and each has a number of its own in the order."),
    ],
)  # fmt: skip
def test_a_reason_names_the_value_what_it_must_be_and_the_nearest(
    table: str, rule: str, record: dict[str, Any], sentence: str
) -> None:
    assert told(table, rule, **record) == sentence


@pytest.mark.parametrize(
    ("field", "value", "declared"),
    [
        ("started_at", "10.03.2026 09:00", "times='%d.%m.%Y %H:%M', zone='…'"),
        ("started_at", "2026-03-10 09:00:00", "zone='…'"),
        ("started_at", 1773162000250, "times='epoch ms'"),
        ("started_at", "Tue, 10 Mar 2026 09:00:00 +0100", "times='%a, %d %b %Y %H:%M:%S %z'"),
        ("planned_run_time_per_item_s", "1.234,5", "decimal=',', thousands='.'"),
        ("produced_quantity", "1,234", "thousands=','"),
        ("produced_quantity", "N/A", "nulls=('N/A',)"),
        ("started_at", "soon", None),
        ("produced_quantity", -1, None),
    ],
)
def test_a_reason_says_which_declaration_would_read_the_value(
    field: str, value: Any, declared: str | None
) -> None:
    sentence = told(PRODUCTION, f"{field}_is_valid", **{field: value})

    way_out = f" Declare `sent_as=SentAs({declared})` where it is sent so."
    assert sentence.endswith(way_out) if declared else "sent_as" not in sentence


def test_a_reason_says_which_layouts_are_declared() -> None:
    german = SentAs(times=("%d.%m.%Y %H:%M", "iso"), zone="Europe/Berlin")

    sentence = told(PRODUCTION, "started_at_is_valid", german, started_at="10.3. 9 Uhr")

    assert sentence.endswith(" Declared are `%d.%m.%Y %H:%M`, `iso`.")


@pytest.mark.slow
def test_every_rule_of_every_table_has_a_sentence_whatever_the_record_holds() -> None:
    for silver in DECLARED.from_bronze:
        received = DECLARED.bronze_of(silver)
        dataset, fields = received.dataset, received.fields
        reasons = Reasons(silver, dataset, fields, {}, nothing, lambda file: BY_DEFAULT)
        rules = [f"{f}_is_{claim}" for f in received.fields for claim in ("present", "valid")]
        rules += [f"{field}_is_known" for field in silver.known]
        rules += [rule.__name__ for rule in silver.rules] + ["record_is_readable"]
        for odd in (None, "odd", 10**30, [], {"a": [1]}, [[]], True):
            record = json.dumps(dict.fromkeys(received.fields, odd))
            assert all(reasons.told(rules, record, LANDED, "f")), silver.name


@pytest.mark.parametrize(
    ("value", "told_of_it"),
    [
        (unicodedata.normalize("NFD", KOELN), "it has U+006F LATIN SMALL LETTER O and U+0308 "
         "COMBINING DIAERESIS where that has U+00F6 LATIN SMALL LETTER O WITH DIAERESIS, "
         "in Unicode's form NFD."),
        ("F-NUE\u00a0", "It has U+00A0 NO-BREAK SPACE."),
        ("F\u2013NUE", "it has U+2013 EN DASH where that has U+002D HYPHEN-MINUS."),
        ("F-NU\u0415", "U+0415 CYRILLIC CAPITAL LETTER IE where that has U+0045"),
        ("F-\u200bNUE", "it has U+200B ZERO WIDTH SPACE where that has nothing."),
    ],
)  # fmt: skip
def test_a_difference_that_one_does_not_see_is_named(value: str, told_of_it: str) -> None:
    assert told_of_it in told(READINGS, "factory_id_is_known", factory_id=value)


@pytest.mark.parametrize(
    ("value", "told_of_it"),
    [
        ("\u221240", " It has U+2212 MINUS SIGN."),
        ("\u00a021.5", " It has U+00A0 NO-BREAK SPACE."),
        ("２１", " It has U+FF12 FULLWIDTH DIGIT TWO and U+FF11 FULLWIDTH DIGIT ONE."),
        ("hot", "from -40 to 250."),
        ("heiß", "from -40 to 250."),
    ],
)
def test_blanks_and_signs_that_are_none_are_named(value: str, told_of_it: str) -> None:
    sentence = told(READINGS, "temperature_c_is_valid", temperature_c=value)

    assert sentence.endswith(told_of_it)
    assert sentence.count(told_of_it) == 1


def test_of_a_long_value_the_beginning_and_the_length_are_told() -> None:
    sentence = told(READINGS, "temperature_c_is_valid", temperature_c="x" * 5000)

    assert f"`{'x' * 80}…` (5,000 characters)" in sentence


def test_a_sequence_that_is_the_business_time_is_told_both_bounds() -> None:
    silver = SILVER[PRODUCTION]
    received = DECLARED.bronze_of(silver)
    dataset = replace(received.dataset, business_time=("updated_at",))
    reasons = Reasons(silver, dataset, received.fields, KNOWN, nothing, lambda file: BY_DEFAULT)

    sent = json.dumps({"updated_at": "1999-01-01T00:00:00Z"})
    assert reasons.told(["updated_at_is_valid"], sent, LANDED, "f") == [
        "`updated_at` is `1999-01-01T00:00:00Z`: it must not be after 2026-03-12T00:00:00Z and "
        "be on a day from 2000-01-01 to 2026-03-11."
    ]
