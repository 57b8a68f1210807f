"""What is valid in a field: a received value in its stored form, or null where it breaks a rule."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from mega_toys.declared.field import Sent
from mega_toys.lake.fields import together
from mega_toys.lake.fields.alike import FEWEST, items, layouts, sampled
from mega_toys.lake.fields.extended_json import unwrapped
from mega_toys.lake.fields.fit import STORED, fit_values
from mega_toys.lake.fields.native import Values, json_value
from mega_toys.lake.fields.texts import BLANKS, INSTANT, instant

_PLAIN = "item"  # what a plain value of a list is called while it is judged


def stored_type(sent: Sent) -> pl.DataType:
    """The type in which silver keeps a field."""
    if sent.type == "time":
        return INSTANT
    if sent.type == "list":
        return pl.List(stored_type(sent.item) if sent.item else _struct(sent.fields))
    return _struct(sent.fields) if sent.type == "object" else STORED[sent.type]


def stored(received: pl.Expr, sent: Sent) -> pl.Expr:
    """The valid value in the form that silver keeps; null where there is no valid one."""
    if sent.type == "time":
        return instant(received)
    if sent.type in ("list", "object"):  # at once, not some here and some there
        return received.map_batches(
            lambda texts: _nested(texts, sent), return_dtype=stored_type(sent)
        )
    if sent.choices:
        lower = received.str.to_lowercase()
        return pl.when(lower.is_in(list(sent.choices))).then(lower)
    if sent.letters:
        code = received.str.contains(f"^[A-Za-z]{{{sent.letters}}}$")
        return pl.when(code).then(received.str.to_uppercase())
    fits = [
        *([received.str.len_chars() <= sent.longest] if sent.longest is not None else []),
        *([received.is_in(sorted(time_zones()))] if sent.is_time_zone else []),
        *([received >= sent.at_least] if sent.at_least is not None else []),
        *([received <= sent.at_most] if sent.at_most is not None else []),
        *([received > sent.more_than] if sent.more_than is not None else []),
    ]
    return pl.when(pl.all_horizontal(fits)).then(received) if fits else received


@cache
def time_zones() -> frozenset[str]:
    """The IANA names that both Python and Polars know."""
    moment = pl.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)])
    return frozenset(name for name in zoneinfo.available_timezones() if _converts(moment, name))


def _converts(moment: pl.Series, zone: str) -> bool:
    try:
        moment.dt.convert_time_zone(zone)
    except pl.exceptions.PolarsError:
        return False
    return True


def _struct(fields: Mapping[str, Sent]) -> pl.Struct:
    return pl.Struct({name: stored_type(sent) for name, sent in fields.items()})


def _nested(texts: pl.Series, sent: Sent) -> pl.Series:
    """JSON texts of lists or objects, with every field inside fitted and judged like any other.

    A fault inside makes the whole value null. Where most texts come again, as in the versions of a
    record, each is read once.
    """
    once = texts.unique(maintain_order=True)
    if 2 * len(once) > len(texts):
        return _read(texts, sent).alias(texts.name)
    read = pl.DataFrame({"text": once, "value": _read(once, sent)})
    sent_texts = texts.to_frame("text")
    found = sent_texts.join(read, on="text", how="left", nulls_equal=True, maintain_order="left")
    return found["value"].alias(texts.name)


def _read(texts: pl.Series, sent: Sent) -> pl.Series:
    places = pl.int_range(len(texts), eager=True)
    found = pl.DataFrame({"place": places, "text": texts})
    done = _alike(texts, sent) if len(texts) >= FEWEST and not sent.item else None
    if done is None:
        return _one_by_one(texts, sent)
    rest = found.join(done, on="place", how="anti", maintain_order="left")
    others = rest.select("place", value=_one_by_one(rest["text"], sent))
    return pl.concat([done, others]).sort("place")["value"]


def _alike(texts: pl.Series, sent: Sent) -> pl.DataFrame | None:
    """The `value` in each `place` whose text is laid out as most are; none where none are."""
    samples = _decoded_texts(sampled(texts.drop_nulls()))
    if sent.type == "list":
        found = items(texts, samples)
        if found is None:
            return None
        inside, fine = _judged_columns(found.columns, len(found.at), sent.fields)
        lists = pl.select(place=found.places).with_columns(sent=pl.lit(True))
        return _lists(lists, found.at, inside, fine, sent)
    layout = next(iter(layouts(samples)), None)
    if layout is None or any("$" in name for name in layout.kinds):
        return None
    places, captured = layout.captured(texts)
    inside, fine = _judged_columns(layout.columns(captured), len(places), sent.fields)
    return pl.select(place=places, value=pl.when(fine).then(inside))


def _one_by_one(texts: pl.Series, sent: Sent) -> pl.Series:
    values = _decoded_texts(texts.to_list())
    if sent.type == "object":
        inside, fine = _judged_items(values, sent.fields)
        return pl.select(pl.when(fine).then(inside)).to_series()
    at = [place for place, items in enumerate(values) for _ in items or ()]
    every = [item for items in values for item in items or ()]
    if sent.item:
        inside, fine = _judged_columns({_PLAIN: every}, len(every), {_PLAIN: sent.item})
        inside = inside.struct.field(_PLAIN)
    else:
        inside, fine = _judged_items(every, sent.fields)
    places = pl.int_range(len(values), eager=True)
    lists = pl.DataFrame({"place": places, "sent": [v is not None for v in values]})
    return _lists(lists, pl.Series(at, dtype=pl.Int64), inside, fine, sent)["value"]


def _lists(
    lists: pl.DataFrame, at: pl.Series, inside: pl.Series, fine: pl.Series, sent: Sent
) -> pl.DataFrame:
    """The `value` of lists, columns `place` and `sent`, by their items; null where one has a fault.

    `at` tells the place of the list that an item is of.
    """
    whole = pl.DataFrame({"place": at, "item": inside, "fine": fine})
    kept = whole.group_by("place", maintain_order=True).agg("item", pl.col("fine").all())
    found = lists.join(kept, on="place", how="left", maintain_order="left")
    item = pl.col("item").fill_null([]) if sent.may_be_empty else pl.col("item")
    is_fine = pl.col("fine").fill_null(sent.may_be_empty)
    return found.select("place", value=pl.when("sent", is_fine).then(item))


def _judged_items(items: list[Any], fields: Mapping[str, Sent]) -> tuple[pl.Series, pl.Series]:
    """The items as structs of stored values, and whether each is an object without a fault."""
    items = [_item(item) for item in items]
    objects = [item if isinstance(item, dict) else {} for item in items]
    columns = {name: [item.get(name) for item in objects] for name in fields}
    inside, fine = _judged_columns(columns, len(items), fields)
    return inside, fine & pl.Series([isinstance(i, dict) for i in items], dtype=pl.Boolean)


def _judged_columns(
    columns: Mapping[str, Values], height: int, fields: Mapping[str, Sent]
) -> tuple[pl.Series, pl.Series]:
    """Objects by their values as structs of stored ones, and whether each is without a fault."""
    nothing = pl.repeat(None, height, dtype=pl.Null, eager=True)
    fitted = {
        name: fit_values(columns.get(name, nothing), sent.type) for name, sent in fields.items()
    }
    frame = pl.DataFrame(
        {name: values for name, (values, _) in fitted.items()}
        | {f"{name} unfit": unfit for name, (_, unfit) in fitted.items()}
    )
    kept = frame.select(stored(pl.col(name), sent).alias(name) for name, sent in fields.items())
    faults = [
        (pl.col(f"{name} unfit") | frame[name].is_not_null()) & kept[name].is_null()
        for name in fields
    ] + [frame[name].is_null() for name, sent in fields.items() if sent.required]
    without = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    fine = frame.select(~pl.any_horizontal(without, *faults)).to_series()
    return kept.to_struct("item"), fine


def _item(item: Any) -> Any:
    """An item, which may come as JSON text like any object."""
    if not isinstance(item, str) or not item.strip(BLANKS).startswith("{"):
        return item
    try:
        return _loads(item)
    except ValueError:
        return item


def _decoded_texts(texts: Sequence[str | None]) -> list[Any]:
    """The values of JSON texts; those without surprises some hundred at once."""
    values: list[Any] = []
    for first in range(0, len(texts), together.AT_ONCE):
        part = texts[first : first + together.AT_ONCE]
        values += _plain_values(part) or map(_loads, part)
    return values


def _plain_values(texts: Sequence[str | None]) -> list[Any] | None:
    if any(text is not None and len(text) > together.LONGEST for text in texts):
        return None
    joined = together.joined([b"null" if text is None else text.encode() for text in texts])
    return None if together.needs_care(joined) else together.values(joined, len(texts))


def _loads(text: str | None) -> Any:
    if text is None:
        return None
    return unwrapped(json_value(text)) if "$" in text else json_value(text)
