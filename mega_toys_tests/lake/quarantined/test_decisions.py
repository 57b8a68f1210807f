"""What people decide is written down twice, and comes back from either place."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mega_toys.lake.quarantined.decisions import DECISIONS, broken_lines, decide
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.store.mending import WRITTEN_DECISIONS
from mega_toys.operations.quarantine import dismiss, how_many, undo
from mega_toys.operations.rebuild import rebuild
from mega_toys_tests.dying import DiedError
from mega_toys_tests.lakes import Lake, copy_of, needed_for

SILVER = "commerce.silver.web_events"
DAY = "commerce/web_events/2026-03-10"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with three rejected records, of which two are dismissed."""
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(SILVER))
    bad = {
        "client_id": "c",
        "ts": "2026-03-10T12:00:00Z",
        "event_name": "page_view",
        "device": "tv",
    }
    made.send(f"{DAY}/a.ndjson", *(bad | {"event_id": f"e{n}"} for n in range(3)))
    made.refresh()
    for row in (0, 1):
        dismissed(made, row)
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def dismissed(lake: Lake, row: int) -> int:
    return dismiss(lake.work(), Choice(row=row), SILVER, "somebody", "it's\nold «x»")


def again(lake: Lake) -> Lake:
    return Lake(lake.folder, lake.catalog)


def written(lake: Lake) -> Path:
    return Path(lake.store.root, WRITTEN_DECISIONS)


def removed(lake: Lake) -> None:
    shutil.rmtree(lake.store.uri(DECISIONS.name))


def without_newest_commit(lake: Lake) -> None:
    max(Path(lake.store.uri(DECISIONS.name), "_delta_log").glob("*.json")).unlink()


def not_written(lake: Lake) -> None:
    written(lake).unlink()


def half_written(lake: Lake) -> None:
    path = written(lake)
    path.write_bytes(path.read_bytes()[:-20])


def unended(lake: Lake) -> None:
    with written(lake).open("a") as opened:
        opened.write('{"table": "commerce.silver.web_eve')


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage", [removed, without_newest_commit, not_written, half_written, unended]
)
def test_decisions_come_back_with_the_next_refresh(
    lake: Lake, damage: Callable[[Lake], None]
) -> None:
    right = lake.rows(DECISIONS.name, *DECISIONS.schema)
    damage(lake)

    mended = again(lake)
    mended.refresh()
    assert dismissed(mended, 2) == 1

    kept = mended.rows(DECISIONS.name, *DECISIONS.schema)
    assert kept.head(2).equals(right)
    lines = written(mended).read_text().splitlines()
    assert [json.loads(line)["_row"] for line in lines] == [0, 1, 2]
    assert how_many(mended.work(), Choice(status="dismissed"), SILVER) == 3
    mended.refresh()
    version = mended.store.version(DECISIONS.name)
    mended.refresh()
    assert mended.store.version(DECISIONS.name) == version


def test_a_decision_whose_process_died_before_the_table_had_it_is_made(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(step: str) -> None:
        raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr("mega_toys.lake.quarantined.decisions.step", dying)
        with pytest.raises(DiedError):
            dismissed(lake, 2)
    assert lake.rows(DECISIONS.name).height == 2

    assert dismissed(again(lake), 2) == 1
    assert dismissed(again(lake), 2) == 0
    assert again(lake).rows(DECISIONS.name)["_row"].sort().to_list() == [0, 1, 2]


def test_a_rebuild_of_everything_keeps_decisions(lake: Lake) -> None:
    rebuild(lake.catalog, lake.work(), lake.zone, swap=True, say=lambda text: None)

    assert how_many(lake.work(), Choice(status="dismissed"), SILVER) == 2
    assert lake.rows(DECISIONS.name).height == 2


def test_lines_that_are_no_decisions_are_named_and_hide_no_other(lake: Lake) -> None:
    path = written(lake)
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{{}}\n[1]\n{second}\n")
    removed(lake)

    mended = again(lake)
    mended.refresh()

    assert broken_lines(lake.work()) == [2, 3]
    assert mended.rows(DECISIONS.name)["_row"].sort().to_list() == [0, 1]
    assert decide(mended.rows(DECISIONS.name).drop("decided_at"), mended.work()) == 0


def undone(lake: Lake, row: int) -> int:
    return undo(lake.work(), Choice(row=row), SILVER, "somebody", "after all")


def test_a_dismissal_that_is_undone_leaves_the_record_open_and_can_be_made_again(
    lake: Lake,
) -> None:
    assert [undone(lake, 0), undone(lake, 0), undone(lake, 2)] == [1, 0, 0]
    assert how_many(lake.work(), Choice(row=0), SILVER) == 1

    assert [dismissed(lake, 0), dismissed(lake, 0)] == [1, 0]
    assert how_many(lake.work(), Choice(row=0), SILVER) == 0

    mine = [
        row for row in lake.rows(DECISIONS.name).sort("decided_at").to_dicts() if not row["_row"]
    ]
    assert [one["decision"] for one in mine] == ["dismissed", "undone", "dismissed"]
    assert len(written(lake).read_text().splitlines()) == lake.rows(DECISIONS.name).height


def test_what_was_undone_stays_so_when_the_table_of_decisions_was_lost(lake: Lake) -> None:
    undone(lake, 0)
    removed(lake)

    mended = again(lake)
    mended.refresh()

    assert how_many(mended.work(), Choice(), SILVER) == 2


def test_an_undoing_counts_also_where_the_clock_was_set_back(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    monkeypatch.setattr("mega_toys.lake.run.work.Work.now", lambda work: past)

    assert undone(lake, 0) == 1
    assert how_many(lake.work(), Choice(row=0), SILVER) == 1
