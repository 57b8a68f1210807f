r"""Nothing from data, names or errors steers a terminal, and no encoding stops the output."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from mega_toys.command.grids import Column, columns_of, put, put_records
from mega_toys.command.terminal import console, errors
from mega_toys.declared.words import harmless
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.quick import one_quick

BRONZE = "commerce.bronze.web_events"
CLEARS = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e[bold]x[/bold][/]"
SIGNS = {"\x1b", "\x07", "\x9b", "\u202e"}


@pytest.mark.parametrize("told", [console, errors])
def test_what_is_printed_steers_no_terminal(
    told: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    told.print(CLEARS, markup=False, highlight=False)

    printed = "".join(capsys.readouterr())
    assert not SIGNS & set(printed)
    assert r"\x1b[2J\x1b]0;title\x9b31m\u202e[bold]x[/bold][/]" in printed


@pytest.mark.parametrize("print_", [put, put_records])
def test_names_and_cells_are_no_markup_and_as_wide_as_they_are_printed(
    print_: object, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pl.DataFrame({CLEARS: [CLEARS, "a"]})
    assert callable(print_)

    print_(Console(width=300), columns_of(rows))

    printed = capsys.readouterr().out
    assert not SIGNS & set(printed)
    assert printed.count(harmless(CLEARS)) >= 2
    assert Column(CLEARS, [CLEARS]).least == len(harmless(CLEARS))


def test_lines_and_tabs_stay() -> None:
    assert harmless("a\tb\nc ö 玩") == "a\tb\nc ö 玩"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("lake"), needed_for(BRONZE))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", {"event_id": CLEARS + "玩具…"})
    lake.land(f"commerce/web_events/2026-03-10/{CLEARS.replace('/', '')}.avro", b"nothing")
    lake.refresh()
    return lake


def settings(lake: Lake) -> dict[str, str]:
    return {
        "MEGA_TOYS_LANDING_ROOT": str(lake.landing),
        "MEGA_TOYS_LAKE_ROOT": lake.store.root,
        "MEGA_TOYS_DAGSTER_HOME": str(lake.folder / "home"),
    }


COMMANDS = [
    ["files"], ["show", BRONZE], ["query", f"SELECT event_id FROM {BRONZE}"], ["show", CLEARS],
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:20])
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_every_encoding_gets_an_answer(words: list[str], encoding: str, lake: Lake) -> None:
    told = settings(lake) | {"PYTHONIOENCODING": encoding, "PATH": os.defpath}
    program = Path(sys.executable).with_name("mega-toys")
    done = subprocess.run(
        [str(program), *words], cwd=lake.folder, env=told, capture_output=True, check=False
    )

    assert b"Traceback" not in done.stderr
    assert done.returncode == (2 if CLEARS in words else 0)


@pytest.mark.parametrize("words", one_quick([["refresh"], ["status"], *COMMANDS[:3]]))
def test_a_command_whose_output_nobody_reads_any_more_ends_without_a_word(
    words: list[str], lake: Lake
) -> None:
    told = settings(lake) | {"PATH": os.defpath, "HOME": str(lake.folder)}
    program = Path(sys.executable).with_name("mega-toys")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [str(program), *words], cwd=lake.folder, env=told, stdout=writer, stderr=subprocess.PIPE,
        check=False,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:20])
def test_no_command_lets_data_steer_a_terminal(words: list[str], lake: Lake) -> None:
    leader, follower = pty.openpty()
    told = settings(lake) | {"PATH": os.defpath, "HOME": str(lake.folder), "TERM": "dumb"}
    program = Path(sys.executable).with_name("mega-toys")
    printed = b""
    with subprocess.Popen(
        [str(program), *words], cwd=lake.folder, env=told, stdout=follower, stderr=follower
    ):
        os.close(follower)
        with suppress(OSError):  # the end
            while piece := os.read(leader, 1 << 16):
                printed += piece
    os.close(leader)

    assert rb"\x1b[2J" in printed
    steering = (b"\x1b[2J", b"\x1b]", b"\x07", "\u202e".encode(), "\x9b".encode())
    assert not [sign for sign in steering if sign in printed]
