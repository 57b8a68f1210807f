"""Lot events for tests, told by their lots."""

from typing import Any, cast

import dataframely as dy
import polars as pl

from mega_toys.domains.safety.silver.lot_events import LotEvents

TOLD = ("transformation_id", "input_quantity_list", "output_quantity_list")


def event(transformation: str, inputs: str = "", outputs: str = "") -> dict[str, Any]:
    """An event with the lots of two texts, each `lot` or `lot:quantity`."""
    sides = [[_lot(text) for text in lots.split()] for lots in (inputs, outputs)]
    return dict(zip(TOLD, [transformation, *sides], strict=True))


def _lot(text: str) -> dict[str, Any]:
    lot, _, quantity = text.partition(":")
    return {"lot_id": lot, "quantity": float(quantity or 1)}


def events(*told: dict[str, Any]) -> dy.LazyFrame[LotEvents]:
    """Events as silver keeps them, in what tells which lots they are of."""
    schema = {name: LotEvents.columns()[name].dtype for name in TOLD}
    return cast("dy.LazyFrame[LotEvents]", pl.LazyFrame(list(told), schema=schema))
