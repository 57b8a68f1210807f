import polars as pl

from mega_toys.domains.safety.gold.mass_balance import (
    MassBalance,
    mass_balance,
    more_came_out_than_went_in,
)
from mega_toys_tests.domains.safety.events import event, events

TOLD = events(
    event("T1", "A:6 B:4", "C:9"),
    event("T2", "C:5"), event("T2", "D:3"), event("T2", outputs="E:10"),
    event("T3", outputs="F:1"),
    event("T4", "F:1"),
    event("T5", "G:100", "H:102"),
)  # fmt: skip


def balances() -> pl.DataFrame:
    found = mass_balance(TOLD).collect().select(MassBalance.column_names())
    return MassBalance.validate(found).sort("transformation_id")


def test_the_events_of_a_transformation_count_together() -> None:
    assert balances().rows() == [
        ("T1", 10, 9, 0.9),
        ("T2", 8, 10, 1.25),
        ("T3", 0, 1, None),
        ("T4", 1, 0, 0),
        ("T5", 100, 102, 1.02),
    ]


def test_what_came_of_less_than_it_is_found_beyond_what_scales_may_err() -> None:
    wrong = more_came_out_than_went_in(MassBalance.validate(balances()).lazy()).collect()

    assert sorted(wrong["transformation_id"]) == ["T2", "T3"]
