import polars as pl
import pytest

from mega_toys.domains.supply.silver.stock_movements import sign_matches_kind
from mega_toys_tests.domains.rows import holds


@pytest.mark.parametrize(
    ("kind", "negative", "none", "positive"),
    [
        ("receipt", False, False, True),
        ("return", False, False, True),
        ("shipment", True, False, False),
        ("adjustment", True, True, True),
    ],
)
def test_only_an_adjustment_may_go_either_way_or_nowhere(
    kind: str, negative: bool, none: bool, positive: bool
) -> None:
    moves = pl.DataFrame({"kind": [kind] * 3, "quantity": [-1, 0, 1]})

    assert holds(sign_matches_kind(), moves) == [negative, none, positive]


def test_the_sign_is_not_judged_where_kind_or_quantity_is_unknown() -> None:
    moves = pl.DataFrame({"kind": [None, "receipt"], "quantity": [-1, None]})

    assert False not in holds(sign_matches_kind(), moves)
