"""Pullers of a topic that are killed, race each other, or lose their broker."""

import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mega_toys.lake.store import step
from mega_toys.sources import kafka as kafka_module
from mega_toys.sources import messages, partitions
from mega_toys_tests.buckets import servers as buckets
from mega_toys_tests.dying import ending_at
from mega_toys_tests.sources import servers, topics
from mega_toys_tests.sources.topics import Stream, values

pytestmark = pytest.mark.slow


def test_a_pull_that_is_killed_goes_on_where_the_landing_zone_ends(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_ROWS", 100)
    stream.send(values(450))
    stream.send(values(450), partition=1)
    for at in ("pull.read:2", "pull.landed:2", "pull.read:1"):
        with ending_at(at):
            stream.pull()
    stream.pull()
    assert [stream.offsets(0), stream.offsets(1)] == [list(range(450))] * 2


def test_who_comes_second_goes_on_after_what_another_landed(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_ROWS", 100)
    monkeypatch.setattr(partitions, "AT_ONCE", 50)
    stream.send(values(250))

    def another() -> None:
        with monkeypatch.context() as smaller:
            smaller.setattr(partitions, "AT_ONCE", 30)
            assert stream.pull().rows == 150
        stream.send(values([250]))

    step.arm("pull.read:2", None, another)  # type: ignore[arg-type]  # it does not die
    try:
        assert stream.pull().rows == 101
    finally:
        step.arm(None, None)
    assert stream.offsets() == list(range(251))


def test_offsets_land_gapless_and_single_while_two_pullers_are_killed_at_any_instant(
    stream: Stream,
) -> None:
    apart, rng = multiprocessing.get_context("forkserver"), random.Random(7)
    apart.set_forkserver_preload([topics.__name__])
    many, told = 20_000, (stream.port, stream.folder, stream.topic)
    sending = apart.Process(target=topics.keep_sending, args=(*told, many), daemon=True)
    sending.start()
    rounds = 0
    while rounds < 25 or len(stream.files()) <= 25:  # on a busy machine little lands in time
        rounds += 1
        assert rounds < 500
        pulling = [
            apart.Process(target=topics.keep_pulling, args=told, daemon=True) for _ in range(2)
        ]
        for one in pulling:
            one.start()
        for one in pulling:
            time.sleep(rng.uniform(0.05, 0.4))
            one.kill()
            one.join()
            assert one.exitcode == -signal.SIGKILL
    sending.join()
    assert sending.exitcode == 0
    stream.pull()
    assert [stream.offsets(0), stream.offsets(1)] == [list(range(many))] * 2


@pytest.fixture
def durable() -> Iterator[dict[str, str]]:
    """A bucket in which a broker keeps its topics."""
    with buckets.moto() as store:
        yield {**store.environment, "AWS_ENDPOINT": store.endpoint, "AWS_ALLOW_HTTP": "true"}


def test_a_broker_that_dies_in_mid_pull_is_waited_for(
    durable: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_ROWS", 100)
    few_at_once = {"queued.max.messages.kbytes": 1, "fetch.message.max.bytes": 1000}
    for name, value in few_at_once.items():
        monkeypatch.setitem(kafka_module._READING, name, value)
    with servers.kafka(store=durable) as port:
        stream = Stream(port, tmp_path, "crm.events", partitions=1)
        for first in range(0, 3000, 100):
            stream.send(values(range(first, first + 100)))
        asked = stream.asked()
        files = asked.kind.pull(asked.source, asked.address, asked.landed())
        rows = next(files).rows
    pulled = threading.Event()

    def restart() -> None:  # a server ends with the thread that started it
        time.sleep(2)
        with servers.kafka(port, durable):
            pulled.wait()

    restarting = threading.Thread(target=restart)
    restarting.start()
    try:
        rows += sum(file.rows for file in files)
    finally:
        pulled.set()
        restarting.join()
    assert rows == 3000
