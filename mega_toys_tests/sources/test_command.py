"""`mega-toys pull`, as it is typed, of the tables of the manufacturing execution system."""

import re
import signal
import subprocess
from pathlib import Path

import dagster as dg
import pytest

from mega_toys_tests.lakes import command
from mega_toys_tests.sources.servers import CANARY, Server

pytestmark = pytest.mark.slow
DOWNTIMES = "manufacturing.bronze.downtimes"


def told(mes: Server, folder: Path) -> dict[str, str]:
    (folder / "password").write_text(CANARY)
    return {
        "MEGA_TOYS_SOURCE_MES": mes.url,
        "MEGA_TOYS_SOURCE_MES_PASSWORD_FILE": str(folder / "password"),
    }


def run(
    *words: str, folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    done = command(*words, folder=folder, told=environment)
    assert CANARY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_what_waits_is_told_pulled_and_taken_in(
    mes: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = told(mes, tmp_path)
    waits = run("pull", "--pending", DOWNTIMES, folder=tmp_path, environment=environment)
    assert re.fullmatch(rf"{DOWNTIMES}: 5 rows to pull, the oldest for \d+ s\n", waits.stdout)

    pulled = run("refresh", "--pull", folder=tmp_path, environment=environment)
    assert f"{DOWNTIMES}: 5 rows in 1 file" in pulled.stdout
    assert "there is no table mes.production_orders" in pulled.stderr
    assert pulled.stderr.count("\n") == 1
    assert pulled.returncode == 2

    again = run("pull", DOWNTIMES, folder=tmp_path, environment=environment)
    assert f"{DOWNTIMES}: nothing new, until 2" in again.stdout
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / ".mega_toys" / "dagster"))
    assert _pulls_told() == [5]  # what had nothing new is none
    assert again.returncode == 0
    rows = run("show", DOWNTIMES, folder=tmp_path, environment=environment)
    assert "D-5" in rows.stdout
    written = [path for path in (tmp_path / ".mega_toys").rglob("*") if path.is_file()]
    assert not [path for path in written if CANARY.encode() in path.read_bytes()]


def _pulls_told() -> list[object]:
    """The rows of the pulls that Dagster shows, newest first."""
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetKey(["manufacturing", "source", "downtimes"])
        records = instance.fetch_materializations(key, 10).records
        return [one.asset_materialization.metadata["rows"].value for one in records]


def test_a_pull_that_is_killed_is_done_again(mes: Server, tmp_path: Path) -> None:
    environment = told(mes, tmp_path)
    for at in ("pull.read", "pull.landed"):
        killed = environment | {"MEGA_TOYS_KILL_AT": at}
        dead = run("pull", DOWNTIMES, folder=tmp_path, environment=killed)
        assert dead.returncode == -signal.SIGKILL
    pulled = run("pull", DOWNTIMES, folder=tmp_path, environment=environment)
    assert "nothing new" in pulled.stdout
    assert len(list((tmp_path / ".mega_toys/landing").rglob("*.parquet"))) == 1


def test_what_cannot_be_pulled_is_one_line_that_says_the_way_out(
    mes: Server, tmp_path: Path
) -> None:
    environment = told(mes, tmp_path)
    for words, told_of, why in [
        (["pull"], {}, "No system is set"),
        (["refresh", "--pull"], {}, "No system is set"),
        (["pull", DOWNTIMES], {}, "set MEGA_TOYS_SOURCE_MES"),
        (["pull", "finance.bronze.exchange_rates"], environment, "is not pulled"),
        (["pull"], {"MEGA_TOYS_SOURCE_MSE": mes.url}, "Did you mean `MEGA_TOYS_SOURCE_MES`?"),
    ]:
        done = run(*words, folder=tmp_path, environment=told_of)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert why in done.stderr
