"""A received value in the form in which silver keeps it."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mega_toys.declared import sent
from mega_toys.declared.field import Sent
from mega_toys.lake.fields import native, valid
from mega_toys.lake.fields.fit import STORED

UTC = dt.UTC
ITEMS = Sent(
    type="list",
    may_be_empty=False,
    fields={
        "n": Sent(type="int"),
        "price": Sent(type="money", at_least=0, required=False),
        "at": Sent(type="time", required=False),
        "inner": Sent(type="object", required=False, fields={"code": Sent(type="text", letters=2)}),
        "tags": Sent(type="list", required=False, fields={"t": Sent(type="text")}),
    },
)


def kept(values: list[Any], field: Sent, dtype: pl.DataType | None = None) -> list[Any]:
    found = pl.DataFrame({"v": pl.Series(values, dtype=dtype)}).lazy()
    rows = found.select(valid.stored(pl.col("v"), field)).collect()
    assert rows.schema["v"] == valid.stored_type(field)
    return rows["v"].to_list()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-10T12:00:00Z", dt.datetime(2026, 3, 10, 12, tzinfo=UTC)),
        ("2026-03-10T12:00:00+05:30", dt.datetime(2026, 3, 10, 6, 30, tzinfo=UTC)),
        ("2026-03-10T12:00:00-14:00", dt.datetime(2026, 3, 11, 2, tzinfo=UTC)),
        ("2026-03-10T12:00:00.5Z", dt.datetime(2026, 3, 10, 12, 0, 0, 500_000, UTC)),
        ("2026-03-10T12:00:00.123456789Z", dt.datetime(2026, 3, 10, 12, 0, 0, 123_456, UTC)),
        ("1969-12-31T23:59:59.999999999Z", dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("0001-01-01T00:00:00Z", dt.datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_a_time_is_an_instant_cut_off_beyond_microseconds(text: str, instant: dt.datetime) -> None:
    assert kept([text], Sent(type="time"), pl.String()) == [instant]


@given(st.dates(dt.date(2, 1, 1), dt.date(9998, 1, 1)), st.times(), st.integers(-840, 840))
def test_an_instant_is_the_same_in_every_offset(day: dt.date, at: dt.time, minutes: int) -> None:
    moment = dt.datetime.combine(day, at, UTC)
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = moment.astimezone(zone).isoformat(timespec="microseconds")

    assert kept([text], Sent(type="time"), pl.String()) == [moment]


def test_codes_are_kept_in_upper_and_choices_in_lower_case() -> None:
    code, choice = Sent(type="text", letters=3), Sent(type="text", choices=("paid", "placed"))

    assert kept(["eUr", "EU", "EURO", "E1R", "É€R", None], code) == ["EUR", *[None] * 5]
    assert kept(["PAID", "Placed", "payed", None], choice) == ["paid", "placed", None, None]


def test_ranges_are_inclusive_and_more_than_is_strict() -> None:
    assert kept([0, 18, -1, 19], Sent(type="int", at_least=0, at_most=18)) == [0, 18, None, None]
    assert kept([0.0, 1e-9], Sent(type="number", more_than=0)) == [None, 1e-9]
    amounts = [Decimal("0.0000"), Decimal("-0.0001")]
    assert kept(amounts, Sent(type="money", at_least=0), pl.Decimal(18, 4)) == [Decimal(0), None]


def test_large_integers_are_compared_exactly() -> None:
    assert kept([2**63 - 1], Sent(type="int", at_least=0)) == [2**63 - 1]


def test_a_nested_value_is_fitted_field_by_field() -> None:
    told = [
        {"n": "1.0", "price": 0.00015, "at": "2026-03-10T12:00:00+02:00", "inner": {"code": "de"},
         "tags": [{"t": 5}], "other": 1},
        {"n": 2},
    ]  # fmt: skip

    found = kept([json.dumps(told)], ITEMS)

    assert found == [
        [
            {"n": 1, "price": Decimal("0.0002"), "at": dt.datetime(2026, 3, 10, 10, tzinfo=UTC),
             "inner": {"code": "DE"}, "tags": [{"t": "5"}]},
            {"n": 2, "price": None, "at": None, "inner": None, "tags": None},
        ]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        [], [{}], [{"n": None}], [{"n": "x"}], [{"n": 1.5}], [{"n": 1, "price": "-1"}],
        [{"n": 1, "price": "0.00001"}], [{"n": 1, "at": "2026-03-10"}], [{"n": 1, "inner": {}}],
        [{"n": 1, "inner": {"code": "DEU"}}], [{"n": 1, "inner": [1]}], [{"n": 1, "tags": [{}]}],
        [{"n": 1, "tags": {}}], [{"n": 1, "tags": []}, 5], [{"n": 1}, None], [[{"n": 1}]],
        [{"n": 1}, {"n": True}],
    ],
    ids=str,
)  # fmt: skip
def test_one_fault_inside_makes_the_whole_value_invalid(wrong: Any) -> None:
    good = json.dumps([{"n": 1}])

    assert kept([good, json.dumps(wrong), None, good], ITEMS)[1] is None
    assert kept([good, json.dumps(wrong), None, good], ITEMS)[0] is not None


def test_an_item_may_come_as_json_text_like_any_object() -> None:
    item = {"n": 1, "price": "2.5"}

    assert kept([json.dumps([json.dumps(item), item])], ITEMS) == kept(
        [json.dumps([item, item])], ITEMS
    )
    assert kept([json.dumps(['{"n": 1', item])], ITEMS) == [None]


def test_an_empty_list_is_valid_where_it_may_be_empty() -> None:
    assert kept(["[]", None], Sent(type="list", fields={"n": Sent(type="int")})) == [[], None]
    assert kept(["[]"], Sent(type="list", may_be_empty=False, fields={"n": Sent(type="int")})) == [
        None
    ]


def test_integers_inside_are_exact_however_long() -> None:
    text = Sent(type="object", fields={"t": Sent(type="text")})

    assert kept([f'{{"t": {2**70}}}'], text) == [{"t": str(2**70)}]


def test_of_a_name_given_twice_inside_the_last_counts() -> None:
    number = Sent(type="object", fields={"n": Sent(type="int")})

    assert kept(['{"n": 1, "n": 2}'], number) == [{"n": 2}]


def test_zones_are_those_that_can_be_converted_to() -> None:
    zones = valid.time_zones()

    assert {"Asia/Shanghai", "Europe/Berlin", "America/Mexico_City", "UTC"} <= zones
    assert "Europe/Nowhere" not in zones


def test_every_word_of_the_vocabulary_has_a_stored_type() -> None:
    columns = (sent.text(), sent.whole(), sent.number(), sent.money(), sent.flag(), sent.date(),
               sent.time(), sent.items(n=sent.whole()), sent.record(n=sent.whole()))  # fmt: skip
    found = [sent.of(column) for column in columns]

    assert [one.type for one in found if one] == [
        "text", "int", "number", "money", "bool", "date", "time", "list", "object",
    ]  # fmt: skip
    for one in found:
        assert one is not None
        assert kept([None], one, STORED[one.type]) == [None]


def test_extended_json_within_a_json_text_is_unwrapped() -> None:
    text = json.dumps(
        [{"n": {"$numberInt": "2"}, "price": {"$numberDecimal": "9.99"}, "at": {"$date": 0}}]
    )

    ((item,),) = kept([text], ITEMS)

    assert (item["n"], item["price"]) == (2, Decimal("9.99"))
    assert item["at"] == dt.datetime(1970, 1, 1, tzinfo=UTC)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ODD = st.recursive(
    SCALARS | st.sampled_from(["7", "1.50", "DE", "2026-03-01T00:00:00Z", '{"n":1}', "$"]),
    lambda one: (
        st.lists(one, max_size=2)
        | st.dictionaries(st.sampled_from([*ITEMS.fields, "code", "t", "$oid"]), one, max_size=3)
    ),
)
USUAL = {"n": 7, "price": 1.5, "at": None, "inner": {"code": "de"}, "tags": [{"t": "a"}]}
ITEM = st.dictionaries(st.sampled_from([*USUAL, "new"]), ODD, max_size=2).map(USUAL.__or__) | ODD
INSIDE = Sent(type="object", fields=ITEMS.fields)


@pytest.mark.slow  # expressions are made anew for each example
@settings(max_examples=25)
@example(odd=[[None], [None]], as_lists=True)  # of which none is laid out as the samples are
@given(st.lists(st.lists(ITEM, max_size=3), max_size=8), st.booleans())
def test_values_laid_out_alike_are_found_valid_as_each_alone(
    odd: list[list[Any]], as_lists: bool
) -> None:
    lists = [[USUAL], [USUAL, USUAL | {"n": 8}], [], *odd]
    values = lists if as_lists else [item for items in lists for item in items]
    texts = [None, *(native.json_text(value) for value in values), '[{"n": 1, "n":2}]']
    field = ITEMS if as_lists else INSIDE
    with pytest.MonkeyPatch.context() as patched:
        alone = kept(texts, field, pl.String())
        patched.setattr(valid, "FEWEST", 0)
        assert kept(texts, field, pl.String()) == alone


def test_texts_that_come_again_are_found_valid_as_each_alone() -> None:
    texts = [None, '[{"n": 1, "price": 2}]', '[{"n": "x"}]', "[]", '[{"n": 3, "price": "0.5"}]']
    alone = [kept([text], ITEMS, pl.String())[0] for text in texts]

    assert kept([*texts, *reversed(texts), *texts], ITEMS, pl.String()) == [
        *alone, *reversed(alone), *alone,
    ]  # fmt: skip
