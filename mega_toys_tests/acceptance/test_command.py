"""The real `mega-toys` command, in a process of its own with an empty environment."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import mega_toys
from mega_toys.operations.quiet import NAME as NOTED
from mega_toys_tests.lakes import command
from mega_toys_tests.quick import one_quick

EVENT = {
    "event_id": "e1", "client_id": "c1", "ts": "2026-03-10T12:00:00Z", "event_name": "purchase",
    "device": "mobile", "quantity": 2, "value": 12.5, "currency": "eur",
}  # fmt: skip
ABOVE_THE_FILE = {"MEGA_TOYS_FIRST_DAY": "2026-03-20"}  # the environment goes first


def land(folder: Path, path: str, *records: dict[str, Any] | str) -> None:
    location = folder / ".mega_toys" / "landing" / path
    location.parent.mkdir(parents=True, exist_ok=True)
    lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
    location.write_text("\n".join(lines))


def ran(folder: Path, *words: str, code: int = 0, **told: str) -> str:
    """What the command says when it ends as it should."""
    done = command(*words, folder=folder, told=told)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    day = "commerce/web_events/2026-03-10"
    land(folder, f"{day}/a.ndjson", EVENT, EVENT | {"event_id": "e2", "device": "[/tv]"}, "torn {")
    land(folder, f"{day}/broken.json", '[{"event_id": ')
    land(folder, f"{day}/notes.txt", "not for us")
    land(folder, "commerce/orders/2026-03-10/none.csv", "")
    (folder / ".mega_toys" / "landing").rename(folder / "arrivals")
    (folder / ".env").write_text(
        f'MEGA_TOYS_LANDING_ROOT="{folder}/arrivals"\nMEGA_TOYS_FIRST_DAY=nonsense\nOTHER=1\n'
    )
    done = command("refresh", folder=folder, told=ABOVE_THE_FILE)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


def test_refresh_tells_what_it_did(folder: Path) -> None:
    said = (folder / "said.txt").read_text()

    assert re.search(r"commerce\.bronze\.web_events: 3 rows written, 1 day changed,", said)
    assert re.search(r"commerce\.bronze\.web_events: files_are_read", said)
    assert re.search(r"commerce\.silver\.web_events: rules_hold", said)
    assert "1 file ignored" in said


def test_refresh_tells_when_it_began_and_has_a_table_of_what_changed_alone(folder: Path) -> None:
    said = (folder / "said.txt").read_text()

    assert re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: refreshing ", said)
    assert re.search(r"^\d+ tables? unchanged\.$", said, re.MULTILINE)
    unchanged = re.findall(r"^(\S+): unchanged", said, re.MULTILINE)
    assert unchanged
    assert not [name for name in unchanged if re.search(rf"^{name} ", said, re.MULTILINE)]
    assert [line for line in said.splitlines() if line != line.rstrip()] == []


def test_a_second_refresh_says_that_nothing_is_new_and_looks_at_no_table(folder: Path) -> None:
    noted = folder / ".mega_toys" / "lake" / NOTED
    seen = noted.stat()

    assert "Nothing new" in ran(folder, "refresh", **ABOVE_THE_FILE)

    assert noted.stat().st_ino == seen.st_ino  # a look at all would have noted it again


@pytest.mark.slow
def test_a_refresh_tells_that_a_table_was_built_by_older_code(folder: Path, tmp_path: Path) -> None:
    told = "table was built by older code: `mega-toys refresh --changed-code` makes it anew."
    assert told not in ran(folder, "refresh", **ABOVE_THE_FILE)

    copied = tmp_path / "mega_toys"
    shutil.copytree(Path(mega_toys.__file__).parent, copied)
    sessions = copied / "domains" / "commerce" / "silver" / "sessions.py"
    sessions.write_text(sessions.read_text().replace("minutes=30", "minutes=31"))
    said = ran(folder, "refresh", PYTHONPATH=str(tmp_path), **ABOVE_THE_FILE)

    assert "Nothing new" in said
    assert re.search(f"^1 {told}$", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["tables"], 0, "kind"),
        (["query", "SELECT sum(sessions) AS n FROM commerce.gold.funnel_daily"], 0, "n\n1\n"),
        (["show", "commerce.gold.daily_sale"], 2, "Did you mean"),
        (["query", "SELEC 1"], 2, "syntax error"),
        (["refreshh"], 2, "refreshh"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_the_command_answers_with_its_exit_code(
    folder: Path, words: list[str], code: int, told: str
) -> None:
    assert told in ran(folder, *words, code=code, **ABOVE_THE_FILE)


def test_everything_lies_below_the_working_folder(folder: Path) -> None:
    below = {path.name for path in (folder / ".mega_toys").iterdir()}

    assert below == {"lake", "dagster"}
    own = {".env", "arrivals", "said.txt"}
    assert {path.name for path in folder.iterdir()} - own <= {".mega_toys", ".cache"}


@pytest.mark.slow
def test_an_empty_landing_zone_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()

    ran(tmp_path, "refresh", MEGA_TOYS_LANDING_ROOT="landing")


@pytest.mark.parametrize("told", one_quick([{}, {"MEGA_TOYS_LANDING_ROOT": "unmounted"}]))
def test_a_missing_landing_zone_gives_code_2_and_the_way_out(
    told: dict[str, str], tmp_path: Path
) -> None:
    missing = tmp_path / told.get("MEGA_TOYS_LANDING_ROOT", ".mega_toys/landing")

    said = ran(tmp_path, "refresh", code=2, **told)

    assert f"`mkdir -p {missing}`" in said
    assert not (tmp_path / ".mega_toys" / "lake").exists()
    assert not missing.exists()


@pytest.mark.slow
def test_a_lake_that_cannot_be_written_gives_code_2_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    land(tmp_path, "commerce/web_events/2026-03-10/a.ndjson", EVENT)

    ran(tmp_path, "refresh", code=2, MEGA_TOYS_LAKE_ROOT=str(tmp_path / "file"))


@pytest.mark.slow
def test_a_home_of_dagster_that_cannot_be_used_gives_code_2_and_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "event_log.db").write_text("no database")
    land(tmp_path, "commerce/web_events/2026-03-10/a.ndjson", EVENT)

    said = ran(tmp_path, "refresh", code=2, MEGA_TOYS_DAGSTER_HOME=str(tmp_path / "home"))

    assert "may be removed, since it holds events only" in " ".join(said.split())
