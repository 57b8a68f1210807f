"""Bronze and `lake.files` agree: what differs is read again, or told where it cannot be."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.lake.news.reconciled import discrepancies
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.store.store import Store
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.problems import problems
from mega_toys.operations.rebuild import rebuild
from mega_toys.operations.refresh import every_stored
from mega_toys_tests.dying import DiedError, Dying
from mega_toys_tests.lakes import Lake, copy_of, needed_for
from mega_toys_tests.quick import one_quick

SILVER, BRONZE = "commerce.silver.web_events", "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"
CHECK = "files_are_in_bronze"


def event(number: int, **told: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "client_id": "c1", "ts": "2026-03-10T12:00:00Z",
        "event_name": "page_view", "device": "mobile", **told,
    }  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(SILVER))
    made.send(f"{DAY}/a.ndjson", event(1))
    made.send(f"{DAY}/b.ndjson", event(2))
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def again(lake: Lake) -> Lake:
    """The lake as a process sees it that begins now."""
    return Lake(lake.folder, lake.catalog)


def ids(lake: Lake, name: str = SILVER) -> list[str]:
    return sorted(lake.rows(name)["event_id"].to_list())


def log_of(lake: Lake, name: str) -> Path:
    return Path(lake.store.uri(name), "_delta_log")


def without_newest_commit(lake: Lake, name: str = BRONZE) -> None:
    max(log_of(lake, name).glob("*.json")).unlink()


def removed(lake: Lake, name: str = BRONZE) -> None:
    shutil.rmtree(lake.store.uri(name))


def put_back(lake: Lake, backup: Path, name: str = BRONZE) -> None:
    removed(lake, name)
    shutil.copytree(backup, lake.store.uri(name))


def backup_of(lake: Lake, name: str = BRONZE) -> Path:
    return Path(shutil.copytree(lake.store.uri(name), lake.folder / f"backup of {name}"))


def settled(lake: Lake) -> dict[str, int]:
    """The lake after a refresh that does nothing more: its versions do not move."""
    lake = again(lake)
    before = lake.versions()
    lake.refresh()
    assert lake.versions() == before
    return before


@pytest.mark.parametrize(
    "then", one_quick([lambda lake: None, lambda lake: list(maintain(lake.work(), lake.zone))])
)
@pytest.mark.parametrize("sent", one_quick([(event(3),), (event(3), event(4)), ()]))
def test_a_commit_of_bronze_that_is_lost_is_read_again(
    lake: Lake, sent: tuple[dict[str, Any], ...], then: Callable[[Lake], object]
) -> None:
    lake.send(f"{DAY}/a.ndjson", *sent)
    lake.refresh()
    right = ids(lake)
    without_newest_commit(lake)
    then(again(lake))

    outcome = again(lake).refresh()[BRONZE]

    assert outcome.failed == []
    assert ids(lake) == ids(lake, BRONZE) == right
    settled(lake)


@pytest.mark.slow
def test_bronze_put_back_as_it_was_earlier_is_read_up_to_what_landed_since(lake: Lake) -> None:
    backup = backup_of(lake)
    for number in range(3, 6):
        lake.send(f"{DAY}/{number}.ndjson", event(number))
        lake.refresh()
    put_back(lake, backup)

    again(lake).refresh()

    assert ids(lake) == ids(lake, BRONZE) == [f"e{n}" for n in range(1, 6)]
    settled(lake)


TABLES = (BRONZE, SILVER, "commerce.quarantine.web_events", "lake.row_accounts", "lake.received",
          "lake.accepted")  # fmt: skip


@pytest.mark.parametrize("name", one_quick([*TABLES, FILES.name]))
def test_a_table_that_was_removed_is_whole_after_a_refresh_killed_once_it_was_made(
    lake: Lake, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.send(f"{DAY}/c.ndjson", event(3, device="tv"))
    lake.refresh()
    counts = {one: lake.rows(one).height for one in TABLES}
    removed(lake, name)

    def dying(step: str) -> None:
        if step == "table.created":
            raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr("mega_toys.lake.store.store.step", dying)
        with pytest.raises(DiedError):
            again(lake).refresh()
    again(lake).refresh()

    assert {one: lake.rows(one).height for one in TABLES} == counts
    assert not any(outcome.failed for outcome in again(lake).refresh().values())


def test_lost_rows_of_a_file_that_is_gone_are_told_until_it_is_put_back(lake: Lake) -> None:
    location = lake.landing / DAY / "a.ndjson"
    content = location.read_bytes()
    location.unlink()
    removed(lake)

    outcome = again(lake).refresh()[BRONZE]

    assert outcome.failed == [CHECK]
    assert [one.told for one in problems(again(lake).plan())] == [f"{BRONZE}: {CHECK}"]
    (check,) = [one for one in outcome.checks if one.name == CHECK]
    assert [one["path"] for one in check.examples] == [f"{DAY}/a.ndjson"]
    table, mended = lake.catalog[BRONZE], again(lake)
    assert not lake.plan(mended.work()).of(table).has_news  # told: nothing to do yet

    location.write_bytes(content)
    assert mended.refresh()[BRONZE].failed == []
    assert ids(mended, BRONZE) == ["e1", "e2"]
    assert not mended.store.state(BRONZE).failed  # type: ignore[union-attr]


@pytest.mark.slow
def test_lost_rows_of_a_file_that_is_gone_can_be_given_up(lake: Lake) -> None:
    (lake.landing / DAY / "a.ndjson").unlink()
    removed(lake)
    again(lake).refresh()

    work = again(lake).work()
    rebuild([lake.catalog[BRONZE]], work, lake.zone, swap=True, say=lambda text: None)

    mended = again(lake)
    outcomes = mended.refresh()
    assert not any(outcome.failed for outcome in outcomes.values())
    assert ids(mended) == ids(mended, BRONZE) == ["e2"]
    settled(lake)


def test_rows_of_a_file_removed_before_it_was_recorded_stay_and_are_counted(lake: Lake) -> None:
    location = lake.send(f"{DAY}/a.ndjson", event(5), event(6))
    new = lake.send(f"{DAY}/c.ndjson", event(7))
    with pytest.raises(DiedError):
        lake.refresh(Dying(lake.store.root, before=FILES.name))
    location.unlink()
    new.unlink()

    outcome = again(lake).refresh()[BRONZE]

    assert outcome.failed == []
    assert ids(lake) == ids(lake, BRONZE) == ["e2", "e5", "e6", "e7"]
    rows = newest(lake.store.scan(FILES.name)).select("path", "rows").collect().rows()
    assert {path.rsplit("/", 1)[-1]: n for path, n in rows} == {
        "a.ndjson": 2, "b.ndjson": 1, "c.ndjson": 1,
    }  # fmt: skip
    settled(lake)


@pytest.mark.parametrize("content", one_quick(["", "\x00"]))
def test_a_file_emptied_and_removed_before_that_was_recorded_gives_nothing_and_is_not_counted(
    lake: Lake, content: str
) -> None:
    file = lake.land(f"{DAY}/b.ndjson", content)
    with pytest.raises(DiedError):
        lake.refresh(Dying(lake.store.root, before=FILES.name))
    file.unlink()

    outcomes = again(lake).refresh()

    assert not any(outcome.failed for outcome in outcomes.values())
    assert ids(lake) == ["e1"]
    settled(lake)


def swap_killed(lake: Lake, name: str, after: int) -> None:
    """Make a table anew, and die once so many of its pieces are swapped in."""
    passed: list[str] = []

    def dying(step: str) -> None:
        passed.extend([step] * (step == "swap.piece"))
        if len(passed) == after:
            raise DiedError

    tables, work = [lake.catalog[name]], lake.work()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mega_toys.lake.building.aside.step", dying)
        with pytest.raises(DiedError):
            rebuild(tables, work, lake.zone, swap=True, say=lambda text: None)


@pytest.mark.parametrize("new", one_quick([None, event(8)]))
def test_a_swap_of_bronze_that_was_killed_is_ended_by_the_next_refresh(
    lake: Lake, new: dict[str, Any] | None
) -> None:
    (lake.landing / DAY / "a.ndjson").unlink()
    if new:
        lake.send(f"{DAY}/c.ndjson", new)
    swap_killed(lake, BRONZE, after=1)

    outcomes = again(lake).refresh()

    assert [(o.table, o.failed) for o in outcomes.values() if o.failed] == []
    assert ids(lake) == ids(lake, BRONZE) == ["e2", *([new["event_id"]] if new else [])]
    assert f"{DAY}/a.ndjson" not in lake.rows(FILES.name)["path"].to_list()
    settled(lake)


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_swap_of_silver_that_was_killed_is_ended_by_the_next_refresh(
    lake: Lake, after: int
) -> None:
    lake.send(f"{DAY}/c.ndjson", event(3, device="tv"))
    lake.refresh()
    tables = [name for name in TABLES if name != BRONZE]
    right = {one: lake.rows(one).drop("quarantined_at", strict=False) for one in tables}
    for name in tables:
        stored = next(s for s in every_stored(lake.work()) if s.name == name)
        nothing = pl.LazyFrame(schema=stored.schema)
        lake.store.replace_all(stored, nothing, lake.work().note(changed=False))
        lake.store.mark(SILVER, lake.work().note(reads=reads(lake)))
    swap_killed(lake, SILVER, after)

    again(lake).refresh()

    for name, rows in right.items():
        found = lake.rows(name).drop("quarantined_at", strict=False)
        assert found.sort(pl.struct(pl.all())).equals(rows.sort(pl.struct(pl.all()))), name


def reads(lake: Lake) -> dict[str, int]:
    notes = lake.store.recent_notes(SILVER)
    return dict(next(note.reads for note in notes if note.reads))


def test_a_lake_that_agrees_reads_no_row_of_bronze_to_see_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, work = newest(lake.store.scan(FILES.name)).collect(), lake.work()
    monkeypatch.setattr(Store, "scan", lambda *args: pytest.fail("bronze is read"))

    assert discrepancies(lake.catalog[BRONZE], work, files) == []


def test_what_is_to_do_is_told_where_bronze_is_gone(lake: Lake) -> None:
    shutil.rmtree(lake.store.uri(BRONZE))
    gone = again(lake)

    assert [str(todo.table.name) for todo in gone.plan()][:1] == [BRONZE]
    assert ids(lake) == ["e1", "e2"]
    assert not Path(lake.store.uri(BRONZE)).exists()
