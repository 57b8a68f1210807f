from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.domains.safety.gold.lot_trace import (
    LotTrace,
    lot_trace,
    lots_that_came_of_themselves,
    retraced,
    ways_as_long_as_the_limit,
)
from mega_toys_tests.domains.safety.events import event, events
from mega_toys_tests.oracle import stock

Told = Sequence[dict[str, Any]]
CHAIN = [event(f"T{n}", f"L{n}", f"L{n + 1}") for n in range(6)]


def trace(*told: dict[str, Any]) -> pl.DataFrame:
    found = lot_trace(events(*told)).collect()
    return LotTrace.validate(found).sort(LotTrace.primary_key())


def updated(before: Told, after: Told) -> pl.DataFrame:
    """What the update makes of the trace before."""
    changed = [one for one in before if one not in after] + [o for o in after if o not in before]
    old = LotTrace.validate(lot_trace(events(*before)).collect()).lazy()
    found = retraced(old, events(*changed), events(*after)).collect()
    return LotTrace.validate(found).sort(LotTrace.primary_key())


def circles(*told: dict[str, Any]) -> list[str]:
    kept = events(*told)
    found = lots_that_came_of_themselves(trace(*told).lazy(), kept)
    return found.collect()["lot_id"].to_list()


def test_a_lot_leads_to_all_that_came_of_it_by_the_fewest_steps() -> None:
    found = trace(event("T1", "A B", "C"), event("T2", "C", "D E"), event("T3", "A", "E"))

    assert found.rows() == [
        ("A", "C", 1), ("A", "D", 2), ("A", "E", 1),
        ("B", "C", 1), ("B", "D", 2), ("B", "E", 2),
        ("C", "D", 1), ("C", "E", 1),
    ]  # fmt: skip


def test_a_step_joins_what_several_events_tell_of_one_transformation() -> None:
    found = trace(event("T1", "A"), event("T1", "B", "C"), event("T1", outputs="D"))

    pairs = [("A", "C"), ("A", "D"), ("B", "C"), ("B", "D")]
    assert found.rows() == [(*pair, 1) for pair in pairs]


def test_a_circle_is_reported_and_not_followed_for_ever() -> None:
    told = (
        event("T1", "A", "B"),
        event("T2", "B", "C"),
        event("T3", "C", "A"),
        event("T4", "C", "D"),
    )

    assert trace(*told).filter(pl.col("descendant_lot_id") == "A").rows() == [
        ("B", "A", 2),
        ("C", "A", 1),
    ]
    assert circles(*told) == ["A", "B", "C"]


def test_a_lot_that_goes_into_itself_at_once_is_a_circle_without_a_pair() -> None:
    told = event("T1", "A B", "A")

    assert trace(told).rows() == [("B", "A", 1)]
    assert circles(told) == ["A"]
    assert circles(*CHAIN) == []


def test_a_way_that_reaches_the_limit_is_followed_no_further_and_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ways_as_long_as_the_limit(trace(*CHAIN).lazy()).collect().is_empty()
    monkeypatch.setenv("MEGA_TOYS_TRACE_STEPS", "4")

    cut = trace(*CHAIN)

    assert cut["steps"].max() == 4
    found = ways_as_long_as_the_limit(cut.lazy()).collect()
    assert sorted(found["ancestor_lot_id"]) == ["L0", "L1", "L2"]


def test_an_update_traces_anew_only_what_leads_through_the_change() -> None:
    before = LotTrace.validate(trace(*CHAIN, event("U", "M", "N"))).lazy()
    planted = before.with_columns(steps=pl.when(pl.col("ancestor_lot_id") == "M").then(7)
                                  .otherwise("steps"))  # fmt: skip
    new = event("T6", "L6", "L7")

    found = retraced(planted, events(new), events(*CHAIN, new, event("U", "M", "N"))).collect()

    assert found.filter(pl.col("ancestor_lot_id") == "M")["steps"].to_list() == [7]
    assert found.filter(pl.col("descendant_lot_id") == "L7").height == 7


@pytest.mark.parametrize("changed", range(6))
def test_an_event_taken_back_or_told_otherwise_gives_what_a_build_gives(changed: int) -> None:
    others = [one for at, one in enumerate(CHAIN) if at != changed]
    short_cut = event(f"T{changed}", f"L{changed}", "L6 X")

    assert updated(CHAIN, others).rows() == trace(*others).rows()
    assert updated(others, CHAIN).rows() == trace(*CHAIN).rows()
    assert updated(CHAIN, [*others, short_cut]).rows() == trace(*others, short_cut).rows()


LOTS = st.lists(st.sampled_from("ABCDEF"), max_size=2).map(" ".join)
EVENTS = st.lists(
    st.builds(event, st.sampled_from(["T1", "T2", "T3", "T4"]), LOTS, LOTS), max_size=7
)


@settings(max_examples=25)
@given(before=EVENTS, after=EVENTS)
def test_any_update_gives_what_a_build_gives_and_that_is_the_oracle_s(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    wanted = trace(*after)

    assert updated(before, after).rows() == wanted.rows()
    assert sorted(wanted.rows()) == sorted(tuple(row.values()) for row in stock.lot_trace(after))
