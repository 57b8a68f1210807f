"""What a text must be to fit a type, and what it then is as stored (`sources.md`, "Values")."""

import datetime as dt
import decimal
import json
import re
from collections.abc import Callable
from typing import Any

import polars as pl

from mega_toys.declared.field import STATISTICS_BYTES, Type

BLANKS = " \t\r\n"
DEEPEST = 100  # levels of lists and objects
MOST_CONTAINERS = 4_000_000  # lists and objects of one record
MONEY = pl.Decimal(18, 4)
INSTANT = pl.Datetime("us", "UTC")
FIRST_INT, LAST_INT = -(2**63), 2**63 - 1
FIRST_INSTANT = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
LAST_INSTANT = dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_NOUGHT = re.compile(r"[+-]?[0.]+[eE]")
_PLAIN_INT = r"^[+-]?[0-9]{1,18}(?:\.0*)?$"
_MONEY = r"^[+-]?(?:0*[0-9]{1,14}(?:\.[0-9]{0,4}0*)?|\.[0-9]{1,4}0*)$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_HOURS = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":[0-5][0-9](?:\.[0-9]{1,9})?"
_PLAIN_TIME = (
    rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_HOURS}{_SECONDS}"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$"
)
_TIME = (
    rf"^(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ](?P<hours>{_HOURS})(?P<seconds>{_SECONDS})? ?"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|[+-]14(?::?00)?)$"
)
LOCAL_TIME = re.compile(
    rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ](?P<hours>{_HOURS})"
    r"(?P<seconds>:[0-5][0-9])?(?:\.(?P<fraction>[0-9]{1,9}))?"
)  # without an offset
_LAST_OF_WIDTH = "\x7f\u07ff\ud7ff\uffff\U0010ffff"  # no character of as many bytes follows
_WIDEST = 4  # bytes of a character
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"')  # possessive: it keeps no way back, of megabytes
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_PIECE = 1 << 20


def instant(text: pl.Expr) -> pl.Expr:
    """The instant of a valid time text, cut off beyond microseconds; null where it is none."""
    return text.map_batches(_instants, return_dtype=INSTANT, is_elementwise=True)


def written_clock(text: pl.Expr) -> pl.Expr:
    """What the sender's clock showed, to the second, by a time text; null where it is none."""
    return _of_few(text, pl.Datetime("us"), lambda few: _text_to(_clock)(_plain_times(few)))


def _clock(plain: pl.Expr) -> pl.Expr:
    return plain.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")


def _of_few(text: pl.Expr, dtype: pl.DataType, read: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    """What is read of texts that are mostly null: of these nothing is read."""

    def of_those_there(sent: pl.Series) -> pl.Series:
        there = sent.is_not_null().arg_true()
        nothing = pl.Series(sent.name, [None], dtype=dtype).new_from_index(0, len(sent))
        return nothing if there.is_empty() else nothing.scatter(there, read(sent.gather(there)))

    return text.map_batches(of_those_there, return_dtype=dtype, is_elementwise=True)


def _plain_times(sent: pl.Series) -> pl.Series:
    """Times as `YYYY-MM-DDTHH:MM:SS[.digits]` and `Z` or `±HH:MM`; null where a text is none."""
    rest = (~sent.str.contains(_PLAIN_TIME)).fill_null(False).arg_true()
    if rest.is_empty():
        return sent
    parts = sent.gather(rest).str.extract_groups(_TIME).struct.unnest()
    offset = pl.col("offset")
    minutes = pl.when(offset.str.len_bytes() > 3).then(offset.str.tail(2)).otherwise(pl.lit("00"))
    zone = pl.when(offset == "Z").then(offset).otherwise(offset.str.head(3) + ":" + minutes)
    seconds = pl.col("seconds").fill_null(":00")
    plain = parts.select(pl.col("day") + "T" + pl.col("hours") + seconds + zone)
    return sent.scatter(rest, plain.to_series())


def _instants(sent: pl.Series) -> pl.Series:
    """The instants of time texts, step by step: Polars would do a part used twice two times."""
    plain, is_utc = pl.col("plain"), pl.col("plain").str.ends_with("Z")
    end = pl.when(is_utc).then(1).otherwise(len("+00:00"))
    digits = plain.str.len_bytes().cast(pl.Int64) - len("2026-03-01T00:00:00.") - end
    parts = (
        _plain_times(sent)
        .to_frame("plain")
        .select(
            clock=_clock(plain).dt.replace_time_zone("UTC"),
            fraction=pl.when(digits > 0).then(plain.str.slice(20, digits.clip(upper_bound=6))),
            offset=pl.when(~is_utc).then(plain.str.tail(6)),
            in_calendar=plain.str.head(4) != "0000",
        )
    )
    micros = pl.col("fraction").str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    hours, minutes = (pl.col("offset").str.slice(at, 2).cast(pl.Int64) for at in (1, 4))
    ahead = pl.when(pl.col("offset").str.starts_with("-")).then(-1).otherwise(1)
    shift = ((hours * 60 + minutes) * ahead).fill_null(0)
    moved = (micros - shift * 60_000_000).cast(pl.Duration("us"))
    utc = parts.select("in_calendar", utc=pl.col("clock") + moved)
    fits = pl.col("in_calendar") & pl.col("utc").is_between(FIRST_INSTANT, LAST_INSTANT)
    return utc.select(pl.when(fits).then(pl.col("utc")).alias(sent.name)).to_series()


def calendar_day(text: pl.Expr) -> pl.Expr:
    """The day of a text that is exactly YYYY-MM-DD and in the calendar, else null."""
    return _of_few(text, pl.Date(), _text_to(_day))


def _day(text: pl.Expr) -> pl.Expr:
    day = text.str.to_date("%Y-%m-%d", strict=False)
    return pl.when(text.str.contains(_DATE) & (text.str.slice(0, 4) != "0000")).then(day)


def _text_to(expression: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Series], pl.Series]:
    return lambda sent: sent.to_frame("sent").select(expression(pl.col("sent"))).to_series()


def _bounded(sent: pl.Series) -> pl.Series:
    """Texts of which statistics can tell an end: one that begins with nothing but last characters
    has none that is shorter, and would lie in the footer of its file as a whole.
    """
    if not (sent.str.len_bytes() > STATISTICS_BYTES).any():
        return sent
    text = pl.col("sent")
    rest = text.str.strip_chars_start(_LAST_OF_WIDTH)
    begins = text.str.len_bytes() - rest.str.len_bytes() > STATISTICS_BYTES - _WIDEST
    unbounded = begins & (text.str.len_bytes() > STATISTICS_BYTES)
    return sent.to_frame("sent").select(pl.when(~unbounded).then(text)).to_series()


def _ints(sent: pl.Series) -> pl.Series:
    plain = _text_to(
        lambda text: pl.when(text.str.contains(_PLAIN_INT)).then(
            text.str.replace(r"\.0*$", "").str.strip_prefix("+").cast(pl.Int64, strict=False)
        )
    )(sent)
    return _with_rest(sent, plain, _NUMBER, _exact_int)


def _exact_int(text: str) -> int | None:
    try:
        value = decimal.Decimal(text)
    except decimal.InvalidOperation:  # an exponent of more than 18 digits
        return 0 if _NOUGHT.match(text) else None
    if value == 0:
        return 0
    if value.adjusted() > 18 or value != value.to_integral_value():
        return None
    return int(value) if FIRST_INT <= value <= LAST_INT else None


def _with_rest(
    sent: pl.Series, done: pl.Series, pattern: str, exact: Callable[[str], Any]
) -> pl.Series:
    """The few values that only look right to a slower, exact reading are read by it."""
    rest = (done.is_null() & sent.str.contains(pattern)).fill_null(False).arg_true()
    if rest.is_empty():
        return done
    return done.scatter(rest, [exact(text) for text in sent.gather(rest).to_list()])


def _numbers(text: pl.Expr) -> pl.Expr:
    value = text.cast(pl.Float64, strict=False)
    return pl.when(text.str.contains(_NUMBER) & value.is_finite()).then(value)


def _amounts(text: pl.Expr) -> pl.Expr:
    exact = text.str.replace(r"(\.[0-9]{0,4})0*$", "${1}").str.strip_prefix("+")
    return pl.when(text.str.contains(_MONEY)).then(exact.cast(MONEY, strict=False))


def _flags(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase()
    return pl.when(lower.is_in(["true", "false"])).then(lower == "true")


def _json_of(kind: type) -> Callable[[pl.Series], pl.Series]:
    return lambda sent: pl.Series(
        [_checked(text, kind) for text in sent.to_list()], dtype=pl.String
    )


def _checked(text: str | None, kind: type) -> str | None:
    if text is None or text[0] not in "[{" or deeper_than(text.encode(), DEEPEST):
        return None
    try:
        value = json.loads(text, parse_constant=_no_constant)
        text.encode()
    except (ValueError, RecursionError):
        return None
    return text if type(value) is kind else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def deeper_than(text: bytes, levels: int) -> bool:
    """Whether lists and objects of a JSON text are nested deeper than so many levels."""
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    import numpy as np  # here, since it takes a while to be there and few texts need it

    step_of = np.zeros(256, np.int8)
    step_of[list(b"[{")], step_of[list(b"]}")] = 1, -1
    brackets = _QUOTED.sub(b"", text).translate(None, _NO_BRACKETS)
    depth = 0
    for at in range(0, len(brackets), _PIECE):
        steps = step_of[np.frombuffer(brackets[at : at + _PIECE], dtype=np.uint8)]
        depths = depth + np.cumsum(steps, dtype=np.int64)
        if depths.max() > levels:
            return True
        depth = int(depths[-1])
    return False


def holds_too_many(text: bytes) -> bool:
    """Whether a JSON text has more lists and objects than memory should hold, 100 bytes each."""
    if text.count(b"[") + text.count(b"{") <= MOST_CONTAINERS:
        return False
    bare = _QUOTED.sub(b"", text)
    return bare.count(b"[") + bare.count(b"{") > MOST_CONTAINERS


FROM_TEXT: dict[Type, Callable[[pl.Series], pl.Series]] = {
    "text": _bounded,
    "int": _ints,
    "number": _text_to(_numbers),
    "money": _text_to(_amounts),
    "bool": _text_to(_flags),
    "date": _text_to(_day),
    "time": _text_to(lambda text: pl.when(instant(text).is_not_null()).then(text)),
    "list": _json_of(list),
    "object": _json_of(dict),
}
