"""Which layout all texts of a column have, and which words mean null, true and false."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import product

from mega_toys.declared.field import Sent, Type
from mega_toys.declared.sent_as import BY_DEFAULT, EPOCHS, ISO, SentAs
from mega_toys.lake.fields.as_sent import by_default
from mega_toys.lake.fields.fit import fit_objects
from mega_toys.lake.fields.texts import BLANKS, LOCAL_TIME

NULL_WORDS = frozenset(
    {"NA", "N/A", "n/a", "na", "NULL", "null", "None", r"\N", "-", "--", "NaN", "nan", "#N/A", "?"}
)
FLAGS = (
    ("true", "false"), ("yes", "no"), ("ja", "nein"), ("oui", "non"), ("y", "n"), ("j", "n"),
    ("t", "f"), ("wahr", "falsch"), ("x", "-"),
)  # fmt: skip
NUMBERS = (
    (".", None), (",", None), (",", "."), (".", ","), (",", " "), (",", "\xa0"), (",", "\u202f"),
    (".", "'"), (".", " "),
)  # fmt: skip
_DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y",
    "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%Y.%m.%d",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S %z", "%H%M%S")
_MORE_TIMES = ("%Y%m%d%H%M%S", "%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S %z")
_TIMES = (
    *(f"{day}{between}{clock}" for day, clock, between in product(_DAYS, _CLOCKS, (" ", "T"))),
    *_MORE_TIMES,
)
_EPOCH_DIGITS = {10: "epoch s", 13: "epoch ms", 16: "epoch us", 19: "epoch ns"}
_YEARS = frozenset({*range(1900, 2101), 9999})  # the last stands for no end
_LOOKED_AT = 50  # texts by which a layout is chosen


def day_layout(texts: Sequence[str]) -> str | None:
    """The layout by which texts are days, of many nearly all; none where there is none."""
    return _first_that_fits(texts, (ISO, *_DAYS), "date")


def time_layout(texts: Sequence[str]) -> str | None:
    """The layout by which they are instants, or local times; none where there is none."""
    return _first_that_fits(texts, (ISO, *_TIMES), "time")


def other_day_layout(texts: Iterable[str], layout: str) -> str | None:
    """The layout of months before days by which the texts could be read as well."""
    other = layout.replace("%d/%m", "%m/%d").replace("%d-%m", "%m-%d").replace("%d.%m", "%m.%d")
    return other if other != layout and all(_is_laid_out(text, other) for text in texts) else None


def _first_that_fits(texts: Sequence[str], layouts: Iterable[str], kind: Type) -> str | None:
    """The first layout that nearly all texts have: of fewer than ten, all."""
    some = texts[:_LOOKED_AT]
    for layout in layouts if texts else ():
        if _misfits(some, layout, kind) * 10 <= len(some) and (
            _misfits(texts, layout, kind) * 10 <= len(texts)
        ):
            return layout
    return None


def _misfits(texts: Sequence[str], layout: str, kind: Type) -> int:
    """How many texts do not have a layout."""
    if layout != ISO:
        return sum(not _is_laid_out(text, layout) for text in texts)
    zoned = [text for text in texts if kind == "date" or not LOCAL_TIME.fullmatch(text)]
    return int(fit_objects(zoned, kind).unfit.sum())


def _is_laid_out(text: str, layout: str) -> bool:
    try:
        return dt.datetime.strptime(text, layout).year in _YEARS  # noqa: DTZ007
    except ValueError:
        return False


def epoch_layout(values: Iterable[object]) -> str | None:
    """The unit in which all numbers are instants of these years; none where they are not."""
    whole = [str(value).partition(".")[0] for value in values]
    units = {_EPOCH_DIGITS.get(len(text)) if text.isdecimal() else None for text in whole}
    return units.pop() if len(units) == 1 else None


def is_local(texts: Iterable[str], layout: str) -> bool:
    """Whether the times of a layout have no offset, at least some."""
    if layout in EPOCHS:
        return False
    return any(map(LOCAL_TIME.fullmatch, texts)) if layout == ISO else "%z" not in layout


def fits(texts: Collection[str], kind: Sent, sent_as: SentAs = BY_DEFAULT) -> bool:
    """Whether all texts fit a type, as they are declared."""
    values = list(by_default(list(texts), "", kind, sent_as))
    return not fit_objects(values, kind.type).unfit.any()


def flags_of(texts: Iterable[str]) -> tuple[str, str] | None:
    """The words of true and false that all texts are; none where there are others."""
    words = {text.lower() for text in texts}
    return next((pair for pair in FLAGS if words <= set(pair)), None) if words else None


_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]")


def may_be_number(texts: Iterable[str]) -> bool:
    """Whether the texts begin like numbers, none with a nought that says it is an identifier."""
    return all(_PLAIN_NUMBER.match(t) or t[:1] in ",.+-" for t in texts) and not any(
        len(t) > 1 and t[0] == "0" and t[1].isdigit() for t in texts
    )


def way_out(value: object, kind: Type) -> str | None:
    """What a declaration would say that a value which does not fit a type does; none if nothing."""
    text = str(value).strip(BLANKS)
    if isinstance(value, (list, dict, bool)) or kind in ("text", "list", "object"):
        return None
    if text in NULL_WORDS:
        return f"nulls=({text!r},)"
    if kind == "date":
        layout = day_layout([text])
        return f"dates={layout!r}" if layout else None
    if kind == "time":
        return _of_time(text)
    if kind == "bool":
        flags = flags_of([text]) or (("1", "0") if text in ("1", "0") else None)
        return f"true=({flags[0]!r},), false=({flags[1]!r},)" if flags else None
    return _of_number(text, kind) if isinstance(value, str) else None


def _of_time(text: str) -> str | None:
    epoch = epoch_layout([text]) if _PLAIN_NUMBER.match(text) and text.isdecimal() else None
    layout = epoch or time_layout([text])
    if layout is None:
        return None
    times = [f"times={layout!r}"] if layout != ISO else []
    return ", ".join([*times, *(["zone='…'"] if is_local([text], layout) else [])])


def _of_number(text: str, kind: Type) -> str | None:
    for point, thousands in NUMBERS[1:]:
        if fits([text], Sent(type=kind), SentAs(decimal=point, thousands=thousands)):
            apart = [f"thousands={thousands!r}"] if thousands else []
            return ", ".join([*([f"decimal={point!r}"] if point != "." else []), *apart])
    return None
