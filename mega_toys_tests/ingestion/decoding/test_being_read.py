"""A refresh that dies while it reads a file names it, and the next one is not ended by it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mega_toys.command.doctor import findings
from mega_toys.ingestion.decoding.being_read import suspects
from mega_toys.ingestion.formats import json_records
from mega_toys.lake.own.files import newest
from mega_toys.operations.crash import CrashError
from mega_toys.settings import Settings
from mega_toys_tests.lakes import Lake, needed_for

BRONZE = "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"
GOOD = {"event_id": "good"}
DYING = f"""
import os, signal, sys; from pathlib import Path
from mega_toys.ingestion.formats import json_records
from mega_toys_tests.lakes import Lake, needed_for
plain_objects = json_records.plain_objects
def dying(lines):
    if any(b"deadly" in line for line in lines):
        os.kill(os.getpid(), signal.SIGSEGV)
    return plain_objects(lines)
json_records.plain_objects = dying
Lake(Path(sys.argv[1]), needed_for("{BRONZE}")).refresh()
"""


def doctor(lake: Lake) -> str:
    """What the doctor finds of the last refresh; empty where it is well."""
    settings = Settings(
        landing_root=lake.landing, lake_root=lake.store.root, dagster_home=lake.folder / "home"
    )
    told = {one.what: one for one in findings(settings, lake.catalog)}
    return told["last refresh"].said if "last refresh" in told else ""


@pytest.mark.slow
def test_who_ended_a_refresh_is_named_and_read_apart_by_the_next(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    lake.land(f"{DAY}/a.ndjson", json.dumps(GOOD))
    lake.land(f"{DAY}/b.ndjson", json.dumps({"event_id": "deadly"}))

    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", DYING, tmp_path], check=False)
        if done.returncode:
            assert done.returncode == -signal.SIGSEGV
            assert f"{DAY}/b.ndjson" in doctor(lake)

    assert done.returncode == 0
    assert doctor(lake) == ""
    assert sorted(lake.rows(BRONZE)["event_id"]) == ["deadly", "good"]


def test_a_file_whose_records_cannot_be_fitted_stops_no_second_refresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    lake.send(f"{DAY}/a.ndjson", GOOD)
    with monkeypatch.context() as patched:
        patched.setattr(json_records, "plain_objects", lambda: "called with too much")
        with pytest.raises(CrashError, match="TypeError in"):
            lake.refresh()
    assert suspects(lake.store.place) == [f"{DAY}/a.ndjson"]

    lake.refresh()

    assert lake.rows(BRONZE)["event_id"].to_list() == ["good"]
    assert newest(lake.store.scan("lake.files")).collect()["status"].to_list() == ["loaded"]
    assert suspects(lake.store.place) == []
