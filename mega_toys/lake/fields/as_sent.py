"""Values as a partner declares them become values as they are by default.

What does not fit the declaration becomes a text that fits no such type.
"""

import datetime as dt
import decimal
import re
import zoneinfo
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import polars as pl

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, EPOCHS, ISO, SentAs
from mega_toys.lake.fields.native import Beyond, Columnar, JsonTexts, Values, plain
from mega_toys.lake.fields.texts import BLANKS, LOCAL_TIME

_UNFIT = "not as declared"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROS = {"d": "86400e6", "s": "1e6", "ms": "1e3", "us": "1", "ns": "1e-3"}
_EPOCH_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")


def by_default(values: Values, name: str, sent: Sent, sent_as: SentAs) -> Values:
    """The values of a field as the default forms have them, as many."""
    if sent_as is BY_DEFAULT:
        return values
    if isinstance(values, JsonTexts):
        values = plain(values)
    elif isinstance(values, pl.Series) and values.dtype == pl.Binary:  # texts of some old writers
        values = [_decoded(value) for value in values.to_list()]
    if sent.type in ("date", "time"):
        return _moments(values, name, sent, sent_as)
    converted = _converted_text(sent, sent_as)
    if converted is None:
        return values
    if isinstance(values, pl.Series):
        texts = values.cast(pl.String) if _is_text(values) else values
        whole = _wholes_as_text(texts, sent, sent_as)
        return converted(whole) if whole.dtype == pl.String else values
    held = [str(v) if _is_said_by(v, sent, sent_as) else v for v in values]
    texts = pl.Series([v if type(v) is str else None for v in held], dtype=pl.String)
    done = converted(texts).to_list()
    return [d if type(v) is str else v for v, d in zip(held, done, strict=True)]


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _is_text(values: pl.Series) -> bool:
    return isinstance(values.dtype, (pl.String, pl.Categorical, pl.Enum))


def _wholes_as_text(values: pl.Series, sent: Sent, sent_as: SentAs) -> pl.Series:
    """Whole numbers that mean true or false, as texts."""
    flags = sent.type == "bool" and sent_as.true and values.dtype.is_integer()
    return values.cast(pl.String) if flags else values


def _is_said_by(value: Any, sent: Sent, sent_as: SentAs) -> bool:
    """Whether a number stands for a text of true or false."""
    return sent.type == "bool" and bool(sent_as.true) and type(value) is int


def _converted_text(sent: Sent, sent_as: SentAs) -> Callable[[pl.Series], pl.Series] | None:
    """What makes texts of a field as they are by default; none where they are."""
    text = pl.col("sent").str.strip_chars(BLANKS)
    done = text
    if sent.type in ("int", "number", "money"):
        done = _number(text, sent_as)
    elif sent.type == "bool" and sent_as.true:
        done = _flag(text, sent_as)
    if sent_as.nulls:
        done = pl.when(~text.is_in(list(sent_as.nulls))).then(done)
    elif done is text:
        return None
    return lambda sent: sent.to_frame("sent").select(done).to_series()


def _number(text: pl.Expr, sent_as: SentAs) -> pl.Expr:
    """Plain numbers, also those whose thousands are set apart as declared, all of them."""
    if (sent_as.decimal, sent_as.thousands) == (".", None):
        return text
    point, apart = re.escape(sent_as.decimal), re.escape(sent_as.thousands or "")
    is_plain = rf"^[+-]?(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?$"
    fits = text.str.contains(is_plain)
    if apart:
        fits |= text.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:{apart}[0-9]{{3}})+(?:{point}[0-9]*)?$")
    bare = text.str.replace_all(sent_as.thousands or "", "", literal=True) if apart else text
    number = bare.str.replace(sent_as.decimal, ".", literal=True)
    return _or_unfit(text, fits | (text == ""), number)


def _flag(text: pl.Expr, sent_as: SentAs) -> pl.Expr:
    lower = text.str.to_lowercase()
    words = {word.lower(): "true" for word in sent_as.true}
    words |= {word.lower(): "false" for word in sent_as.false}
    return _or_unfit(text, lower.is_in([*words, ""]), lower.replace(words))


def _or_unfit(text: pl.Expr, fits: pl.Expr, converted: pl.Expr) -> pl.Expr:
    return pl.when(fits).then(converted).when(text.is_not_null()).then(pl.lit(_UNFIT))


def _moments(values: Values, name: str, sent: Sent, sent_as: SentAs) -> Values:
    """Days or instants by the layouts of a field, and local ones by the zone."""
    layouts = sent_as.layouts_of(name, sent.type)
    if not (layouts or sent_as.nulls or sent_as.zone or sent_as.sheet):
        return values
    read = _Moments(sent.type == "date", layouts or (ISO,), sent_as)
    return [read.of(v) for v in (plain(values) if isinstance(values, Columnar) else values)]


class _Moments:
    """Reads values of one field, each text once as long as it is remembered."""

    def __init__(self, is_day: bool, layouts: Sequence[str], sent_as: SentAs) -> None:
        self._is_day, self._layouts, self._nulls = is_day, layouts, frozenset(sent_as.nulls)
        self._zone = zoneinfo.ZoneInfo(sent_as.zone) if sent_as.zone else None
        self._of_sheet = sent_as.sheet is not None
        self._units = [EPOCHS[one] for one in layouts if one in EPOCHS]
        self._of_text = cache(self._text)

    def of(self, value: Any) -> Any:
        """The value as by default."""
        if isinstance(value, str):
            return value if isinstance(value, Beyond) else self._of_text(value)
        if self._of_sheet and type(value) is dt.date:  # a cell says midnight so
            value = dt.datetime.combine(value, dt.time.min)
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            return self._clock(value)
        if type(value) in (int, float, decimal.Decimal) and self._units:
            return self._epoch(str(value), self._units[0]) or _UNFIT
        return value

    def _text(self, sent: str) -> str | None:
        text = sent.strip(BLANKS)
        if not text or text in self._nulls:
            return None
        found = (self._by(layout, text) for layout in self._layouts)
        return next((one for one in found if one is not None), _UNFIT)

    def _by(self, layout: str, text: str) -> str | None:
        """A text by one layout; none where it is not laid out so."""
        if layout in EPOCHS:
            return self._epoch(text, EPOCHS[layout])
        if layout == ISO:
            return self._iso(text)
        try:
            moment = dt.datetime.strptime(text, layout)  # noqa: DTZ007
        except ValueError:
            return None
        return str(moment.date()) if self._is_day else self._instant(moment)

    def _iso(self, text: str) -> str | None:
        local = None if self._is_day or self._zone is None else LOCAL_TIME.fullmatch(text)
        if local is None:
            return text
        digits = (local["fraction"] or "")[:6].ljust(6, "0")
        told = f"{local['day']}T{local['hours']}{local['seconds'] or ':00'}.{digits}"
        try:
            return self._instant(dt.datetime.fromisoformat(told))
        except ValueError:
            return None

    def _clock(self, moment: dt.datetime) -> Any:
        """A native timestamp without zone: local where a zone is declared; a day at midnight."""
        if self._is_day and moment.time() == dt.time.min:
            return moment.date()
        return moment if self._is_day or self._zone is None else self._instant(moment) or _UNFIT

    def _instant(self, moment: dt.datetime) -> str | None:
        """An instant as text with its offset; of a clock set back the first, none of one put on."""
        if moment.tzinfo is None:
            if self._zone is None:
                return None
            moment, clock = moment.replace(tzinfo=self._zone), moment
            try:
                back = moment.astimezone(dt.UTC).astimezone(self._zone)
            except OverflowError:
                return None
            if back.replace(tzinfo=None) != clock:
                return None
        offset = moment.utcoffset() or dt.timedelta()
        if offset % dt.timedelta(minutes=1):  # of the sun, before there were zones
            moment = moment.astimezone(dt.UTC)
        return moment.isoformat(timespec="microseconds")

    def _epoch(self, text: str, unit: str) -> str | None:
        """So many units since 1970, cut off beyond microseconds; none where no calendar has it."""
        if not _EPOCH_NUMBER.fullmatch(text):
            return None
        micros = decimal.Decimal(text) * decimal.Decimal(_MICROS[unit])
        try:
            micros = micros.to_integral_value(decimal.ROUND_FLOOR)
            instant = _EPOCH + dt.timedelta(microseconds=int(micros))
        except ArithmeticError:
            return None
        clock = instant.replace(tzinfo=None)
        return str(clock.date()) if self._is_day else f"{clock.isoformat(timespec='microseconds')}Z"
