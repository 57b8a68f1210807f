from decimal import Decimal
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mega_toys.domains.figures import added, averaged, ratio, rounded, total

MOST = 2**63 - 1


def test_a_ratio_without_a_whole_is_null() -> None:
    frame = pl.DataFrame({"part": [1, 1, 0, None], "whole": [4, 0, 0, 1]})

    assert frame.select(ratio(pl.col("part"), pl.col("whole"))).to_series().to_list() == [
        0.25,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        (0.125, "0.125"),
        (0.00006, "0.0001"),
        (-0.00004, "0"),
        (2.00003125, "2"),
        (0.5**5 * 3, "0.0938"),  # 0.09375, a tie: to the even digit
        (0.5**5, "0.0312"),  # 0.03125, a tie: to the even digit
        (1e14, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_amounts_are_rounded_half_to_even(amount: float | None, kept: str | None) -> None:
    found = pl.DataFrame({"x": [amount]}, schema={"x": pl.Float64}).select(rounded(pl.col("x")))

    assert found.schema["x"] == pl.Decimal(18, 4)
    assert found["x"].to_list() == [kept and Decimal(kept)]


def test_a_total_does_not_wrap_round() -> None:
    assert pl.DataFrame({"n": [MOST, MOST, 5]}).select(total(pl.col("n"))).item() == MOST
    assert pl.DataFrame({"n": []}, schema={"n": pl.Int64}).select(total(pl.col("n"))).item() == 0


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=50), st.randoms())
def test_a_sum_of_floats_does_not_depend_on_their_order(
    figures: list[float], random: Random
) -> None:
    shuffled = random.sample(figures, len(figures))
    frames = [pl.LazyFrame({"x": some, "key": 1}) for some in (figures, shuffled)]

    for figure in (added(pl.col("x")), averaged(pl.col("x"))):
        plans = [frame.group_by("key").agg(figure) for frame in frames]
        one, other = (plan.collect()["x"].item() for plan in plans)
        assert one == other


def test_a_sum_of_floats_of_which_none_is_known_is_nought_and_their_mean_is_unknown() -> None:
    none = pl.LazyFrame({"x": [None, None], "key": 1}, {"x": pl.Float64, "key": pl.Int64})
    some = pl.LazyFrame({"x": [None, 1.5, 2.5], "key": 1})
    figures = {"sum": added(pl.col("x")), "mean": averaged(pl.col("x"))}

    assert none.group_by("key").agg(**figures).collect().row(0) == (1, 0.0, None)
    assert some.group_by("key").agg(**figures).collect().row(0) == (1, 4.0, 2.0)
    assert none.head(0).select(**figures).collect().row(0) == (0.0, None)
