"""Texts become values; what does not fit is null."""

import polars as pl

INSTANT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$"


def instant(name: str) -> pl.Expr:
    """An instant with its offset."""
    text = pl.when(pl.col(name).str.contains(INSTANT)).then(
        pl.col(name).str.replace("Z$", "+00:00")
    )
    return text.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False
    )


def number(name: str, low: float, high: float) -> pl.Expr:
    """A number within a range."""
    value = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(value.is_between(low, high)).then(value)


def at_least(name: str, low: int) -> pl.Expr:
    """A whole number, at least so much."""
    value = pl.col(name).cast(pl.Int64, strict=False)
    return pl.when(value >= low).then(value)


def one_of(name: str, values: tuple[str, ...]) -> pl.Expr:
    """One of these, in any case."""
    lower = pl.col(name).str.to_lowercase()
    return pl.when(lower.is_in(values)).then(lower)


def letters(name: str, count: int) -> pl.Expr:
    """So many letters, in any case."""
    upper = pl.col(name).str.to_uppercase()
    return pl.when(upper.str.contains(f"^[A-Z]{{{count}}}$")).then(upper)


def items_fit() -> pl.Expr:
    """Whether an order has items, each in range and with a number of its own."""
    item = pl.element().struct
    value = item.field("quantity") * item.field("unit_price")
    given = pl.all_horizontal(
        item.field(name).is_not_null() for name in ("line_no", "sku", "quantity", "unit_price")
    )
    off = item.field("discount").fill_null(0)
    fits = (
        given
        & (item.field("quantity") >= 1)
        & (item.field("unit_price") >= 0)
        & off.is_between(0, value)
    )
    items = pl.col("items").list
    numbers = items.eval(item.field("line_no")).list
    return (items.len() > 0) & items.eval(fits).list.all() & (numbers.n_unique() == numbers.len())


def rules_of_fields(required: tuple[str, ...], typed: tuple[str, ...]) -> dict[str, pl.Expr]:
    """What breaks `<field>_is_present` and `<field>_is_valid`."""
    absent = {f"{name}_is_present": pl.col(f"{name}_text").is_null() for name in required}
    unfit = {
        f"{name}_is_valid": pl.col(f"{name}_text").is_not_null() & pl.col(name).is_null()
        for name in typed
    }
    return absent | unfit
