"""The systems of the toy company on this machine: they start, can be reached, and end."""

import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer

from mega_toys import local_servers
from mega_toys.command.toy_systems_commands import sources
from mega_toys.toy_systems.local import LOCAL
from mega_toys_tests.buckets.servers import free_ports
from mega_toys_tests.lakes import command

SIMULATE = (  # three days: on two of them, a weekend, nobody posts into the ledger
    "simulate",
    "--days=3",
    "--scale=0.0005",
    "--into",
    "mongodb,postgres,mysql,kafka",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that another user may reach, as whom root starts PostgreSQL."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def listens(port: int) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
@pytest.mark.usefixtures("postgres", "mariadb", "mongodb", "kafka")
def test_servers_start_are_filled_and_pulled_by_their_settings_and_end_with_who_started_them(
    folder: Path,
) -> None:
    (port,) = free_ports(1)
    ports = range(port, port + len(LOCAL))
    program = Path(sys.executable).with_name("mega-toys")
    for how, words, said in (
        (signal.SIGINT, SIMULATE, "mes.downtimes: "),
        (signal.SIGKILL, ("pull", "finance.bronze.sales_ledger"), "finance.bronze.sales_ledger: "),
        (signal.SIGINT, SIMULATE, "iot.machine_telemetry: "),  # which a broker forgets
    ):
        start = [str(program), "sources", "--port", str(port)]
        process = subprocess.Popen(start, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        while "Ctrl-C" not in (line := process.stdout.readline()):
            assert line
        told = command(*words, folder=folder)
        assert told.returncode == 0, told.stderr
        assert re.search(rf"{said}[1-9]", told.stdout)

        process.send_signal(how)
        process.communicate()
        until = time.monotonic() + 30
        while any(map(listens, ports)) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(map(listens, ports))
    assert (folder / ".env").read_text().count("MEGA_TOYS_SOURCE_MES=") == 1


def test_what_is_not_installed_is_told_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(local_servers, "_POSTGRES", tmp_path)
    monkeypatch.setattr(local_servers, "_PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(typer.Exit):
        sources(*free_ports(1))

    told = capsys.readouterr().err
    for words in (
        "apt-get install postgresql",
        "apt-get install mariadb-server",
        "pip install se",
        "calfkit",
    ):
        assert words in told
    assert not (tmp_path / ".env").exists()
