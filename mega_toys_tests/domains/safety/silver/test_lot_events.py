import polars as pl

from mega_toys.domains.safety.silver.lot_events import output_quantity_list_is_valid
from mega_toys_tests.domains.rows import holds

LOT = [{"lot_id": "L", "quantity": 1.0}]


def test_either_side_may_be_empty_but_not_both() -> None:
    events = pl.DataFrame(
        {
            "input_quantity_list": [LOT, LOT, [], []],
            "output_quantity_list": [LOT, [], LOT, []],
        }
    )

    assert holds(output_quantity_list_is_valid(), events) == [True, True, True, False]
