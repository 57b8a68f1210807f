"""Columns that several tables of safety have."""

import dataframely as dy


def lots(description: str) -> dy.List:
    """Lots, each with its quantity in the unit of its factory."""
    inner = dy.Struct({"lot_id": dy.String(), "quantity": dy.Float64()})
    return dy.List(inner, description=description)
