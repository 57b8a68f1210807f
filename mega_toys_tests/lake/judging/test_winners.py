"""Which of several records with the same key is kept."""

import datetime as dt
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.dataset import LANDING
from mega_toys.lake.judging import winners

MARCH = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in range(1, 20)]
LANDED = [dt.date(2026, 3, 10), dt.date(2026, 3, 11)]


def received(*told: tuple[str, int, str, int, str, int]) -> pl.DataFrame:
    """Records told as key, sequence, content, landing day, file, row."""
    rows = [
        {
            "k": key, "updated_at": MARCH[at], "name": name, "_landed_on": LANDED[landed],
            "_file": file, "_row": row, "_ingested_at": MARCH[0], "day": LANDED[0],
        }
        for key, at, name, landed, file, row in told
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"_row": pl.Int64})


def kept(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(frame.select(columns or ["k", "name", "_file", "_row"]).rows())


NEWER_LAST = [("k", 1, "old", 0, "a", 0), ("k", 2, "new", 0, "a", 1)]
EQUAL = [("k", 1, "first", 0, "a", 1), ("k", 1, "second", 0, "b", 0), ("k", 1, "third", 1, "a", 0)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_among_equal_sequences_the_last_received_is_kept(order: tuple[int, ...]) -> None:
    frame = received(*(EQUAL[at] for at in order))

    assert kept(winners.current(frame, ["k"], "updated_at")) == [("k", "third", "a", 0)]
    assert kept(winners.reference(frame, ["k"], "updated_at")) == [("k", "third", "a", 0)]
    assert kept(winners.history(frame, ["k"], "updated_at")) == [("k", "third", "a", 0)]
    events = winners.events(frame, ["k"])
    assert kept(events) == [("k", "third", "a", 0)]


def test_the_highest_sequence_is_kept_however_late_a_lower_one_comes() -> None:
    frame = received(("k", 2, "new", 0, "a", 0), ("k", 1, "old", 1, "z", 9))

    assert kept(winners.current(frame, ["k"], "updated_at")) == [("k", "new", "a", 0)]
    assert kept(winners.reference(frame, ["k"], "updated_at")) == [("k", "new", "a", 0)]


def test_the_same_event_on_two_business_days_is_two_events() -> None:
    frame = received(("k", 1, "x", 0, "a", 0), ("k", 1, "y", 0, "a", 1))
    frame = frame.with_columns(day=pl.Series(LANDED))

    assert len(winners.events(frame, ["k"])) == 2


def test_files_are_ordered_as_bytes() -> None:
    frame = received(
        ("k", 1, "upper", 0, "Z", 0), ("k", 1, "lower", 0, "a", 0), ("k", 1, "木", 0, "é", 0)
    )

    assert kept(winners.current(frame, ["k"], "updated_at"), "name") == [("木",)]


def test_going_back_to_an_old_content_is_a_third_version() -> None:
    frame = received(("k", 1, "A", 0, "a", 0), ("k", 2, "B", 0, "a", 1), ("k", 3, "A", 0, "a", 2))

    found = winners.history(frame, ["k"], "updated_at").sort("valid_from")

    assert found.select("name", "valid_from", "valid_to", "is_current").rows() == [
        ("A", MARCH[1], MARCH[2], False),
        ("B", MARCH[2], MARCH[3], False),
        ("A", MARCH[3], None, True),
    ]


def test_versions_with_equal_content_in_a_row_are_one_from_the_first_on() -> None:
    frame = received(("k", 1, "A", 0, "a", 0), ("k", 2, "A", 0, "a", 1), ("k", 3, "B", 0, "a", 2))

    found = winners.history(frame, ["k"], "updated_at").sort("valid_from")

    assert found.select("name", "_row", "valid_from", "valid_to").rows() == [
        ("A", 0, MARCH[1], MARCH[3]), ("B", 2, MARCH[3], None),
    ]  # fmt: skip


def test_nulls_are_equal_content() -> None:
    frame = received(("k", 1, "A", 0, "a", 0), ("k", 2, "A", 0, "a", 1))
    frame = frame.with_columns(name=pl.lit(None, pl.String))

    assert winners.history(frame, ["k"], "updated_at").height == 1


@pytest.mark.parametrize("derive", [winners.history, winners.reference])
def test_of_a_repeated_export_the_first_received_is_the_accepted_record(derive: Any) -> None:
    frame = received(("k", 1, "A", 1, "b", 0), ("k", 1, "A", 0, "z", 5), ("k", 1, "A", 1, "a", 0))

    assert kept(derive(frame, ["k"], "updated_at")) == [("k", "A", "z", 5)]


@pytest.mark.parametrize("derive", [winners.history, winners.reference])
def test_the_last_received_decides_and_the_first_with_its_content_is_accepted(derive: Any) -> None:
    frame = received(("k", 1, "A", 0, "a", 0), ("k", 1, "B", 0, "b", 0), ("k", 1, "A", 0, "c", 0))

    assert kept(derive(frame, ["k"], "updated_at")) == [("k", "A", "a", 0)]


def test_keys_do_not_mix() -> None:
    frame = received(("k", 1, "A", 0, "a", 0), ("l", 1, "A", 0, "a", 1), ("l", 2, "A", 0, "a", 2))

    found = winners.history(frame, ["k"], "updated_at")

    assert kept(found, "k", "_row", "is_current") == [("k", 0, True), ("l", 1, True)]


def test_of_nothing_nothing_is_kept() -> None:
    frame = received(*NEWER_LAST).clear()

    assert winners.events(frame, ["k"]).is_empty()
    assert winners.current(frame, ["k"], "updated_at").is_empty()
    assert winners.reference(frame, ["k"], "updated_at").is_empty()
    assert winners.history(frame, ["k"], "updated_at").is_empty()


RECORDS = st.lists(
    st.tuples(
        st.sampled_from("kl"), st.integers(1, 4), st.sampled_from("AB"), st.integers(0, 1),
        st.sampled_from("ab"),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=40)
@given(RECORDS, st.randoms())
def test_the_order_in_which_records_are_looked_at_makes_no_difference(
    told: list[tuple[str, int, str, int, str]], random: Any
) -> None:
    rows = [(*one, at) for at, one in enumerate(told)]
    shuffled = list(rows)
    random.shuffle(shuffled)

    for derive in (winners.history, winners.reference, winners.current):
        one = derive(received(*rows), ["k"], "updated_at")
        other = derive(received(*shuffled), ["k"], "updated_at")
        assert sorted(one.rows(), key=repr) == sorted(other.rows(), key=repr)


@given(RECORDS)
def test_versions_of_a_key_follow_each_other_without_gap(
    told: list[tuple[str, int, str, int, str]],
) -> None:
    found = winners.history(
        received(*((*one, at) for at, one in enumerate(told))), ["k"], "updated_at"
    )

    for _, versions in found.sort("valid_from").group_by("k", maintain_order=True):
        assert versions["valid_to"].to_list() == [*versions["valid_from"][1:], None]
        assert versions["is_current"].to_list() == [False] * (len(versions) - 1) + [True]
        assert all(a != b for a, b in zip(versions["name"], versions["name"][1:], strict=False))


def test_a_sequence_of_days_holds_from_midnight_utc() -> None:
    frame = received(("k", 1, "old", 0, "a", 0), ("k", 1, "new", 1, "a", 0))

    versions = winners.history(frame, ["k"], LANDING)
    begin, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in LANDED)
    assert kept(versions, "name", "valid_from", "valid_to") == [
        ("new", end, None),
        ("old", begin, end),
    ]
