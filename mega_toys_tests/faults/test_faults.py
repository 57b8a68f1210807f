"""Full disks, forbidden files, torn logs, rivals, clocks: each told in words and mended after."""

import datetime as dt
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from mega_toys.declared.errors import BrokenLogError
from mega_toys.ingestion.decoding.fitted import read
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import news_of_landing
from mega_toys.lake.own.files import newest
from mega_toys.lake.run.work import Work
from mega_toys.operations.maintenance import LEFT_AFTER_H, maintain
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.quick import one_quick

SILVER, BRONZE = "commerce.silver.web_events", "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"
NOBODY = 65534
EVENT = {
    "event_id": "e1", "client_id": "c1", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip
REFRESH = [sys.executable, "-m", "mega_toys.command.cli", "refresh"]


def event(number: int, **told: Any) -> dict[str, Any]:
    return EVENT | {"event_id": f"e{number}", **told}


def environment(folder: Path) -> dict[str, str]:
    """The real command's surroundings: a lake below a folder."""
    return {
        "PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "MEGA_TOYS_LANDING_ROOT": str(folder / "landing"),
        "MEGA_TOYS_LAKE_ROOT": str(folder / "lake"),
        "MEGA_TOYS_DAGSTER_HOME": str(folder / "dagster"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path, needed_for(SILVER))


def ids(lake: Lake, name: str = SILVER) -> list[str]:
    return sorted(lake.rows(name)["event_id"].to_list())


def without_dagster(folder: Path, first: str = "pass", **options: Any) -> str:
    """What a refresh in a process of its own says on its error output; nothing if it ends well."""
    code = (
        "import os, sys; from pathlib import Path;"
        "from mega_toys_tests.lakes import Lake, needed_for;"
        f"lake = Lake(Path(sys.argv[1]), needed_for('{SILVER}')); {first}; lake.refresh()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False,
        **options,
    )  # fmt: skip
    return done.stderr if done.returncode else ""


AS_NOBODY = f"os.seteuid({NOBODY})"


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_partial_and_the_next_refresh_ends_what_was_begun(
    lake: Lake,
) -> None:
    lake.refresh()
    texts = [os.urandom(40).hex() for _ in range(2000)]
    lake.send(f"{DAY}/a.ndjson", *(event(n, page=text) for n, text in enumerate(texts)))

    assert "too large" in without_dagster(lake.folder, preexec_fn=small_files)
    assert ids(lake) == []
    assert without_dagster(lake.folder) == ""
    assert len(ids(lake)) == len(texts)


@pytest.fixture
def foreign() -> Iterator[Lake]:
    """A lake in a folder that somebody else may enter."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield Lake(folder, needed_for(SILVER))
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_lake_that_may_not_be_written_stays_as_it_is(foreign: Lake) -> None:
    foreign.send(f"{DAY}/a.ndjson", event(1))
    foreign.refresh()
    foreign.send(f"{DAY}/b.ndjson", event(2))
    versions = foreign.versions()

    assert "ermission denied" in without_dagster(foreign.folder, AS_NOBODY)
    assert foreign.versions() == versions
    foreign.refresh()
    assert ids(foreign) == ["e1", "e2"]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_forbidden_files_and_folders_hide_no_other_and_are_taken_in_when_allowed(
    foreign: Lake,
) -> None:
    os.chown(foreign.folder, NOBODY, NOBODY)
    foreign.send(f"{DAY}/a.ndjson", event(1)).chmod(0)
    foreign.send(f"{DAY}/sub/b.ndjson", event(2)).parent.chmod(0)
    foreign.send(f"{DAY}/c.ndjson", event(3))

    assert without_dagster(foreign.folder, AS_NOBODY) == ""
    seen = newest(foreign.store.scan("lake.files")).select("path", "status", "error")
    told = {row[0].rsplit("/", 1)[-1]: row[1:] for row in seen.collect().rows()}
    assert ids(foreign) == ["e3"]
    assert told["a.ndjson"] == ("unreadable", "may not be read: permission denied")
    assert told["sub"] == ("ignored", "is a folder that may not be listed")

    (foreign.landing / DAY / "a.ndjson").chmod(0o644)
    (foreign.landing / DAY / "sub").chmod(0o755)
    assert without_dagster(foreign.folder, AS_NOBODY) == ""
    assert ids(foreign) == ["e1", "e2", "e3"]


def torn_while_read(change: Callable[[Path], object]) -> Callable[..., Any]:
    """A reader under whose hands something happens to the file, once."""
    done: list[Path] = []

    def reading(file: LandingFile, *declared: Any) -> Any:
        yield from read(file, *declared)
        if file.location.name == "a.ndjson" and not done:
            done.append(file.location)
            change(file.location)

    return reading


def test_a_file_that_changes_while_it_is_read_is_read_by_the_next_refresh(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.send(f"{DAY}/b.ndjson", event(2))
    again = json.dumps(event(3))
    monkeypatch.setattr(
        "mega_toys.ingestion.decoding.spool.read",
        torn_while_read(lambda path: path.write_text(again)),
    )

    lake.refresh()
    assert ids(lake, BRONZE) == ["e2"]
    lake.refresh()

    assert ids(lake) == ["e2", "e3"]
    assert lake.store.scan("lake.files").collect().height == 2


def test_a_file_that_vanishes_while_it_is_read_keeps_what_it_gave(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    lake.send(f"{DAY}/a.ndjson", event(3))
    lake.send(f"{DAY}/b.ndjson", event(2))
    monkeypatch.setattr("mega_toys.ingestion.decoding.spool.read", torn_while_read(Path.unlink))

    lake.refresh()

    assert ids(lake) == ["e1", "e2"]


class FailingStore:
    """A store that does with each opening of a file, by its stem, what is due: else all is well.

    `refused`: it cannot be opened; `fails`: its first read fails.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **due: list[str]) -> None:
        self.due, self.open = due, Path.open
        opened = self.opened
        monkeypatch.setattr(Path, "open", lambda path, *how, **more: opened(path, *how, **more))

    def opened(self, path: Path, *how: str, **more: Any) -> Any:
        due = self.due.get(path.stem)
        happens = due.pop(0) if due else "well"
        if happens == "refused":
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        file = self.open(path, *how, **more)
        if happens == "fails":
            folder = os.open(path.parent, os.O_RDONLY)
            os.dup2(folder, file.fileno())  # the kernel refuses to read a folder
            os.close(folder)
        return file


@pytest.mark.slow
def test_files_that_a_failing_store_does_not_give_hide_no_other_and_are_read_when_it_does(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate("abc", 1):
        lake.send(f"{DAY}/{name}.ndjson", event(number))
    table = lake.catalog[BRONZE]
    with monkeypatch.context() as patched:
        FailingStore(patched, a=["refused"] * 3, b=["well", "fails", "refused"])
        lake.refresh()
        assert ids(lake) == ["e3"]
        seen = newest(lake.store.scan("lake.files")).collect()
        told = dict(seen.select(pl.col("path").str.split("/").list.last(), "error").rows())
        assert told == {
            "a.ndjson": "may not be read: stale file handle",
            "b.ndjson": "may not be read: is a directory",
            "c.ndjson": None,
        }
        assert not news_of_landing(
            table, lake.work(), Listing(lake.zone)
        ).landing_days  # nothing to ask for yet

    assert news_of_landing(table, lake.work(), Listing(lake.zone)).landing_days == {
        dt.date(2026, 3, 10)
    }
    lake.refresh()

    assert ids(lake) == ["e1", "e2", "e3"]


def newest_commit(lake: Lake) -> Path:
    return sorted(Path(lake.store.uri(SILVER), "_delta_log").glob("*.json"))[-1]


@pytest.mark.parametrize("torn", one_quick([b"", b'{"add": {"pa', b"\x00\xff"]))
def test_a_torn_log_is_told_with_the_way_out_which_mends_it(lake: Lake, torn: bytes) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    newest_commit(lake).write_bytes(torn)

    with pytest.raises(
        BrokenLogError, match=r"web_events.*Remove .*\.json: the next refresh"
    ) as told:
        Lake(lake.folder, lake.catalog).refresh()
    assert lake.store.uri(SILVER) in str(told.value)
    newest_commit(lake).unlink()
    mended = Lake(lake.folder, lake.catalog)
    mended.refresh()

    assert ids(mended) == ["e1"]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"PAR1"), Path.unlink])
def test_a_checkpoint_that_is_damaged_or_gone_is_told_with_the_way_out_which_mends_it(
    lake: Lake, damage: Callable[[Path], object]
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    DeltaTable(lake.store.uri(SILVER)).create_checkpoint()
    damage(next(Path(lake.store.uri(SILVER), "_delta_log").glob("*.checkpoint.parquet")))

    mended = Lake(lake.folder, lake.catalog)
    with pytest.raises(BrokenLogError, match=f"{SILVER} in the lake cannot be opened"):
        mended.refresh()
    shutil.rmtree(lake.store.uri(SILVER))
    mended.refresh()

    assert ids(mended) == ["e1"]


def at_once(lake: Lake, *commands: list[str]) -> None:
    """Start processes at the same instant; all must end well."""
    home = {"DAGSTER_HOME": str(lake.folder / "dagster")}
    run = {"cwd": lake.folder, "env": environment(lake.folder) | home, "stderr": subprocess.PIPE}
    rivals = [subprocess.Popen(c, stdout=subprocess.DEVNULL, **run) for c in commands]  # type: ignore[call-overload]
    told = [one.communicate()[1].decode() for one in rivals]
    assert [one.returncode for one in rivals] == [0] * len(commands), told


@pytest.mark.slow
def test_two_refreshes_at_the_same_instant_both_end_well(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", *map(event, range(50)))

    at_once(lake, REFRESH, REFRESH)

    assert len(ids(lake)) == 50
    accounts = lake.rows("lake.row_accounts").filter(pl.col("table") == SILVER)
    assert accounts.select("received", "accepted", "duplicates").rows() == [(50, 50, 0)]


@pytest.mark.slow
def test_processes_on_the_same_and_on_other_days_all_end_well(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(0))
    at_once(lake, REFRESH)
    days = [f"2026-03-1{n}" for n in range(3)]
    for at, day in enumerate(days):
        sent = [event(100 * at + n, ts=f"{day}T12:00:00Z") for n in range(1, 21)]
        lake.send(f"commerce/web_events/{day}/b.ndjson", *sent)
    materialize = [sys.executable, "-m", "dagster", "asset", "materialize", "-m"]
    materialize += ["mega_toys.definitions", "--select", 'key:"commerce/bronze/web_events"']

    at_once(
        lake, REFRESH, REFRESH, *([*materialize, "--partition", day] for day in (days[0], *days))
    )

    assert len(ids(lake)) == 61
    accounts = lake.rows("lake.row_accounts").filter(pl.col("table") == SILVER).sort("day")
    assert accounts.select("received", "accepted", "duplicates").rows() == [
        (21, 21, 0), (20, 20, 0), (20, 20, 0),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_clock_set_back_hides_no_newer_version_of_a_file(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.land(f"{DAY}/a.json", "[")
    lake.refresh()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    monkeypatch.setattr(Work, "now", lambda self: past)

    lake.land(f"{DAY}/a.json", json.dumps([event(1)]))
    lake.refresh()
    version = lake.versions()
    lake.refresh()

    assert ids(lake) == ["e1"]
    seen = newest(lake.store.scan("lake.files")).collect()
    assert seen["status"].to_list() == ["loaded"]
    assert lake.versions() == version


def test_what_killed_writers_left_is_swept_after_a_day(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    foreign = tmp_path / "temporary" / "mega_toys_x"
    monkeypatch.setattr(tempfile, "tempdir", str(foreign.parent))
    lake.send(f"{DAY}/a.ndjson", event(1))
    foreign.mkdir(parents=True)
    lake.refresh()
    table, root = Path(lake.store.uri(SILVER)), Path(lake.store.root)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = [table / "day=2026-03-10/x.parquet#1", root / "warehouse.duckdb.tmp",
            root / f".tmp/{dead.pid}-x", root / ".rebuild/commerce"]  # fmt: skip
    young = table / "day=2026-03-10/y.parquet#1"
    for path in (*left, young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if path in left[2:] else path.write_text("")
        if path != young:
            os.utime(path, (0, time.time() - (LEFT_AFTER_H + 1) * 3600))

    told = list(maintain(lake.work(), lake.zone))

    assert told == ["4 leftovers of killed writers removed"]
    assert [path for path in left if path.exists()] == []
    assert young.exists()
    assert foreign.exists()
    assert ids(lake) == ["e1"]
