"""Maintenance removes what killed writers of this lake left, and nothing of anybody else."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mega_toys.lake.store.scratch import TEMPORARY, folder_of_load
from mega_toys.operations.maintenance import LEFT_AFTER_H, RETENTION_H, maintain, sweep
from mega_toys_tests.lakes import Lake, copy_of, needed_for

EVENTS = "commerce.silver.web_events"
ORPHAN = "part-00000-0b7e3c1e-6f3c-4b9e-9a5e-1d1f0c6f5a11-c000.zstd.parquet"
OLD = 10 * RETENTION_H * 3600


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(EVENTS))
    made.send(
        "commerce/web_events/2026-03-10/a.ndjson",
        {"event_id": "e", "client_id": "c", "ts": "2026-03-10T12:00:00Z",
         "event_name": "page_view", "device": "mobile"},
    )  # fmt: skip
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def aged(path: Path, text: str = "x") -> Path:
    """A file as it was long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = time.time() - OLD
    os.utime(path, (then, then))
    return path


def of_the_lake(lake: Lake) -> list[Path]:
    table = Path(lake.store.uri(EVENTS))
    return [
        aged(table / "day=2026-03-10" / "part-0.parquet#1"),
        aged(table / "day=2026-03-10" / ORPHAN),
        aged(table / "_delta_log" / "_commit_1.json.tmp"),
        aged(Path(lake.store.root, "warehouse.duckdb.tmp")),
    ]


def of_others(lake: Lake, elsewhere: Path) -> list[Path]:
    root, table = Path(lake.store.root), Path(lake.store.uri(EVENTS))
    return [
        aged(elsewhere / "mega_toys_backup" / "lake.tgz"),
        aged(elsewhere / "mega_toys_notes"),
        aged(root / "notes.tmp"),
        aged(root / "backup.tmp" / "lake.tgz"),
        aged(root / "mine" / "part-0.parquet#1"),
        aged(root / TEMPORARY / "notes-1"),
        aged(table / "README.md"),
        aged(table / "backup" / ORPHAN),
        aged(table / "day=2026-03-10" / "copy.parquet"),
    ]


def test_what_killed_writers_left_goes_and_what_others_made_stays(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    ours, others = of_the_lake(lake), of_others(lake, tmp_path / "temporary")
    link = aged(tmp_path / "outside.txt")
    Path(lake.store.uri(EVENTS), "link.parquet#1").symlink_to(link)

    assert list(maintain(lake.work(), lake.zone))

    assert [path for path in ours if path.exists()] == []
    assert [path for path in [*others, link] if not path.exists()] == []


def test_a_file_of_a_writer_that_may_still_be_at_work_stays(lake: Lake) -> None:
    (path, *_) = of_the_lake(lake)

    assert sweep(lake.work(), lake.zone, time.time() - OLD + (LEFT_AFTER_H - 1) * 3600) == 0
    assert path.exists()


def test_a_load_waits_in_a_folder_of_its_lake_that_goes_with_it(lake: Lake) -> None:
    root = Path(lake.store.root)
    with folder_of_load(lake.store.place) as folder:
        assert folder.parent == root / TEMPORARY
        assert sweep(lake.work(), lake.zone, time.time() + OLD) == 0  # its process lives
        assert folder.is_dir()

    assert list((root / TEMPORARY).iterdir()) == []


def test_the_folder_of_a_load_whose_process_is_gone_goes(lake: Lake) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    left = aged(Path(lake.store.root, TEMPORARY, f"{gone}-abc", "0.parquet"))

    assert sweep(lake.work(), lake.zone, time.time()) == 1
    assert not left.parent.exists()


def test_what_a_process_has_among_the_temporary_files_goes_with_it_or_with_the_next_maintenance(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "tmp"
    others.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(others))
    makes = (
        "import os, sys; from mega_toys.lake.store.scratch import temporary; "
        "temporary(sys.argv[1]).joinpath('copy').write_text('x'); "
    )

    def run(then: str, root: str) -> list[Path]:
        code = [sys.executable, "-c", makes + then, root]
        subprocess.run(code, env=os.environ | {"TMPDIR": str(others)}, check=False)
        return list(others.rglob("copy"))

    assert run("", lake.store.root) == []
    assert list(others.iterdir()) == []

    another = run("os.kill(os.getpid(), 9)", str(tmp_path / "another"))
    assert len(run("os.kill(os.getpid(), 9)", lake.store.root)) == 2
    assert sweep(lake.work(), lake.zone, time.time()) == 1
    assert list(others.rglob("copy")) == another
    assert len(list(others.iterdir())) == 1


def test_what_stands_for_a_landing_file_of_a_killed_process_goes_after_a_day(lake: Lake) -> None:
    killed = (
        "import os, sys; os.link = lambda *_: os.kill(os.getpid(), 9); "
        "from mega_toys.lake.store.folder import Folder; "
        "Folder(sys.argv[1]).put_new({'commerce/web_events/2026-03-10/b.ndjson': b'{}'})"
    )
    subprocess.run([sys.executable, "-c", killed, str(lake.landing)], check=False)
    folder = lake.landing / "commerce" / "web_events" / "2026-03-10"
    (left,) = folder.glob(".*")
    others = [aged(folder / name) for name in (".tmp", ".rsync.Xy3.tmp", f"{left.name}.part")]

    assert sweep(lake.work(), lake.zone, time.time()) == 0
    aged(left)
    assert sweep(lake.work(), lake.zone, time.time()) == 1
    assert sorted(folder.glob(".*")) == sorted(others)
