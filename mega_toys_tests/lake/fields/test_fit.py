"""Values as sent, in every format, become values as stored or are told apart."""

import datetime as dt
import json
import uuid
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mega_toys.declared.field import Type
from mega_toys.lake.fields.fit import STORED, fit, fit_objects
from mega_toys.lake.fields.native import json_text
from mega_toys.lake.fields.texts import MONEY

UNFIT = object()
TYPES: tuple[Type, ...] = (
    "text", "int", "number", "money", "bool", "date", "time", "list", "object",
)  # fmt: skip
NOON = dt.datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=dt.UTC)
NOON_TEXT = "2026-03-10T12:00:00.123456Z"
FIVE_EAST = dt.timezone(dt.timedelta(hours=5))

TEXTS: list[tuple[Type, str, Any]] = [
    ("text", "a", "a"),
    ("text", " a b\t\r\n", "a b"),
    ("text", "", None),
    ("text", " \t\r\n", None),
    ("text", "\u00a0x\u00a0", "\u00a0x\u00a0"),  # only ASCII blanks are trimmed
    ("text", "Größe 木", "Größe 木"),
    ("int", "12", 12),
    ("int", " 12 ", 12),
    ("int", "12.0", 12),
    ("int", "0e20", 0),
    ("int", f"0.0e{10**20}", 0),
    ("int", f"1e{10**20}", UNFIT),
    ("int", f"1e-{10**20}", UNFIT),
    ("int", "12.", 12),
    ("int", "+12", 12),
    ("int", "-0", 0),
    ("int", "1e3", 1000),
    ("int", "1.5e1", 15),
    ("int", "120e-1", 12),
    ("int", "0" * 30 + "7", 7),
    ("int", "9223372036854775807", 2**63 - 1),
    ("int", "-9223372036854775808", -(2**63)),
    ("int", "9223372036854775807.000", 2**63 - 1),
    ("int", "9223372036854775808", UNFIT),
    ("int", "-9223372036854775809", UNFIT),
    ("int", "1e30", UNFIT),
    ("int", "12.5", UNFIT),
    ("int", "1e-1", UNFIT),
    ("int", "1_000", UNFIT),
    ("int", "1,000", UNFIT),
    ("int", "0x10", UNFIT),
    ("int", "- 1", UNFIT),
    ("int", "٣", UNFIT),  # Arabic-Indic digit
    ("int", "true", UNFIT),
    ("int", "", None),
    ("number", "21.5", 21.5),
    ("number", "-.5", -0.5),
    ("number", "5.", 5.0),
    ("number", "+1.5E+3", 1500.0),
    ("number", "1e-400", 0.0),
    ("number", "1e400", UNFIT),
    ("number", "NaN", UNFIT),
    ("number", "inf", UNFIT),
    ("number", "-Infinity", UNFIT),
    ("number", "hot", UNFIT),
    ("number", "1,5", UNFIT),
    ("number", ".", UNFIT),
    ("number", "e5", UNFIT),
    ("number", "0x1p3", UNFIT),
    ("number", "1e", UNFIT),
    ("money", "12.34", Decimal("12.34")),
    ("money", "-0.0001", Decimal("-0.0001")),
    ("money", "+7", Decimal(7)),
    ("money", ".5", Decimal("0.5")),
    ("money", "5.", Decimal(5)),
    ("money", "12.340000000", Decimal("12.34")),  # more than 4 decimals, none significant
    ("money", "0000000000000000000012.5", Decimal("12.5")),
    ("money", "99999999999999.9999", Decimal("99999999999999.9999")),
    ("money", "100000000000000", UNFIT),
    ("money", "0.00001", UNFIT),
    ("money", "12.34001", UNFIT),
    ("money", "1e2", UNFIT),
    ("money", "12,5", UNFIT),
    ("money", "€5", UNFIT),
    ("money", "NaN", UNFIT),
    ("bool", "true", True),
    ("bool", " false ", False),
    ("bool", "1", UNFIT),
    ("bool", "yes", UNFIT),
    ("bool", "t", UNFIT),
    ("date", "2026-03-10", dt.date(2026, 3, 10)),
    ("date", "2024-02-29", dt.date(2024, 2, 29)),
    ("date", "0001-01-01", dt.date.min),
    ("date", "9999-12-31", dt.date.max),
    ("date", "2026-02-29", UNFIT),
    ("date", "0000-01-01", UNFIT),
    ("date", "2026-3-1", UNFIT),
    ("date", "20260310", UNFIT),
    ("date", "10.03.2026", UNFIT),
    ("date", "+2026-03-10", UNFIT),
    ("date", "12026-03-10", UNFIT),
    ("date", "2026-03-10T00:00:00Z", UNFIT),
    ("date", "2026-W11-2", UNFIT),
    ("time", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z"),
    ("time", " 2026-03-10T12:00:00Z\n", "2026-03-10T12:00:00Z"),
    ("time", "2026-03-10T12:00:00.1+05:30", "2026-03-10T12:00:00.1+05:30"),
    ("time", "2026-03-10T12:00:00.123456789-14:00", "2026-03-10T12:00:00.123456789-14:00"),
    ("time", "2026-03-10T12:00:00+00:00", "2026-03-10T12:00:00+00:00"),
    ("time", "2026-03-10T12:00:00-00:00", "2026-03-10T12:00:00-00:00"),
    ("time", "2026-03-10T12:00:00+14:00", "2026-03-10T12:00:00+14:00"),
    ("time", "2026-03-10T12:00:00+14:01", UNFIT),
    ("time", "2026-03-10T12:00:00+15:00", UNFIT),
    ("time", "2026-03-10T12:00:00+05:60", UNFIT),
    ("time", "2026-03-10T12:00:00", UNFIT),  # without offset
    ("time", "2026-03-10 12:00:00Z", "2026-03-10 12:00:00Z"),
    ("time", "2026-03-10T12:00Z", "2026-03-10T12:00Z"),
    ("time", "2026-03-10 12:00 +01", "2026-03-10 12:00 +01"),
    ("time", "2026-03-10T12:00:00+0530", "2026-03-10T12:00:00+0530"),
    ("time", "2026-03-10 12:00:00.0000000 +05:30", "2026-03-10 12:00:00.0000000 +05:30"),
    ("time", "2026-03-10T12:00:00-14", "2026-03-10T12:00:00-14"),
    ("time", "2026-03-10T12:00:00+1400", "2026-03-10T12:00:00+1400"),
    ("time", "2026-03-10T12:00:00+1401", UNFIT),
    ("time", "2026-03-10T12:00:00+15", UNFIT),
    ("time", "2026-03-10T12:00:00+1", UNFIT),
    ("time", "2026-03-10T12:00:00+053", UNFIT),
    ("time", "2026-03-10T12:00:00+0560", UNFIT),
    ("time", "2026-03-10  12:00:00Z", UNFIT),
    ("time", "2026-03-10\t12:00:00Z", UNFIT),
    ("time", "2026-03-10T12:00:00  Z", UNFIT),
    ("time", "2026-03-10 T12:00:00Z", UNFIT),
    ("time", "2026-03-10t12:00:00Z", UNFIT),
    ("time", "2026-03-10T12Z", UNFIT),
    ("time", "2026-03-10T12:00.5Z", UNFIT),
    ("time", "2026-03-10T12:00", UNFIT),  # without offset
    ("time", "2026-03-10 12:00:00", UNFIT),
    ("time", "2026-02-29 12:00Z", UNFIT),
    ("time", "0000-06-01 12:00Z", UNFIT),
    ("time", "2026-03-10 24:00Z", UNFIT),
    ("time", "2026-03-10T12:00:00z", UNFIT),
    ("time", "2026-03-10T12:00:00.Z", UNFIT),
    ("time", "2026-03-10T12:00:00.1234567890Z", UNFIT),
    ("time", "2026-03-10T12:00:00,5Z", UNFIT),
    ("time", "2026-03-10T24:00:00Z", UNFIT),
    ("time", "2026-03-10T23:60:00Z", UNFIT),
    ("time", "2026-12-31T23:59:60Z", UNFIT),  # a leap second
    ("time", "2026-02-29T12:00:00Z", UNFIT),
    ("time", "0000-06-01T12:00:00Z", UNFIT),
    ("time", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("time", "0001-01-01T00:00:00+01:00", UNFIT),  # no instant of the calendar in UTC
    ("time", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ("time", "9999-12-31T23:59:59-01:00", UNFIT),
    ("time", "1773144000", UNFIT),
    ("time", "2026-03-10", UNFIT),
    ("list", '[{"a": 1}]', '[{"a": 1}]'),
    ("list", " [] ", "[]"),
    ("list", '{"a": 1}', UNFIT),
    ("list", "[1,", UNFIT),
    ("list", "[NaN]", UNFIT),
    ("list", "a", UNFIT),
    ("list", "null", UNFIT),
    ("list", "[" * 101 + "]" * 101, UNFIT),
    ("object", '{"a": [1]}', '{"a": [1]}'),
    ("object", "{}", "{}"),
    ("object", "[]", UNFIT),
    ("object", '{"a": 1} x', UNFIT),
    ("object", "'{}'", UNFIT),
]

OBJECTS: list[tuple[Type, Any, Any]] = [
    ("text", 7, "7"),
    ("text", 2**70, str(2**70)),
    ("text", 7.5, UNFIT),
    ("text", 7.0, UNFIT),
    ("text", True, UNFIT),
    ("text", [1], UNFIT),
    ("text", {"a": 1}, UNFIT),
    ("text", None, None),
    ("int", 12, 12),
    ("int", 12.0, 12),
    ("int", 12.5, UNFIT),
    ("int", "12", 12),
    ("int", 2**63 - 1, 2**63 - 1),
    ("int", 2**63, UNFIT),
    ("int", -(2**63) - 1, UNFIT),
    ("int", 9.3e18, UNFIT),
    ("int", float("nan"), UNFIT),
    ("int", float("inf"), UNFIT),
    ("int", True, UNFIT),
    ("int", Decimal("12.000"), 12),
    ("int", Decimal("12.5"), UNFIT),
    ("number", 3, 3.0),
    ("number", 2**70, float(2**70)),
    ("number", 10**400, UNFIT),
    ("number", "21.5", 21.5),
    ("number", float("nan"), UNFIT),
    ("number", float("-inf"), UNFIT),
    ("number", False, UNFIT),
    ("number", Decimal("2.50"), 2.5),
    ("money", 0.1, Decimal("0.1")),
    ("money", 12, Decimal(12)),
    ("money", "12.5", Decimal("12.5")),
    ("money", 0.00005, Decimal("0.0000")),  # half to even
    ("money", 0.00015, Decimal("0.0002")),
    ("money", 0.00025, Decimal("0.0002")),
    ("money", -0.00015, Decimal("-0.0002")),
    ("money", 1.00005, Decimal("1.0000")),  # its shortest text, not its binary value
    ("money", 1.00015, Decimal("1.0002")),
    ("money", 2.67455, Decimal("2.6746")),
    ("money", 1e-7, Decimal(0)),
    ("money", 1.5e3, Decimal(1500)),
    ("money", 99999999999999.98, Decimal("99999999999999.98")),
    ("money", 1e14, UNFIT),
    ("money", 10**14, UNFIT),
    ("money", float("nan"), UNFIT),
    ("money", True, UNFIT),
    ("money", Decimal("12.3400000"), Decimal("12.34")),
    ("money", Decimal("12.34567"), UNFIT),
    ("bool", True, True),
    ("bool", "true", True),
    ("bool", 1, UNFIT),
    ("bool", 0.0, UNFIT),
    ("date", dt.date(2026, 3, 10), dt.date(2026, 3, 10)),
    ("date", NOON, UNFIT),
    ("date", 20260310, UNFIT),
    ("time", NOON, NOON_TEXT),
    ("time", NOON.astimezone(FIVE_EAST), NOON_TEXT),
    ("time", NOON.replace(tzinfo=None), UNFIT),
    ("time", dt.date(2026, 3, 10), UNFIT),
    ("time", 1773144000, UNFIT),
    ("time", 1773144000.5, UNFIT),
    ("time", dt.datetime(1, 1, 1, tzinfo=FIVE_EAST), UNFIT),
    ("list", [{"a": "木"}], '[{"a":"木"}]'),
    ("list", [], "[]"),
    ("list", '[{"a": 1}]', '[{"a": 1}]'),
    ("list", {"a": 1}, UNFIT),
    ("list", 1, UNFIT),
    ("object", {"a": None}, '{"a":null}'),
    ("object", {}, "{}"),
    ("object", [], UNFIT),
    ("object", True, UNFIT),
    ("list", [2**70], f"[{2**70}]"),
    ("object", {"a": Decimal("1.50"), "b": NOON.date()}, '{"a":"1.50","b":"2026-03-10"}'),
]


def native(values: list[Any], dtype: pl.DataType) -> pl.Series:
    return pl.Series(values, dtype=dtype)


def of_ns(*ns: int) -> pl.Series:
    return pl.Series(ns, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC"))


NATIVE: list[tuple[Type, pl.Series, Any]] = [
    ("text", native([7], pl.Int8()), "7"),
    ("text", native([2**64 - 1], pl.UInt64()), str(2**64 - 1)),
    ("text", native([b" a "], pl.Binary()), "a"),
    ("text", native([b"\xff"], pl.Binary()), UNFIT),
    ("text", native(["a"], pl.Categorical()), "a"),
    ("text", native(["a"], pl.Enum(["a"])), "a"),
    ("text", native([1.5], pl.Float32()), UNFIT),
    ("text", native([Decimal(5)], pl.Decimal(38, 0)), "5"),
    ("text", native([Decimal(5)], pl.Decimal(38, 2)), UNFIT),
    ("int", native([2**64 - 1], pl.UInt64()), UNFIT),
    ("int", native([5], pl.UInt64()), 5),
    ("int", native([-5], pl.Int16()), -5),
    ("int", native([5.0], pl.Float32()), 5),
    ("int", native([-9223372036854775808.0], pl.Float64()), -(2**63)),
    ("int", native([9223372036854775808.0], pl.Float64()), UNFIT),
    ("int", native([Decimal("5.00")], pl.Decimal(38, 2)), 5),
    ("int", native([Decimal("5.01")], pl.Decimal(38, 2)), UNFIT),
    ("int", native([True], pl.Boolean()), UNFIT),
    ("number", native([2**64 - 1], pl.UInt64()), float(2**64 - 1)),
    ("number", native([1.5], pl.Float32()), 1.5),
    ("number", native([float("inf")], pl.Float32()), UNFIT),
    ("number", native([Decimal("-0.05")], pl.Decimal(10, 2)), -0.05),
    ("money", native([Decimal("5.12340000")], pl.Decimal(38, 8)), Decimal("5.1234")),
    ("money", native([Decimal("5.12345")], pl.Decimal(38, 8)), UNFIT),
    ("money", native([Decimal("-0.05")], pl.Decimal(10, 2)), Decimal("-0.05")),
    ("money", native([10**14], pl.Int64()), UNFIT),
    ("money", native([0.00015], pl.Float64()), Decimal("0.0002")),
    ("bool", native([True], pl.Boolean()), True),
    ("bool", native([1], pl.Int64()), UNFIT),
    ("date", native([dt.date(2026, 3, 10)], pl.Date()), dt.date(2026, 3, 10)),
    ("date", native([NOON], pl.Datetime("us", "UTC")), UNFIT),
    ("date", native([2932896], pl.Int32()).cast(pl.Date), dt.date.max),
    ("date", native([2932897], pl.Int32()).cast(pl.Date), UNFIT),
    ("date", native([2**31 - 1], pl.Int32()).cast(pl.Date), UNFIT),
    ("list", native([[2**60]], pl.List(pl.Int64)).cast(pl.List(pl.Datetime("us"))), UNFIT),
    ("time", native([NOON], pl.Datetime("us", "UTC")), NOON_TEXT),
    ("time", native([NOON], pl.Datetime("ms", "UTC")), "2026-03-10T12:00:00.123000Z"),
    ("time", native([NOON], pl.Datetime("us", "Asia/Tokyo")), NOON_TEXT),
    ("time", of_ns(1_999), "1970-01-01T00:00:00.000001Z"),
    ("time", of_ns(-1), "1969-12-31T23:59:59.999999Z"),  # cut off, as a text is
    ("time", native([NOON.replace(tzinfo=None)], pl.Datetime("us")), UNFIT),
    ("time", native([dt.time(12)], pl.Time()), UNFIT),
    ("time", native([dt.date(2026, 3, 10)], pl.Date()), UNFIT),
    ("time", native([dt.timedelta(1)], pl.Duration()), UNFIT),
    ("time", native([2**60], pl.Int64()).cast(pl.Datetime("us", "UTC")), UNFIT),
    ("list", native([[{"a": 1}]], pl.List(pl.Struct({"a": pl.Int64}))), '[{"a":1}]'),
    ("list", native([[]], pl.List(pl.Int64)), "[]"),
    ("list", native([[1, 2]], pl.Array(pl.Int64, 2)), "[1,2]"),
    ("list", native([{"a": 1}], pl.Struct({"a": pl.Int64})), UNFIT),
    ("object", native([{"a": 1}], pl.Struct({"a": pl.Int64})), '{"a":1}'),
    ("object", native([[1]], pl.List(pl.Int64)), UNFIT),
]  # fmt: skip


def check(fitted: Any, expected: Any, to: Type) -> None:
    assert fitted.values.dtype == STORED[to]
    assert fitted.unfit.dtype == pl.Boolean
    assert fitted.unfit.to_list() == [expected is UNFIT]
    assert fitted.values.to_list() == [None if expected is UNFIT else expected]


@pytest.mark.parametrize(("to", "sent", "expected"), TEXTS)
def test_a_text_fits_its_type_or_is_told_apart(to: Type, sent: str, expected: Any) -> None:
    check(fit(pl.Series([sent]), to), expected, to)
    check(fit_objects([sent], to), expected, to)
    check(fit(pl.Series([sent.encode()]), to), expected, to)


@pytest.mark.parametrize(("to", "sent", "expected"), OBJECTS)
def test_a_decoded_value_fits_its_type_or_is_told_apart(to: Type, sent: Any, expected: Any) -> None:
    check(fit_objects([sent], to), expected, to)


@pytest.mark.parametrize(("to", "sent", "expected"), NATIVE)
def test_a_native_value_fits_its_type_or_is_told_apart(
    to: Type, sent: pl.Series, expected: Any
) -> None:
    check(fit(sent, to), expected, to)


@pytest.mark.parametrize("to", TYPES)
def test_nulls_fit_every_type_as_nulls(to: Type) -> None:
    plain = (pl.Null(), pl.String(), pl.Int64(), pl.Float64(), pl.Boolean(), pl.Binary(), pl.Date())
    for dtype in (*plain, pl.Datetime("us", "UTC"), pl.Decimal(38, 5), pl.List(pl.Int64)):
        fitted = fit(pl.Series([None, None], dtype=dtype), to)
        assert fitted.values.to_list() == [None, None], dtype
        assert fitted.unfit.to_list() == [False, False], dtype
        assert fitted.values.dtype == STORED[to]
    assert fit_objects([], to).values.dtype == STORED[to]
    assert fit_objects([None], to).unfit.to_list() == [False]


@pytest.mark.parametrize(
    "sent",
    [
        dt.datetime.min,  # noqa: DTZ901, a local time is what is tested
        dt.datetime.max,  # noqa: DTZ901
        dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))),
        dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=14))),
    ],
    ids=str,
)
def test_a_decoded_time_without_zone_or_beyond_the_calendar_is_no_instant(
    sent: dt.datetime,
) -> None:
    check(fit_objects([sent], "time"), UNFIT, "time")
    check(fit_objects([sent], "text"), UNFIT, "text")


def test_a_column_of_mixed_kinds_is_fitted_value_by_value() -> None:
    sent = [1, "2", 3.0, True, None, 4.5, "x", [5], Decimal(6), 2**65]

    fitted = fit_objects(sent, "int")

    assert fitted.values.to_list() == [1, 2, 3, None, None, None, None, None, 6, None]
    assert fitted.unfit.to_list() == [False] * 3 + [True, False, True, True, True, False, True]


@pytest.mark.parametrize("to", TYPES)
def test_a_time_of_day_fits_nowhere_whatever_the_format(to: Type) -> None:
    assert fit(pl.Series([dt.time(12)]), to).unfit.to_list() == [True]
    assert fit_objects([dt.time(12)], to).unfit.to_list() == [True]


def test_json_text_is_json_whatever_it_is_made_of() -> None:
    value = {
        "long": 2**80, "bytes": b"\xff", "day": NOON.date(), "exact": Decimal("1.10"),
        "at": NOON, "id": uuid.UUID(int=1), "inner": [{"木": None}], 5: True,
    }  # fmt: skip

    found = json.loads(json_text(value))

    assert found["long"] == 2**80
    assert found["exact"] == "1.10"
    assert found["inner"] == [{"木": None}]
    assert found["5"] is True


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(),
    st.decimals(), st.binary(max_size=10), st.datetimes(timezones=st.none() | st.just(dt.UTC)),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.none()),
)  # fmt: skip


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_is_the_same_sent_as_text_or_number(value: int) -> None:
    for sent in (str(value), f"{value}.0", f" {value}\n", value, Decimal(value)):
        fitted = fit_objects([sent], "int")
        assert fitted.values.to_list() == [value]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_sent_as_text_or_number(value: float) -> None:
    for sent in (repr(value), value):
        assert fit_objects([sent], "number").values.to_list() == [value]


@given(st.decimals(-(10**14) + 1, 10**14 - 1, places=4))
def test_an_exact_amount_survives_as_it_is(value: Decimal) -> None:
    for sent in (f"{value:f}", value):
        fitted = fit_objects([sent], "money")
        assert fitted.values.to_list() == [value]
        assert fitted.values.dtype == MONEY


@given(st.lists(st.floats(-1e13, 1e13) | st.decimals(-1000, 1000, places=5).map(float), min_size=1))
def test_a_binary_amount_is_its_shortest_text_rounded_half_to_even(values: list[float]) -> None:
    expected = [Decimal(repr(v)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for v in values]

    assert fit(pl.Series(values, dtype=pl.Float64), "money").values.to_list() == expected


@given(st.lists(ANYTHING, max_size=6))
def test_nothing_that_is_sent_fails_or_gets_lost_unnoticed(values: list[Any]) -> None:
    for to in TYPES:
        fitted = fit_objects(values, to)
        assert len(fitted.values) == len(fitted.unfit) == len(values)
        for value, kept, unfit in zip(values, fitted.values, fitted.unfit, strict=True):
            blank = value is None or (isinstance(value, str) and not value.strip(" \t\r\n"))
            assert blank or isinstance(value, bytes) or unfit == (kept is None)


@given(st.text(max_size=40))
def test_no_text_fails(text: str) -> None:
    for to in TYPES:
        fitted = fit(pl.Series([text, "x"]), to)
        assert fitted.unfit.null_count() == 0
