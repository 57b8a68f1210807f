"""The same story by files and by a topic is the same lake: quarantine and accounts, too."""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest
from confluent_kafka import Producer
from polars.testing import assert_frame_equal

from mega_toys.address import Address
from mega_toys.lake.own.files import FILES
from mega_toys.operations.pulling import asked, pull
from mega_toys.simulator import simulate
from mega_toys_tests.lakes import Lake, copy_of, needed_for
from mega_toys_tests.sources.topics import no_topics

pytestmark = pytest.mark.slow
TOPIC, TELEMETRY = "iot.machine_telemetry", "manufacturing/machine_telemetry"
TABLES = needed_for("manufacturing.gold.machine_hourly")
OF_DELIVERY = ["_file", "_row", "_ingested_at", "file_group", "quarantined_at", "refreshed_at"]


def test_a_topic_and_files_of_the_same_records_give_the_same_lake(
    kafka: int, tmp_path: Path
) -> None:
    no_topics(kafka, TOPIC)
    files = Lake(tmp_path / "files", TABLES)
    simulate(files.landing, days=4, until=dt.date(2026, 3, 12), scale=0.002, seed=7, faults=0.05)
    sent = sorted((files.landing / TELEMETRY).rglob("*"), key=str)
    lines = {one: found for one in sent if one.is_file() and (found := _lines(one))}
    for one in sent:
        if one.is_file() and one not in lines:
            one.unlink()
    streamed = copy_of(files, tmp_path / "streamed")
    for one in lines:
        (streamed.landing / one.relative_to(files.landing)).unlink()
    _send(kafka, lines)
    (pulled,) = pull(
        asked(
            TABLES, {"iot": Address(f"kafka://127.0.0.1:{kafka}")}, streamed.zone,
            ["manufacturing.bronze.machine_telemetry"],
        )
    )  # fmt: skip
    assert pulled.rows == sum(map(len, lines.values()))

    for lake in (files, streamed):
        lake.refresh()
    names = sorted(".".join(log.parent.relative_to(files.store.root).parts)
                   for log in Path(files.store.root).rglob("_delta_log"))  # fmt: skip
    assert {"lake.row_accounts", "manufacturing.quarantine.machine_readings"} < {*names}
    for name in names:
        if name != FILES.name:
            same, expected = (_rows(lake, name) for lake in (streamed, files))
            assert_frame_equal(same, expected)


def _rows(lake: Lake, name: str) -> pl.DataFrame:
    """The rows of a table, without when and from which file they came."""
    rows = lake.rows(name).drop(OF_DELIVERY, strict=False)
    return rows.sort([one for one in rows.columns if not rows.schema[one].is_nested()])


def _lines(file: Path) -> list[bytes] | None:
    """The records of a plain file of lines; none where it is another, or no text."""
    content = file.read_bytes()
    if file.suffix not in (".ndjson", ".jsonl") or not content or b"\0" in content[:4096]:
        return None
    return [line for line in content.split(b"\n") if line.strip()]


def _send(port: int, lines: dict[Path, list[bytes]]) -> None:
    producer = Producer({"bootstrap.servers": f"127.0.0.1:{port}"})
    for file, sent in lines.items():
        (day,) = re.findall(r"/(\d{4}-\d\d-\d\d)/", str(file))
        for line in sent:
            noon = dt.datetime.fromisoformat(f"{day}T12:00:00Z").timestamp() * 1000
            producer.produce(TOPIC, line, partition=0, timestamp=round(noon))
    assert producer.flush(30) == 0
