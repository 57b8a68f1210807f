"""A query takes bounded memory and disk, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mega_toys.declared.errors import QueryError
from mega_toys.lake.reading.sql import Database
from mega_toys_tests.hostile import memory
from mega_toys_tests.lakes import Lake, copy_of, needed_for

BRONZE = "commerce.bronze.web_events"
SPILLS = (
    "SELECT max(h) FROM (SELECT hash(i) h, i FROM range(3000000000) t(i) ORDER BY h, i OFFSET 1)"
)
MB = 200


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(BRONZE))
    made.send("commerce/web_events/2026-03-10/a.ndjson", {"event_id": "a"})
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "SELECT repeat('x', 300000000)",
        "SELECT list(i) FROM range(1000000000) t(i)",
        "SELECT i, i + 1, i + 2, i + 3 FROM range(4000000) t(i)",
    ],
)
def test_an_answer_that_takes_too_much_memory_is_refused_with_the_way_out(
    lake: Lake, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    query = f"{query} WHERE EXISTS (FROM {BRONZE})"
    database = Database.of(lake.store, lake.catalog, query, memory_mb=MB)

    with pytest.raises(QueryError, match=r"MEGA_TOYS_MEMORY_MB \(200 MB\) allows: ask for fewer"):
        database.answer(query)

    few = f"SELECT count(*) AS many FROM {BRONZE}"
    assert Database.of(lake.store, lake.catalog, few, memory_mb=MB).answer(few).rows() == [(1,)]
    del database
    assert [*(tmp_path / "temporary").rglob("query-*")] == []  # the process keeps an empty folder


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")
@pytest.mark.parametrize(
    "query",
    [
        "FROM range(10000000000)",
        "SELECT repeat('x', 2000) AS text, i FROM range(10000000000) t(i)",
        "SELECT range(1000) AS numbers FROM range(10000000000)",
        "SELECT {'a': i, 'b': [i]} AS pair, i::VARCHAR::BLOB AS b FROM range(10000000000) t(i)",
    ],
)
@pytest.mark.parametrize("confined", [True, False])
def test_an_answer_without_end_is_refused_before_it_takes_the_memory(
    lake: Lake, query: str, confined: bool
) -> None:
    database = Database.of(lake.store, lake.catalog, query, confined=confined, memory_mb=MB)
    had = memory.begin()

    with pytest.raises(QueryError, match=r"MEGA_TOYS_MEMORY_MB \(200 MB\) allows: ask for fewer"):
        database.answer(query)

    assert memory.grown_mb(had) < MB + 300


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 1 AS a, 2 AS a, 'x' AS beyond, NULL::BLOB", [(1, 2, "x", None)]),
        (
            "SELECT i AS c2, i + 1 AS c1 FROM range(3) t(i) ORDER BY i DESC",
            [(2, 3), (1, 2), (0, 1)],
        ),
        (
            "SELECT COLUMNS(*) FROM (SELECT 1, NULL, [NULL], {'a': 'b'})",
            [(1, None, [None], {"a": "b"})],
        ),
    ],
)
def test_what_counts_an_answer_leaves_it_as_it_is(
    lake: Lake, query: str, rows: list[tuple[object, ...]]
) -> None:
    found = Database.of(lake.store, lake.catalog, query, memory_mb=MB).answer(query)

    assert found.rows() == rows


def test_an_answer_of_very_many_columns_of_text_is_given(lake: Lake) -> None:
    query = "SELECT " + ", ".join(f"'{at}' AS t{at}" for at in range(1200))

    assert Database.of(lake.store, lake.catalog, query).answer(query).shape == (1, 1200)


def most_so_far_mb(pid: int) -> int:
    """Memory that a process took at most; what the kernel says of children counts ours, too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has just ended
        return 0
    told = re.search(r"VmHWM:\s+([0-9]+) kB", status)
    return int(told[1]) >> 10 if told else 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")
@pytest.mark.parametrize(
    ("query", "signalled"), [(SPILLS, True), ("FROM range(1000000000000)", False)]
)
def test_the_command_takes_no_more_than_it_may_and_leaves_nothing_in_the_temporary_folder(
    lake: Lake, query: str, signalled: bool, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    told = {
        "MEGA_TOYS_LANDING_ROOT": str(lake.landing), "MEGA_TOYS_LAKE_ROOT": lake.store.root,
        "MEGA_TOYS_MEMORY_MB": f"{MB}", "TMPDIR": str(temporary),
    }  # fmt: skip
    begun = time.monotonic()
    with subprocess.Popen(
        [Path(sys.executable).with_name("mega-toys"), "query", query],
        cwd=tmp_path, env=os.environ | told, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        while signalled and process.poll() is None and not list(temporary.rglob("*.tmp")):
            assert time.monotonic() < begun + 100
            time.sleep(0.1)
        if signalled:
            process.send_signal(signal.SIGINT)
        peak_mb = 0
        while process.poll() is None:
            assert time.monotonic() < begun + 200
            peak_mb = max(peak_mb, most_so_far_mb(process.pid))
            time.sleep(0.02)
        _, said = process.communicate()

    assert process.returncode == (130 if signalled else 2)
    assert said.count("\n") == 1
    assert os.listdir(temporary) == []
    assert peak_mb < MB + 600
