"""The fixed rules, and the day on which a record has its place."""

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.table import ByBusinessDay, Current, Events, FromBronze
from mega_toys.declared.window import Window
from mega_toys.ingestion.decoding.fitted import rows
from mega_toys.ingestion.formats.records import of_objects
from mega_toys.lake.judging.judge import Judge, Known, rule_names
from mega_toys_tests.lakes import DECLARED, SILVER
from mega_toys_tests.quick import few_quick

LANDED = dt.date(2026, 3, 10)
ORDER = {
    "order_id": "O1", "customer_id": "C1", "placed_at": "2026-03-10T12:00:00Z",
    "updated_at": "2026-03-10T12:00:00Z", "status": "paid", "currency": "EUR", "country": "DE",
    "channel": "web",
    "items": [{"line_no": 1, "sku": "T", "quantity": 2, "unit_price": "5.00", "discount": "1"}],
    "shipping": {"full_name": "n", "street": "s", "postcode": "1", "city": "U", "country": "de"},
    "payment": {"method": "card"},
}  # fmt: skip
READING = {
    "event_id": "e1", "factory_id": "F", "machine_id": "M", "ts": "2026-03-10T12:00:00Z",
    "temperature_c": 20.5, "vibration_mm_s": 1, "power_kw": 2, "cycle_count": 3, "status": "idle",
}  # fmt: skip
MADE = {
    "order_id": "P1", "factory_id": "F", "machine_id": "M", "sku": "T", "lot_id": "L",
    "planned_run_time_per_item_s": 2.5, "started_at": "2026-03-10T08:00:00Z",
    "ended_at": "2026-03-10T12:00:00Z", "produced_quantity": 10, "good_quantity": 8,
    "scrap_quantity": 1, "rework_quantity": 1, "updated_at": "2026-03-10T12:00:00Z",
}  # fmt: skip
FACTORY = {
    "factory_id": "F", "name": "n", "country": "cn", "time_zone": "Asia/Shanghai",
    "currency": "cny", "updated_at": "2026-03-01T00:00:00Z",
}  # fmt: skip
PRODUCT = {
    "sku": "T", "name": "n", "category": "c", "age_min": 3, "list_price_eur": "9.99",
    "launched_on": "2026-01-01", "updated_at": "2026-03-01T00:00:00Z",
}  # fmt: skip
SHIFT = {
    "factory_id": "F", "day": "2026-03-10", "shift": "early", "starts_at": "2026-03-10T06:00:00Z",
    "ends_at": "2026-03-10T18:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
}  # fmt: skip
CUSTOMER = {
    "customer_id": "C", "email": "e", "full_name": "n", "country": "DE",
    "signed_up_at": "2026-03-01T00:00:00Z", "marketing_consent": True,
    "updated_at": "2026-03-01T00:00:00Z",
}  # fmt: skip
GOOD = {
    "commerce.silver.orders": ORDER,
    "manufacturing.silver.machine_readings": READING,
    "manufacturing.silver.production_orders": MADE,
    "manufacturing.silver.factories": FACTORY,
    "commerce.silver.products": PRODUCT,
    "manufacturing.silver.shifts": SHIFT,
    "commerce.silver.customers": CUSTOMER,
}
SHORT = {name.rsplit(".", 1)[-1]: name for name in GOOD}
KNOWN = {"factory_id": pl.Series(["F", "W"]), "machine_id": pl.Series(["M"])}
ZONES = {"F": "Asia/Shanghai", "W": "America/Chicago"}
ITEM = ORDER["items"][0]  # type: ignore[index]


def judged(
    table: str, sent: dict[str, Any] | None, known: Known | None = None, landed: dt.date = LANDED
) -> tuple[list[str], dt.date]:
    """The rules that a record breaks, none where it is accepted, and the day of its account."""
    silver = SILVER[SHORT[table]]
    bronze = DECLARED.bronze_of(silver)
    if known is None:
        keys = {name: KNOWN[name] for name in silver.known}
        known = Known(keys, ZONES if silver.zone_of else {})
    unreadable = {} if sent is not None else {0: "torn {"}
    received = rows(of_objects([sent], list(bronze.fields), unreadable, 0), bronze.fields)
    received = received.with_columns(
        _file=pl.lit("f"), _row=pl.lit(0, pl.Int64), _landed_on=pl.lit(landed),
        _ingested_at=pl.lit(dt.datetime(2026, 3, 10, tzinfo=dt.UTC)),
    )  # fmt: skip
    judge = Judge(silver, bronze, known)
    placed = judge.placed(received.lazy()).collect()
    valid, parts = judge.judged(placed)
    rejected = pl.concat(parts)
    assert valid.height + rejected.height == 1
    return (rejected["rules"].to_list() or [[]])[0], placed["_account_day"][0]


def broken(table: str, **told: Any) -> list[str]:
    return judged(table, GOOD[SHORT[table]] | told)[0]


@pytest.mark.parametrize("table", SHORT)
def test_a_good_record_breaks_no_rule(table: str) -> None:
    assert broken(table) == []


@pytest.mark.parametrize("table", few_quick(SHORT))
def test_every_required_field_must_be_present(table: str) -> None:
    good = GOOD[SHORT[table]]
    fields = DECLARED.bronze_of(SILVER[SHORT[table]]).fields
    for name, field in fields.items():
        for nothing in ({**good, name: None}, {**good, name: " "},
                        {key: value for key, value in good.items() if key != name}):  # fmt: skip
            rules, _ = judged(table, nothing)
            assert rules == ([f"{name}_is_present"] if field.required else []), name


@pytest.mark.parametrize("table", few_quick(SHORT))
def test_a_value_of_a_wrong_type_is_not_valid_also_where_it_may_be_null(table: str) -> None:
    good = GOOD[SHORT[table]]
    fields = DECLARED.bronze_of(SILVER[SHORT[table]]).fields
    for name in fields:
        for wrong in (True, [1], {"a": 1}):
            if fields[name].type == "bool" and wrong is True:
                continue
            rules, _ = judged(table, {**good, name: wrong})
            assert f"{name}_is_valid" in rules, (name, wrong)
            assert [rule for rule in rules if rule.startswith(f"{name}_is_")] == [
                f"{name}_is_valid"
            ]


@pytest.mark.parametrize("table", SHORT)
def test_an_unreadable_record_breaks_that_rule_only_and_stays_on_its_landing_day(
    table: str,
) -> None:
    assert judged(table, None) == (["record_is_readable"], LANDED)


@pytest.mark.parametrize(
    ("table", "told", "rules"),
    [
        ("machine_readings", {"temperature_c": -40}, []),
        ("machine_readings", {"temperature_c": "250.0"}, []),
        ("machine_readings", {"temperature_c": 250.1}, ["temperature_c_is_valid"]),
        ("machine_readings", {"temperature_c": -40.5}, ["temperature_c_is_valid"]),
        ("machine_readings", {"temperature_c": "hot"}, ["temperature_c_is_valid"]),
        ("machine_readings", {"power_kw": 1000.5}, ["power_kw_is_valid"]),
        ("machine_readings", {"vibration_mm_s": -0.1}, ["vibration_mm_s_is_valid"]),
        ("machine_readings", {"cycle_count": -1}, ["cycle_count_is_valid"]),
        ("machine_readings", {"cycle_count": 0.0}, []),
        ("machine_readings", {"status": " IDLE "}, []),
        ("machine_readings", {"status": "asleep"}, ["status_is_valid"]),
        ("machine_readings", {"event_id": "x" * 64}, []),
        ("machine_readings", {"event_id": "ü" * 64}, []),
        ("machine_readings", {"event_id": "x" * 65}, ["event_id_is_valid"]),
        ("machine_readings", {"event_id": 7}, []),
        ("machine_readings", {"factory_id": "f"}, ["factory_id_is_known"]),
        ("machine_readings", {"machine_id": "N"}, ["machine_id_is_known"]),
        ("machine_readings", {"factory_id": "X", "status": 1, "ts": None},
         ["factory_id_is_known", "status_is_valid", "ts_is_present"]),
        ("machine_readings", {"firmware": 7}, []),
        ("factories", {"country": "cN", "currency": "cny"}, []),
        ("factories", {"country": "CHN"}, ["country_is_valid"]),
        ("factories", {"country": "C1"}, ["country_is_valid"]),
        ("factories", {"country": "ÄÖ"}, ["country_is_valid"]),
        ("factories", {"currency": "YUAN"}, ["currency_is_valid"]),
        ("factories", {"time_zone": "Asia/Shenzhen"}, ["time_zone_is_valid"]),
        ("factories", {"time_zone": "UTC"}, []),
        ("factories", {"time_zone": "+08:00"}, ["time_zone_is_valid"]),
        ("factories", {"updated_at": "2026-03-12T00:00:00Z"}, []),
        ("factories", {"updated_at": "2026-03-12T00:00:00.000001Z"}, ["updated_at_is_valid"]),
        ("factories", {"updated_at": "2026-03-12T05:00:00+05:00"}, []),
        ("products", {"age_min": 0}, []),
        ("products", {"age_min": 19}, ["age_min_is_valid"]),
        ("products", {"list_price_eur": "-0.01"}, ["list_price_eur_is_valid"]),
        ("products", {"list_price_eur": 0}, []),
        ("products", {"list_price_eur": "9.99999"}, ["list_price_eur_is_valid"]),
        ("products", {"discontinued_on": "soon"}, ["discontinued_on_is_valid"]),
        ("production_orders", {"scrap_quantity": 2}, ["quantities_add_up"]),
        ("production_orders", {"scrap_quantity": "x"}, ["scrap_quantity_is_valid"]),
        ("production_orders", {"scrap_quantity": None}, ["scrap_quantity_is_present"]),
        ("production_orders", {"produced_quantity": 2**63 - 1, "good_quantity": 2**63 - 1},
         ["quantities_add_up"]),
        ("production_orders", {"planned_run_time_per_item_s": 0},
         ["planned_run_time_per_item_s_is_valid"]),
        ("production_orders", {"ended_at": "2026-03-10T08:00:00Z"}, ["ended_after_started"]),
        ("production_orders", {"ended_at": "2026-03-10T07:00:00-01:00"}, ["ended_after_started"]),
        ("production_orders", {"ended_at": None}, []),
        ("production_orders", {"ended_at": "never"}, ["ended_at_is_valid"]),
        ("production_orders", {"started_at": None, "ended_at": None}, ["started_at_is_present"]),
        ("shifts", {"ends_at": "2026-03-10T18:00:01Z"}, ["ends_at_is_valid"]),
        ("shifts", {"ends_at": "2026-03-10T06:00:00Z"}, ["ends_at_is_valid"]),
        ("shifts", {"ends_at": "06:00", "starts_at": None},
         ["ends_at_is_valid", "starts_at_is_present"]),
        ("shifts", {"starts_at": "x"}, ["starts_at_is_valid"]),
        ("orders", {"items": []}, ["items_is_valid"]),
        ("orders", {"items": "[]"}, ["items_is_valid"]),
        ("orders", {"items": [ITEM, ITEM]}, ["items_is_valid"]),
        ("orders", {"items": [ITEM, ITEM | {"line_no": 2}]}, []),
        ("orders", {"items": [ITEM | {"discount": "10.0000"}]}, []),
        ("orders", {"items": [ITEM | {"discount": "10.0001"}]}, ["items_is_valid"]),
        ("orders", {"items": [ITEM | {"discount": None}]}, []),
        ("orders", {"items": [ITEM | {"quantity": 0}]}, ["items_is_valid"]),
        ("orders", {"items": [ITEM | {"quantity": "2.0", "color": "red"}]}, []),
        ("orders", {"items": [ITEM | {"sku": None}]}, ["items_is_valid"]),
        ("orders", {"items": [ITEM, 5]}, ["items_is_valid"]),
        ("orders", {"items": [None]}, ["items_is_valid"]),
        ("orders", {"shipping": {"city": "U"}}, ["shipping_is_valid"]),
        ("orders", {"payment": {"method": " "}}, ["payment_is_valid"]),
        ("orders", {"payment": '{"method": "card", "card_last4": 4242}'}, []),
        ("orders", {"payment": {"method": "card", "card_last4": [1]}}, ["payment_is_valid"]),
        ("orders", {"payment": {}}, ["payment_is_valid"]),
        ("orders", {"updated_at": "2026-03-12T00:00:01Z"}, ["updated_at_is_valid"]),
        ("orders", {"placed_at": "2026-03-10T12:00:00"}, ["placed_at_is_valid"]),
    ],
)  # fmt: skip
def test_a_record_breaks_the_rules_named(
    table: str, told: dict[str, Any], rules: list[str]
) -> None:
    assert broken(table, **told) == rules


@pytest.mark.parametrize(
    ("at", "day", "rules"),
    [
        ("2026-03-10T15:59:59Z", "2026-03-10", []),  # Shanghai is eight hours ahead
        ("2026-03-10T16:00:00Z", "2026-03-11", []),
        ("2026-03-10T23:00:00-10:00", "2026-03-11", []),
        ("2026-03-11T15:59:59.999Z", "2026-03-11", []),
        ("2026-03-11T16:00:00Z", "2026-03-10", ["landed_within_window"]),  # two days ahead
        ("2026-03-06T16:00:00Z", "2026-03-07", []),  # three days late
        ("2026-03-06T15:59:59Z", "2026-03-10", ["landed_within_window"]),
        ("9999-12-31T23:59:59Z", "2026-03-10", ["landed_within_window"]),
        ("0001-01-01T00:00:00Z", "2026-03-10", ["landed_within_window"]),
        ("2026-03-06", "2026-03-10", ["ts_is_valid"]),
    ],
)
def test_an_event_has_its_place_on_its_factory_s_day_within_the_window(
    at: str, day: str, rules: list[str]
) -> None:
    assert judged("machine_readings", READING | {"ts": at}) == (rules, dt.date.fromisoformat(day))


@pytest.mark.parametrize("factory", ["X", None, 5, True])
def test_while_the_factory_is_not_known_the_day_is_as_the_sender_wrote_it(factory: Any) -> None:
    told = {"factory_id": factory, "ts": "2026-03-11T01:00:00+05:00"}
    late = told | {"ts": "2026-03-06T23:30:00-05:00"}

    assert judged("machine_readings", READING | told)[1] == dt.date(2026, 3, 11)
    rules, day = judged("machine_readings", READING | late)
    assert "landed_within_window" in rules
    assert day == LANDED


def test_a_western_factory_is_still_on_the_day_before() -> None:
    told = {"factory_id": "W", "ts": "2026-03-10T04:59:59Z"}  # 23:59:59, summer time since the 8th

    assert judged("machine_readings", READING | told)[1] == dt.date(2026, 3, 9)


@pytest.mark.parametrize(
    ("placed_at", "day", "rules"),
    [
        ("2026-03-09T23:00:00-05:00", "2026-03-09", []),  # as the sender wrote it
        ("2026-03-11T00:30:00+14:00", "2026-03-11", []),
        ("2000-01-01T00:00:00Z", "2000-01-01", []),
        ("1999-12-31T23:00:00-05:00", "2026-03-10", ["placed_at_is_valid"]),
        ("2026-03-11T23:00:00Z", "2026-03-11", []),
        ("2026-03-12T00:00:00Z", "2026-03-10", ["placed_at_is_valid"]),
        ("2026-03-12T00:00:00+14:00", "2026-03-10", ["placed_at_is_valid"]),
    ],
)
def test_a_current_record_has_its_place_on_a_plausible_business_day(
    placed_at: str, day: str, rules: list[str]
) -> None:
    found = judged("orders", ORDER | {"placed_at": placed_at})

    assert found == (rules, dt.date.fromisoformat(day))


def test_the_business_time_that_counts_is_the_one_blamed() -> None:
    future = {"started_at": "2026-03-20T00:00:00Z", "ended_at": "2026-03-21T00:00:00Z"}
    unended = {"started_at": "2026-03-20T00:00:00Z", "ended_at": None}
    torn = {"ended_at": "soon"}

    assert judged("production_orders", MADE | future) == (["ended_at_is_valid"], LANDED)
    assert judged("production_orders", MADE | unended) == (["started_at_is_valid"], LANDED)
    assert judged("production_orders", MADE | torn) == (["ended_at_is_valid"], LANDED)


def test_a_business_time_that_is_not_valid_breaks_no_rule_of_several_fields() -> None:
    long_ago = {"ended_at": "1999-03-10T12:00:00Z"}
    rules = ["ended_at_is_valid", "quantities_add_up"]

    assert broken("production_orders", **long_ago) == ["ended_at_is_valid"]
    assert broken("production_orders", **long_ago, good_quantity=9) == rules


def test_an_order_that_runs_has_its_place_on_the_day_it_started() -> None:
    found = judged("production_orders", MADE | {"ended_at": None, "factory_id": "W",
                                                "started_at": "2026-03-10T01:00:00Z"})  # fmt: skip

    assert found == ([], dt.date(2026, 3, 9))


def test_history_and_reference_have_their_place_on_the_landing_day() -> None:
    later = dt.date(2026, 4, 1)

    assert judged("shifts", SHIFT, landed=later) == ([], later)
    assert judged("factories", FACTORY, landed=later) == ([], later)


def by_day(
    of: str,
    kind: type[ByBusinessDay],
    day: Any,
    sequence: str = "updated_at",
    landed: dt.date = LANDED,
    **declared_as: Any,
) -> tuple[list[str], dt.date]:
    """The rules that a record breaks, whose business time is the date `of`, and its day."""
    name = {
        "effective_from": "finance.silver.standard_costs",
        "day": "finance.silver.exchange_rates",
    }
    declared = SILVER[name[of]]
    shared = {one.name: getattr(declared, one.name) for one in fields(FromBronze)}
    silver = kind(**shared, **declared_as)
    bronze = DECLARED.bronze_of(silver)
    dataset = replace(bronze.dataset, business_time=(of,), sequence=sequence)
    received = replace(bronze, dataset=dataset)
    sent = {
        "sku": "T", "material_eur": "1", "labour_eur": "1", "overhead_eur": "1",
        "currency": "USD", "units_per_eur": 1, "updated_at": "2026-03-10T00:00:00Z", of: day,
    }  # fmt: skip
    records = rows(of_objects([sent], list(received.fields), {}, 0), received.fields).with_columns(
        _file=pl.lit("f"), _row=pl.lit(0, pl.Int64), _landed_on=pl.lit(landed),
        _ingested_at=pl.lit(dt.datetime(2026, 3, 10, tzinfo=dt.UTC)),
    )  # fmt: skip
    judge = Judge(silver, received, Known())
    placed = judge.placed(records.lazy()).collect()
    valid, parts = judge.judged(placed)
    rejected = pl.concat(parts)
    assert valid["day"].to_list() == (placed["_account_day"].to_list() if valid.height else [])
    return (rejected["rules"].to_list() or [[]])[0], placed["_account_day"][0]


@pytest.mark.parametrize("of", ["effective_from", "day"])
@pytest.mark.parametrize("kind", [Events, Current])
def test_a_date_as_business_time_is_its_own_business_day(
    of: str, kind: type[ByBusinessDay]
) -> None:
    late = "landed_within_window" if kind is Events else f"{of}_is_valid"

    assert by_day(of, kind, "2026-03-08") == ([], dt.date(2026, 3, 8))
    assert by_day(of, kind, "2026-03-11") == ([], dt.date(2026, 3, 11))
    assert by_day(of, kind, "2026-03-12") == ([late], LANDED)
    assert by_day(of, kind, "2026-03-08T00:00:00Z") == ([f"{of}_is_valid"], LANDED)
    assert by_day(of, kind, None) == ([f"{of}_is_present"], LANDED)


@pytest.mark.parametrize(
    ("window", "day", "is_taken"),
    [
        (Window(after=None), "1995-03-08", True),
        (Window(after=None), "2026-03-12", False),
        (Window(before=2, after=0), "2026-03-12", True),
        (Window(before=2, after=0), "2026-03-09", False),
        (Window(first_load=LANDED), "1995-03-08", True),
        (Window(first_load=dt.date(2026, 3, 9)), "1995-03-08", False),
        (Window(first_load=dt.date(2026, 3, 9)), "2026-03-07", True),
    ],
    ids=str,
)
def test_a_table_may_declare_its_window(window: Window, day: str, is_taken: bool) -> None:
    taken = ([], dt.date.fromisoformat(day))
    late = (["landed_within_window"], LANDED)

    assert by_day("day", Events, day, window=window) == (taken if is_taken else late)


def test_business_days_of_long_ago_are_taken_where_declared() -> None:
    day, first = "1899-12-31", dt.date(1899, 12, 31)

    assert by_day("day", Current, day) == (["day_is_valid"], LANDED)
    assert by_day("day", Current, day, first_day=first) == ([], first)
    assert by_day("day", Current, "1899-12-30", first_day=first) == (["day_is_valid"], LANDED)


def test_a_date_is_business_time_and_sequence_at_once() -> None:
    assert by_day("effective_from", Current, "2026-03-08", "effective_from") == (
        [], dt.date(2026, 3, 8)
    )  # fmt: skip
    assert by_day("effective_from", Current, "2026-03-13", "effective_from") == (
        ["effective_from_is_valid"], LANDED
    )  # fmt: skip


def test_one_time_may_be_business_time_and_sequence() -> None:
    silver = SILVER["commerce.silver.orders"]
    bronze = DECLARED.bronze_of(silver)
    received = replace(bronze, dataset=replace(bronze.dataset, business_time=("updated_at",)))
    judge = Judge(silver, received, Known())
    sent = rows(of_objects([ORDER], list(bronze.fields), {}, 0), bronze.fields).with_columns(
        _file=pl.lit("f"), _row=pl.lit(0, pl.Int64), _landed_on=pl.lit(LANDED),
        _ingested_at=pl.lit(dt.datetime(2026, 3, 10, tzinfo=dt.UTC)),
    )  # fmt: skip

    valid, rejected = judge.judged(judge.placed(sent.lazy()).collect())

    assert (valid["day"].to_list(), pl.concat(rejected).height) == ([LANDED], 0)


def test_without_any_known_factory_every_record_waits_for_its_own() -> None:
    nobody = Known(
        {"factory_id": pl.Series([], dtype=pl.String), "machine_id": KNOWN["machine_id"]}
    )

    assert judged("machine_readings", READING, nobody) == (["factory_id_is_known"], LANDED)


def test_nested_texts_are_trimmed_and_codes_kept_in_upper_case() -> None:
    silver = SILVER["commerce.silver.orders"]
    bronze = DECLARED.bronze_of(silver)
    sent = ORDER | {"shipping": ORDER["shipping"] | {"city": " Ulm ", "country": "de"}}  # type: ignore[operator]
    received = rows(of_objects([sent], list(bronze.fields), {}, 0), bronze.fields).with_columns(
        _file=pl.lit("f"), _row=pl.lit(0, pl.Int64), _landed_on=pl.lit(LANDED),
        _ingested_at=pl.lit(dt.datetime(2026, 3, 10, tzinfo=dt.UTC)),
    )  # fmt: skip
    judge = replace(Judge(silver, bronze, Known()))

    valid, _ = judge.judged(judge.placed(received.lazy()).collect())

    assert valid["shipping"][0]["city"] == "Ulm"
    assert valid["shipping"][0]["country"] == "DE"


@pytest.mark.parametrize("table", SILVER.values(), ids=lambda t: str(t.name))
def test_the_named_rules_are_those_that_are_judged(table: FromBronze) -> None:
    received = DECLARED.bronze_of(table)
    known = Known({field: pl.Series([], dtype=pl.String) for field in table.known})

    judge = Judge(table, received, known)
    nothing = judge.placed(pl.LazyFrame(schema=received.schema)).collect()

    judged = judge._broken(judge._typed(nothing)).columns

    assert sorted(judged) == sorted({*rule_names(table, received)})
