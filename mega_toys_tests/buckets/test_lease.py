"""A lease has one holder at a time, whatever clocks say, and tells one that was too slow."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mega_toys.declared.errors import LeaseLostError, PlaceError
from mega_toys.lake.store import lease
from mega_toys.lake.store.lease import LEASE_S, Lease

NAME = ".writer.lease"


@dataclass
class Objects:
    """Objects that are put under conditions, in memory; it can be made to fail."""

    contents: dict[str, tuple[bytes, str, float]] = field(default_factory=dict)
    puts: int = 0
    is_down: bool = False
    loses_answers: bool = False

    def read_marked(self, path: str) -> tuple[bytes, str, float]:
        self._fail_if_down()
        return self.contents.get(path, (b"", "", 0.0))

    def put_if(self, path: str, content: bytes, mark: str) -> str:
        self._fail_if_down()
        if self.contents.get(path, (b"", "", 0.0))[1] != mark:
            raise FileNotFoundError(path)
        self.puts += 1
        self.contents[path] = content, f"mark {self.puts}", time.time()
        if self.loses_answers:
            raise FileNotFoundError(path)  # done, but asked again by whoever lost the answer
        return f"mark {self.puts}"

    def _fail_if_down(self) -> None:
        if self.is_down:
            raise PlaceError("the store cannot be reached")


class Clock:
    """What goes on only when it is told to; and whoever waits for it, at once."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The one by which leases run out; nothing is renewed meanwhile, but when a test does it."""
    made = Clock()
    monkeypatch.setattr(lease.time, "monotonic", made.monotonic)
    monkeypatch.setattr(lease.time, "sleep", made.sleep)
    monkeypatch.setattr(lease, "_RENEWED_EVERY_S", 5.0)
    monkeypatch.setattr(threading.Thread, "start", lambda thread: None)
    return made


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this is another machine."""
    monkeypatch.setattr(lease, "_machine", lambda: "another")


def test_one_holds_it_and_the_next_does_once_it_is_released(clock: Clock) -> None:
    objects = Objects()
    first, second = Lease(objects), Lease(objects)

    assert first.acquire(0)
    assert first.acquire(0)  # once more
    assert not second.acquire(0)
    first.release()
    assert not second.acquire(0)
    first.release()
    assert second.acquire(0)


def test_it_is_taken_over_once_it_was_seen_unchanged_for_as_long_as_it_lasts(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects()
    assert Lease(objects).acquire(0)
    elsewhere(monkeypatch)
    second = Lease(objects)

    assert not second.acquire(LEASE_S - 1)
    assert second.acquire(2.5)
    assert second.term == 2


@pytest.mark.parametrize("ahead_s", [-86_400.0, 86_400.0])
def test_clocks_that_differ_by_a_day_change_nothing(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    objects, now = Objects(), time.time()
    assert Lease(objects).acquire(0)
    elsewhere(monkeypatch)
    monkeypatch.setattr(lease.time, "time", lambda: now + ahead_s)

    assert not Lease(objects).acquire(LEASE_S - 1)


def test_one_that_is_renewed_is_never_taken_over(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects()
    first = Lease(objects)
    assert first.acquire(0)
    elsewhere(monkeypatch)
    second = Lease(objects)

    for _ in range(10):
        assert not second.acquire(LEASE_S / 2)
        first._renew_once()

    first.check()


def test_the_lease_of_a_process_of_this_machine_that_is_gone_is_taken_at_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects()
    with subprocess.Popen(["sleep", "600"]) as other:
        monkeypatch.setattr(lease.os, "getpid", lambda: other.pid)
        assert Lease(objects).acquire(0)
        assert not Lease(objects).acquire(0)
        other.kill()

    assert Lease(objects).acquire(0)


def test_a_holder_that_paused_is_told_that_another_one_has_taken_over(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects()
    paused = Lease(objects)
    assert paused.acquire(0)
    with monkeypatch.context() as there:
        elsewhere(there)
        assert Lease(objects).acquire(LEASE_S + 2)
    clock.now = paused._renewed_at  # as where the machine slept: its clock stood still

    with pytest.raises(LeaseLostError, match="taken it over"):
        paused.check()
    paused.release()

    assert json.loads(objects.contents[NAME][0])["machine"] == "another"


def test_a_holder_that_cannot_reach_the_store_gives_up_before_others_may_take_over(
    clock: Clock,
) -> None:
    objects = Objects()
    held = Lease(objects)
    assert held.acquire(0)
    objects.is_down = True

    clock.now += LEASE_S - 4

    with pytest.raises(LeaseLostError, match="ran out"):
        held.check()


def test_a_renewal_whose_answer_was_lost_is_a_renewal(clock: Clock) -> None:
    objects = Objects()
    held = Lease(objects)
    assert held.acquire(0)
    objects.loses_answers = True
    held._renew_once()
    objects.loses_answers = False

    clock.now += LEASE_S / 2
    held._renew_once()
    held.check()


def test_who_holds_it_is_told_with_its_machine(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects()
    held = Lease(objects)
    assert Lease(objects).holder(is_ours=False) is None
    assert held.acquire(0)
    clock.now += 120
    held._renew_once()
    elsewhere(monkeypatch)

    who = Lease(objects).holder(is_ours=False)

    assert who
    assert who.machine
    assert who.quiet_s == 120
    held.release()
    assert Lease(objects).holder(is_ours=False) is None


def test_what_lies_there_and_is_no_lease_is_written_over(clock: Clock) -> None:
    objects = Objects({NAME: (b"torn", "mark", 0.0)})

    assert Lease(objects).acquire(0)


def test_a_thread_renews_it_as_long_as_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_RENEWED_EVERY_S", 0.05)
    objects = Objects()
    held = Lease(objects)
    assert held.acquire(0)
    until = time.monotonic() + 20
    while objects.puts < 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert objects.puts >= 4

    held.release()
    puts = objects.puts
    time.sleep(0.3)
    assert objects.puts == puts
