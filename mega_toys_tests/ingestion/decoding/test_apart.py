"""A file that ends the process that decodes it is unreadable; the others are read all the same."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from mega_toys.ingestion.decoding import apart, bounds, decoder
from mega_toys.ingestion.decoding.apart import Result, decoded
from mega_toys.ingestion.decoding.decoder import Answer
from mega_toys.ingestion.decoding.request import Request
from mega_toys.ingestion.formats import binary_records
from mega_toys.ingestion.formats.records import (
    TooMuchMemoryError,
    UnreadableFileError,
    UnreadNowError,
)
from mega_toys.ingestion.landing import files
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.store.place import place_of
from mega_toys_tests.ingestion.formats.delivered import AT, FIELDS, avro

WAITS_S = 60
SCHEMA = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "string"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where rows are put; no process is left that has seen another test."""
    apart.end_warm()
    (tmp_path / "rows").mkdir()
    yield tmp_path / "rows"
    apart.end_warm()


def landed(root: Path, name: str, *ids: str) -> LandingFile:
    path = root / "d/s/2026-03-10" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(avro(root / "x", SCHEMA, [{"id": one} for one in ids]))
    return next(file for file in files(place_of(root)) if file.location == path)


def blocking(root: Path, name: str) -> LandingFile:
    """A file that its reader opens for ever."""
    path = root / "d/s/2026-03-10" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return LandingFile(
        path=f"d/s/2026-03-10/{name}", location=path, size=100, modified_ns=0, changed_ns=0, inode=0
    )


def read(folder: Path, *wanted: LandingFile, most_mb: int = 1000) -> dict[str, Result]:
    """What becomes of the files, by name; their rows are as many as is told."""
    request = Request(wanted, FIELDS, AT, f"{folder}/")
    done = list(decoded(request, most_mb))
    results = {file: result for one in done for file, result in one.results}
    assert set(results) == set(wanted)
    rows = [pl.read_ipc(piece) for one in done for piece in one.pieces]
    counts = dict(pl.concat(rows).group_by("_file").len().rows()) if rows else {}
    unreadable = [
        f.path for f, result in results.items() if isinstance(result, UnreadableFileError)
    ]
    told = {path: many for path, many in counts.items() if path not in unreadable}
    assert told == {f.path: many for f, many in results.items() if type(many) is int and many}
    return {file.location.name: result for file, result in results.items()}


def once_read(
    file: LandingFile, *then: signal.Signals, becomes: Path | None = None
) -> threading.Thread:
    """Each time that a process waits for the bytes of a blocking file, send it the next of these.

    For the next process the file becomes another one.
    """

    def send() -> None:
        for one in then:
            opened = wait_for_reader(file)
            process = decoder_with(file)
            if becomes:
                os.replace(becomes, file.location)
            os.kill(process, one)
            while process in decoders(os.getpid()):
                time.sleep(0.02)
            os.close(opened)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def wait_for_reader(file: LandingFile) -> int:
    until = time.monotonic() + WAITS_S
    while time.monotonic() < until:
        with suppress(OSError):
            return os.open(file.location, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.02)
    raise TimeoutError(f"Nobody has read {file.path} for {WAITS_S} s.")


def decoder_with(file: LandingFile) -> int:
    """The process that has the file open, and not one that dies and holds it still."""
    until = time.monotonic() + WAITS_S
    while time.monotonic() < until:
        for process in decoders(os.getpid()):
            if file.location in _open_in(process):
                return process
        time.sleep(0.02)
    raise TimeoutError(f"No process has opened {file.path} for {WAITS_S} s.")


def _open_in(process: int) -> set[Path]:
    """None of a process that has ended."""
    paths = set()
    with suppress(OSError):
        for opened in Path(f"/proc/{process}/fd").iterdir():
            paths.add(opened.readlink())
    return paths


def decoders(process: int) -> list[int]:
    """The processes that a process has started to decode files; tests start others."""
    return [
        int(one.name)
        for one in Path("/proc").glob("[0-9]*")
        if _parent(one) == process and b"decoder" in _told(one / "cmdline")
    ]


def _parent(process: Path) -> int | None:
    """None of a process that has ended."""
    fields = _told(process / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else None


def _told(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def test_files_are_decoded_by_one_process_that_stays(folder: Path, tmp_path: Path) -> None:
    a, b = landed(tmp_path, "a.avro", "1", "2"), landed(tmp_path, "b.avro", "3")

    assert read(folder, a, b) == {"a.avro": 2, "b.avro": 1}
    (process,) = decoders(os.getpid())
    assert read(folder, b) == {"b.avro": 1}
    assert decoders(os.getpid()) == [process]


@pytest.mark.slow
def test_a_request_that_follows_at_once_harms_no_file(folder: Path, tmp_path: Path) -> None:
    file = landed(tmp_path, "a.avro", "1")

    results = [read(folder, file) for _ in range(200)]

    assert results == [{"a.avro": 1}] * 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ends_by", "why"),
    [
        ([signal.SIGSEGV, signal.SIGSEGV], "SIGSEGV"),
        ([signal.SIGALRM], "no progress"),
        ([signal.SIGPROF], "too long"),
    ],
)
def test_who_ends_the_process_is_unreadable_and_no_other(
    ends_by: list[signal.Signals], why: str, folder: Path, tmp_path: Path
) -> None:
    a, hostile = landed(tmp_path, "a.avro", "1", "2"), blocking(tmp_path, "b.avro")
    thread = once_read(hostile, *ends_by)

    results = read(folder, a, hostile, landed(tmp_path, "c.avro", "3"))

    thread.join()
    assert results.pop("a.avro") == 2
    assert results.pop("c.avro") == 1
    unreadable = results.pop("b.avro")
    assert isinstance(unreadable, UnreadableFileError)
    assert not isinstance(unreadable, UnreadNowError)
    assert why in str(unreadable)


def test_a_file_that_a_process_dies_at_is_read_where_it_ends_none_of_its_own(
    folder: Path, tmp_path: Path
) -> None:
    a, good = landed(tmp_path, "a.avro", "1", "2"), blocking(tmp_path, "b.avro")
    avro(tmp_path / "b", SCHEMA, [{"id": "3"}])
    thread = once_read(good, signal.SIGSEGV, becomes=tmp_path / "b")

    results = read(folder, a, good)

    thread.join()
    assert results == {"a.avro": 2, "b.avro": 1}


@pytest.mark.slow
def test_a_file_is_tried_again_where_somebody_else_ended_the_process(
    folder: Path, tmp_path: Path
) -> None:
    a, killed = landed(tmp_path, "a.avro", "1"), blocking(tmp_path, "b.avro")
    thread = once_read(killed, signal.SIGKILL)

    results = read(folder, a, killed)

    thread.join()
    assert results["a.avro"] == 1
    assert isinstance(results["b.avro"], UnreadNowError)


@pytest.mark.slow
def test_a_file_of_which_nothing_comes_is_unreadable_after_a_while(
    folder: Path, tmp_path: Path
) -> None:
    hostile = blocking(tmp_path, "b.avro")
    writer = threading.Thread(target=wait_for_reader, args=[hostile])
    writer.start()

    results = read(folder, hostile, landed(tmp_path, "a.avro", "1"))

    writer.join()
    assert results["a.avro"] == 1
    assert "no progress" in str(results["b.avro"])


@pytest.mark.slow
def test_a_file_that_takes_more_memory_than_it_may_is_unreadable(
    folder: Path, tmp_path: Path
) -> None:
    large, small = landed(tmp_path, "a.avro", "x" * (60 << 20)), landed(tmp_path, "b.avro", "1")

    results = read(folder, large, small, most_mb=50)

    assert isinstance(results["a.avro"], TooMuchMemoryError)
    assert results["b.avro"] == 1


def test_a_name_within_values_is_not_repeated_without_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_TEXT", 50_000)
    monkeypatch.setattr(decoder, "_BATCH_RECORDS", 30)  # it takes two of them
    monkeypatch.setattr(decoder, "_allow", lambda *_: None)
    monkeypatch.setattr(decoder, "_say", lambda **_: None)
    inside = {"type": "record", "name": "s", "fields": [{"name": "n" * 1000, "type": "int"}]}
    schema = SCHEMA | {"fields": [{"name": "x", "type": inside}]}
    wordy = landed(tmp_path, "wordy.avro")
    wordy.location.write_bytes(avro(tmp_path / "x", schema, [{"x": {"n" * 1000: 1}}] * 70))
    monkeypatch.setattr(binary_records, "_BATCH", 30)

    told = Answer(Request([wordy], FIELDS, AT, f"{folder}/")).give()

    assert "text, with the names that are repeated in it, takes more" in told["failed"]


def test_files_are_tried_again_where_no_process_can_be_started(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = landed(tmp_path, "a.avro", "1")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert isinstance(read(folder, file)["a.avro"], UnreadNowError)

    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert isinstance(read(folder, file)["a.avro"], UnreadNowError)

    monkeypatch.undo()
    assert read(folder, file) == {"a.avro": 1}


@pytest.mark.slow
def test_a_disk_that_takes_no_rows_is_an_error_and_no_file_s_fault(
    folder: Path, tmp_path: Path
) -> None:
    file = landed(tmp_path, "a.avro", "1")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere", file)

    assert read(folder, file) == {"a.avro": 1}


ASKS = """
import sys; from pathlib import Path
from mega_toys_tests.ingestion.decoding import test_apart as t
t.read(Path(sys.argv[1]), t.blocking(Path(sys.argv[2]), "b.avro"))
"""


@pytest.mark.slow
def test_the_process_ends_with_the_one_that_asks_also_within_a_file(
    folder: Path, tmp_path: Path
) -> None:
    hostile = tmp_path / "d/s/2026-03-10/b.avro"
    asking = subprocess.Popen([sys.executable, "-c", ASKS, folder, tmp_path])
    while not hostile.exists():
        time.sleep(0.05)
    file = LandingFile(
        path="b.avro", location=hostile, size=100, modified_ns=0, changed_ns=0, inode=0
    )
    opened = wait_for_reader(file)
    (process,) = decoders(asking.pid)

    asking.kill()
    asking.wait()

    while Path(f"/proc/{process}").exists():  # it must end, or the test does not
        time.sleep(0.05)
    os.close(opened)


def test_a_large_file_has_more_time_only_as_it_is_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []

    def allow(timer: int, seconds: float) -> None:
        if timer == signal.ITIMER_PROF:
            allowed.append(time.process_time() + seconds - began)

    monkeypatch.setattr(decoder, "_allow", allow)
    monkeypatch.setattr(decoder, "_say", lambda **_: None)
    monkeypatch.setattr(binary_records, "_BATCH_BYTES", 1 << 20)
    large = landed(tmp_path, "a.avro", *(["x" * (1 << 20)] * 20))
    began = time.process_time()

    Answer(Request([large], FIELDS, AT, f"{folder}/")).give()

    assert allowed[0] == pytest.approx(15 + 0.25 * 20, abs=0.5)
    assert allowed[10] == pytest.approx(15 + 0.25 * 20 + 0.75 * 10, abs=1)
    assert allowed[-1] == pytest.approx(15 + 20, abs=0.5)
