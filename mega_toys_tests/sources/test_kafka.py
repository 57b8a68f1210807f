"""What is pulled from a broker that speaks Kafka's protocol."""

import io
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import fastavro
import polars as pl
import pytest
from confluent_kafka import Producer

from mega_toys.declared.source import Mark, System
from mega_toys.operations.pulling import pull
from mega_toys.sources import partitions
from mega_toys_tests.sources.servers import CANARY
from mega_toys_tests.sources.topics import Stream, values

pytestmark = pytest.mark.slow


def test_what_is_new_lands_once_and_is_taken_in(stream: Stream) -> None:
    assert (stream.waits(), stream.pull().rows) == (0, 0)
    stream.send(values(3))
    stream.send([*values([3]), b"torn {", None], partition=1)
    assert stream.waits() == 6
    assert [stream.pull().rows, stream.waits(), stream.pull().rows] == [6, 0, 0]
    stream.send(values([4]))
    assert [stream.pull().rows, stream.pull().rows] == [1, 0]
    assert [stream.offsets(0), stream.offsets(1)] == [[0, 1, 2, 3], [0, 1, 2]]

    stream.lake.refresh()

    rows = stream.lake.rows("crm.bronze.events", "event_id", "value", "_rescued")
    assert rows["event_id"].drop_nulls().to_list() == ["e-0", "e-1", "e-2", "e-3", "e-4"]
    assert rows.filter(pl.col("event_id").is_null())["_rescued"].to_list() == [
        '""',
        '"torn {"',
    ]


def _land_and_make_anew(stream: Stream) -> None:
    """Two partitions have landed; the topic is made anew, with a record in the first."""
    stream.send(values(5))
    stream.send(values(2), partition=1)
    stream.pull()
    stream.delete()
    stream.create()
    stream.send(values([7]))


def test_a_partition_that_does_not_go_on_is_told_and_may_begin_anew(stream: Stream) -> None:
    _land_and_make_anew(stream)
    stream.send(values([8, 9, 10]), partition=1)

    told = stream.error()
    assert "partition 0 has not the record of offset 4 that landed" in told
    assert "partition 1 has not the record of offset 1 that landed" in told
    assert "the topic was made anew" in told
    assert "mega-toys pull crm.bronze.events --anew" in told
    assert stream.offsets() == [0, 1, 2, 3, 4]

    assert [stream.pull(anew=True).rows, stream.pull().rows] == [4, 0]
    stream.send(values([11]))
    assert [stream.pull(anew=True).rows, stream.pull().rows] == [1, 0]
    assert [stream.offsets(0), stream.offsets(1)] == [[0, 0, 1, 1, 2, 3, 4], [0, 0, 1, 1, 2]]


def test_an_empty_partition_of_a_topic_made_anew_begins_anew_with_the_others(
    stream: Stream,
) -> None:
    _land_and_make_anew(stream)

    assert [stream.pull(anew=True).rows, stream.pull().rows] == [1, 0]
    stream.send(values([8, 9]), partition=1)

    assert [stream.pull().rows, stream.pull().rows] == [2, 0]
    assert [stream.offsets(0), stream.offsets(1)] == [[0, 0, 1, 2, 3, 4], [0, 0, 1, 1]]


@pytest.fixture
def mocked() -> Iterator[str]:
    """The address of librdkafka's own broker, which keeps 5 MB of a partition."""
    held = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "", "log_level": 0})
    (broker,) = held.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    held.flush()


def test_records_that_are_gone_before_they_landed_are_counted(mocked: str, tmp_path: Path) -> None:
    stream = Stream(int(mocked.rpartition(":")[2]), tmp_path, "crm.events", partitions=0)
    stream.send(values(3))
    stream.pull()
    stream.send([b" " * 10_000] * 1000)

    told = stream.error()
    assert re.search(r"partition 0 begins at offset \d+, and until 3 has landed: \d+ records", told)
    rows = stream.pull(anew=True).rows
    assert stream.offsets() == [0, 1, 2, *range(1003 - rows, 1003)]
    assert f"offset {1003 - rows}, and until 3 has landed: {1000 - rows} records" in told


def test_what_a_company_has_wrong_is_one_line_without_the_password(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ANSWERS_WITHIN_S", 1)
    here = f"127.0.0.1:{stream.port}"
    secret = quote(CANARY, safe="")
    for url, why in [
        ("kafka://127.0.0.1:1", "crm cannot be reached: "),
        (f"kafka://reader:{secret}@{here}?security.protocol=SASL_PLAINTEXT", "cannot be reached: "),
        (f"kafka://{here}?acks=all", "says `acks`, which is none of client.id, "),
        (f"kafka://{here}?ssl.ca.location=/none&security.protocol=SSL", "ssl.ca.location failed"),
        (
            f"postgresql://{here}/crm",
            'postgresql has no topics: its records are declared as System("crm"',
        ),
    ]:
        told = stream.error(url)
        assert why in told
        assert "\n" not in told
        assert CANARY not in told
        assert secret not in told
    gone = replace(stream, topic="crm.nowhere")
    gone.delete()
    assert "there is no topic crm.nowhere" in gone.error()
    by_mark = replace(stream.asked(), source=System("crm", stream.topic, Mark("ts")))
    (pulled,) = pull([by_mark])
    assert f'declared as System("crm", "{stream.topic}", Topic())' in pulled.error


AVRO = {
    "type": "record", "name": "Event",
    "fields": [{"name": "event_id", "type": "string"}, {"name": "ts", "type": "string"}],
}  # fmt: skip


def framed(number: int, schema: int = 7) -> bytes:
    out = io.BytesIO(b"\0" + schema.to_bytes(4, "big"))
    out.seek(0, io.SEEK_END)
    row = {"event_id": f"e-{number}", "ts": "2026-01-05T12:00:00Z"}
    fastavro.schemaless_writer(out, AVRO, row)
    return out.getvalue()


class _Registry(BaseHTTPRequestHandler):
    """A registry that knows the schemas 7 and 8, for who tells the password."""

    told: ClassVar[dict[int, dict[str, str]]] = {
        7: {"schema": json.dumps(AVRO)},
        8: {"schema": "message A {}", "schemaType": "PROTOBUF"},
    }

    def do_GET(self) -> None:
        """Answer as a schema registry."""
        schema = self.told.get(int(self.path.rpartition("/")[2]))
        who = b64encode(f"reader:{CANARY}".encode()).decode()
        let_in = self.headers["Authorization"] == f"Basic {who}"
        self.send_response(401 if not let_in else 404 if schema is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(schema).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_schemas_land_with_their_records_from_a_registry_or_a_folder(
    stream: Stream, registry: str, tmp_path: Path
) -> None:
    stream.send([framed(0), framed(1), *values([2])])
    assert "offset 0 of partition 0 is of schema 7, and nothing says where" in stream.error()
    wrong = replace(
        stream, partitions=0, options=f"?registry=http://reader:{CANARY[:4]}@{registry}"
    )
    assert f"its schema registry at http://{registry} refuses schema 7: 401" in wrong.error()
    down = replace(stream, partitions=0, options="?registry=http://127.0.0.1:1")
    assert "crm cannot be reached: its schema registry at http://127.0.0.1:1: " in down.error()

    (tmp_path / "password").write_text(CANARY)
    told = f"?registry=http://reader@{registry}&registry_password_file={tmp_path}/password"
    by_registry = replace(stream, partitions=0, options=told)
    assert by_registry.pull().rows == 3
    (tmp_path / "7.avsc").write_text(json.dumps(AVRO))
    by_folder = replace(stream, partitions=0, options=f"?schemas={tmp_path}")
    stream.send([framed(3), framed(9, schema=9)])
    assert by_folder.pull().rows == 2
    stream.send([framed(4, schema=8)])
    assert "its records are protobuf (schema 8), which is not read" in by_registry.error()

    stream.lake.refresh()
    rows = stream.lake.rows("crm.bronze.events", "event_id", "_rescued")
    assert rows["event_id"].drop_nulls().to_list() == ["e-0", "e-1", "e-2", "e-3"]
    assert rows["_rescued"].drop_nulls().len() == 1


def test_offsets_without_records_are_passed_and_wait_for_nobody(stream: Stream) -> None:
    producer = Producer({**stream.servers, "transactional.id": stream.topic})
    producer.init_transactions(10)
    for first in (0, 5):
        producer.begin_transaction()
        for value in values(range(first, first + 5)):
            producer.produce(stream.topic, value, partition=0)
        producer.commit_transaction(10)
    assert [stream.pull().rows, stream.waits(), stream.pull().rows] == [10, 0, 0]
    stream.send(values([10]))
    assert [stream.waits() > 0, stream.pull().rows, stream.waits()] == [True, 1, 0]
    assert stream.offsets() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12]
