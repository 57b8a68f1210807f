"""Several readers at once give what one would, in its order, and end with who reads them."""

import threading
from collections.abc import Generator
from typing import Any

import pytest

from mega_toys.sources.in_turn import END, in_turn

Reader = Generator[Any, None, None]


def turns(*every: list[int]) -> Reader:
    for turn in every:
        yield from turn
        yield END


def test_what_readers_give_comes_in_the_order_of_their_turns() -> None:
    readers = [turns([1, 2], [5], []), turns([3, 4], [6, 7, 8])]

    assert list(in_turn(readers)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_they_read_at_once_and_no_further_than_one_ahead() -> None:
    both, read = threading.Barrier(2, timeout=10), []

    def reader(first: int) -> Reader:
        both.wait()
        for one in range(first, first + 9):
            read.append(one)
            yield one

    every = in_turn([reader(0), reader(100)])

    assert next(every) == 0
    every.close()  # type: ignore[attr-defined]
    assert max(one for one in read if one < 100) <= 2
    assert max(read, default=0) <= 102


def test_what_ends_a_reader_is_raised_in_its_turn_and_ends_the_others() -> None:
    ended = []

    def breaking() -> Reader:
        yield 3
        raise ValueError("broken off")

    def other() -> Reader:
        try:
            yield from turns([1, 2], *([4],) * 99)
        finally:
            ended.append(True)

    threads = threading.active_count()
    with pytest.raises(ValueError, match="broken off"):
        list(in_turn([other(), breaking()]))

    assert ended == [True]
    assert threading.active_count() == threads
