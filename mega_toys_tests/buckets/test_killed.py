"""A lake of the faults in a bucket: delivered to, copied, written by a process, removed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mega_toys.faults.bucket_home import BucketHome
from mega_toys.faults.home import REFRESH
from mega_toys.lake.store.place import place_of

KILLED_IN_A_BUCKET = """
import os
from pathlib import Path
from mega_toys.command.faults_group import _in_bucket
from mega_toys.lake.store.place import place_of
with _in_bucket(Path("of_faults")) as below:
    place_of(below).put_new({"a": b"x"})
    os.kill(os.getpid(), 9)
"""
ORPHAN = "part-00000-0b7e3c1e-6f3c-4b9e-9a5e-1d1f0c6f5a11-c000.zstd.parquet"
DAY = "commerce/web_events/2026-03-10"
pytestmark = pytest.mark.parametrize("server", ["moto"], indirect=True)


def home_in(address: str, folder: Path) -> BucketHome:
    (folder / "landing" / DAY).mkdir(parents=True)
    (folder / "start").mkdir()
    return BucketHome(folder / "start", folder / "landing", address)


def paths(address: str) -> set[str]:
    return {entry.path for entry in place_of(address).below("")}


def test_the_landing_zone_gets_what_came_and_changed_and_loses_what_went(
    address: str, tmp_path: Path
) -> None:
    home = home_in(address, tmp_path)
    zone = place_of(home.landing_root)
    a, b, c = (home.landing / DAY / f"{name}.ndjson" for name in "abc")
    a.write_text("1")
    b.write_text("1")
    home.deliver()
    before = zone.look(f"{DAY}/a.ndjson")

    b.write_text("2")
    c.write_text("3")
    home.deliver()
    assert zone.look(f"{DAY}/a.ndjson") == before
    assert zone.read(f"{DAY}/b.ndjson") == b"2"
    assert zone.read(f"{DAY}/c.ndjson") == b"3"

    a.unlink()
    home.deliver()
    assert paths(home.landing_root) == {f"{DAY}/b.ndjson", f"{DAY}/c.ndjson"}


def test_a_copy_has_all_of_the_lake_and_goes_alone(address: str, tmp_path: Path) -> None:
    home = home_in(address, tmp_path)
    place_of(home.lake_root).put_new({"a/b.parquet": b"1", "a/_delta_log/0.json": b"2"})
    (home.folder / "dagster").mkdir()

    for _ in range(2):  # over the copy that was there
        other = home.copied(tmp_path / "other")
        assert paths(other.lake_root) == paths(home.lake_root)
        assert place_of(other.lake_root).read("a/_delta_log/0.json") == b"2"
        assert (other.folder / "dagster").exists()

    other.remove()
    assert paths(address) == {"start/a/b.parquet", "start/a/_delta_log/0.json"}
    assert not other.folder.exists()


@pytest.mark.slow
def test_its_processes_write_the_bucket_and_maintain_it_as_if_it_were_old(
    address: str, tmp_path: Path
) -> None:
    home = home_in(address, tmp_path)

    assert home.killed(*REFRESH, at="table.created") == "table.created"

    (made,) = (path for path in paths(home.lake_root) if "_delta_log" in path)
    orphan = f"{made.partition('_delta_log')[0]}{ORPHAN}"
    place_of(home.lake_root).put_new({orphan: b"x"})
    home.run("mega_toys.faults.later", str(40 * 24))
    assert [path in paths(home.lake_root) for path in (made, orphan)] == [True, False]
    assert not home.lake.exists()


@pytest.mark.slow
def test_what_the_faults_have_in_a_bucket_goes_also_when_they_are_killed(
    address: str, tmp_path: Path
) -> None:
    place_of(address).put_new({"lake/mine": b"x"})
    told = os.environ | {"MEGA_TOYS_LAKE_ROOT": f"{address}/lake"}
    code = [sys.executable, "-c", KILLED_IN_A_BUCKET]

    assert subprocess.run(code, env=told, cwd=tmp_path, check=False).returncode == -9

    until = time.monotonic() + 60
    while len(paths(address)) > 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert paths(address) == {"lake/mine"}
