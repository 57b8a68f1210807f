"""A lake in a bucket becomes what it becomes in a folder, whatever happens to it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from mega_toys.declared.errors import DamagedTableError, LeaseLostError
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.store import Store
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.problems import problems
from mega_toys.operations.quarantine import dismiss, exported
from mega_toys.operations.rebuild import rebuild
from mega_toys.operations.refresh import prepare, refresh_table
from mega_toys.operations.replay import deliver
from mega_toys_tests.buckets.counted import counted
from mega_toys_tests.buckets.lakes import LakeInBucket
from mega_toys_tests.lakes import Lake, needed_for

BRONZE, SILVER = "commerce.bronze.web_events", "commerce.silver.web_events"
CATALOG = needed_for(SILVER)
pytestmark = pytest.mark.parametrize("server", ["seaweed"], indirect=True)  # moto is slow
DAY = "commerce/web_events/2026-03-10"
GOOD = {
    "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view", "device": "mobile",
}  # fmt: skip
OF_THE_RUN = ("_ingested_at", "quarantined_at", "ingested_at", "refreshed_at", "decided_at")
OF_THE_STORE = ("modified_ns", "changed_ns", "inode")


@pytest.fixture
def lake(address: str, tmp_path: Path) -> LakeInBucket:
    (tmp_path / "bucket").mkdir()
    return LakeInBucket(tmp_path / "bucket", CATALOG, address=address)


def event(number: int, **other: str) -> dict[str, str]:
    return GOOD | {"event_id": f"e{number}"} | other


def send(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1), event(2))
    lake.send(f"{DAY}/bad.ndjson", event(3, device="tv"))
    lake.land(f"{DAY}/b 100%.csv", "event_id,client_id,ts,event_name,device\ne4,c,x,y,mobile\n")
    lake.land(f"{DAY}/empty.ndjson", "")
    lake.land(f"{DAY}/torn.json.gz", b"no gzip")
    lake.land(f"{DAY}/half.ndjson.part", "not yet whole")
    lake.land("elsewhere/notes.txt", "not ours")


def send_again(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1), event(5))
    lake.send("commerce/web_events/2026-03-11/c.ndjson", event(2), event(6))


def delivered(lake: Lake) -> None:
    lines = exported(lake.work(), Choice(), SILVER, lake.zone)
    file = lake.folder / "mended.ndjson"
    file.write_text("".join(line.replace('"tv"', '"tablet"') + "\n" for line in lines))
    deliver(file, lake.zone, lake.work(), "anna")


def rebuilt(lake: Lake) -> None:
    assert rebuild(CATALOG, lake.work(), lake.zone, swap=True, say=lambda _: None) == []


def maintained(lake: Lake) -> None:
    for number in range(3):
        lake.send(f"{DAY}/z{number}.ndjson", event(100 + number))
        lake.refresh()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mega_toys.operations.maintenance.SMALL_FILES", 2)
        assert any("compacted" in told for told in maintain(lake.work(), lake.zone))


MOVES: tuple[Callable[[Lake], object], ...] = (
    send, send_again, delivered,
    lambda lake: dismiss(lake.work(), Choice(), SILVER, "anna", "it is «old»"),
    rebuilt, maintained,
)  # fmt: skip


def content(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table, but for what differs from run to run and from store to store."""
    return {
        name: sorted(
            lake.rows(name).drop(*OF_THE_RUN, *OF_THE_STORE, strict=False).rows(), key=repr
        )
        for name in lake.versions()
    }


@pytest.mark.slow
def test_whatever_is_done_the_tables_are_those_in_a_folder(
    lake: LakeInBucket, tmp_path: Path
) -> None:
    folder = Lake(tmp_path / "folder", CATALOG)
    for move in MOVES:
        for one in (lake, folder):
            move(one)
            one.refresh()
        assert content(lake) == content(folder)

    before = lake.versions()
    again = LakeInBucket(lake.folder, CATALOG, address=lake.address)
    again.refresh()
    assert again.versions() == before
    assert list(problems(again.plan())) == []
    counted = Reader(again.store, CATALOG).sql(f"SELECT count(*) AS rows FROM {SILVER}")
    assert counted.item() == folder.rows(SILVER).height


def test_a_query_reads_the_files_of_its_tables_and_nothing_else_of_the_bucket(
    lake: LakeInBucket,
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    lake.zone.put_new({"secret.csv": b"a\n1\n"})
    sql = Reader(lake.store, CATALOG).sql

    assert sql(f"SELECT event_id FROM {SILVER}", confined=False).item() == "e1"
    made = Database.of(lake.store, CATALOG, f"FROM {SILVER}")
    with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
        made.connection.sql(f"FROM read_csv('{lake.zone}/secret.csv')").fetchall()


def test_a_data_file_that_is_gone_is_named(lake: LakeInBucket) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    (file,) = (e for e in lake.store.place.below(SILVER.replace(".", "/")) if "part-" in e.path)
    lake.store.place.remove(file.path)

    with pytest.raises(DamagedTableError, match="is gone") as error:
        Store(lake.store.root).refuse_damage(SILVER)
    assert f"{lake.store.root}/commerce/silver/web_events" in str(error.value)


def test_a_new_object_is_fetched_once_and_one_that_differs_is_compared_first(
    lake: LakeInBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = counted(monkeypatch)
    for number in range(3):
        lake.send(f"{DAY}/{number}.ndjson", event(number))
    assert lake.plan().of(CATALOG[BRONZE]).has_news
    lake.refresh()
    assert [many for what, many in requests.items() if "fetched" in what] == [1, 1, 1]

    requests.clear()
    lake.send(f"{DAY}/1.ndjson", event(7))
    lake.refresh()
    assert requests[f"fetched {DAY}/1.ndjson"] == 2
    assert requests[f"fetched {DAY}/0.ndjson"] == 0
    assert set(lake.rows(SILVER)["event_id"]) == {"e0", "e2", "e7"}


def test_a_file_that_changes_after_it_was_listed_is_left_to_the_next_refresh(
    lake: LakeInBucket,
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    prepare(lake.work())
    todo = lake.plan().of(CATALOG[BRONZE])
    assert todo.has_news
    lake.send(f"{DAY}/a.ndjson", event(2))

    refresh_table(todo)
    assert lake.rows(BRONZE).is_empty()
    assert lake.rows("lake.files").is_empty()

    lake.refresh()
    assert lake.rows(SILVER)["event_id"].to_list() == ["e2"]


def test_a_commit_of_a_rival_between_a_look_and_a_commit_ends_the_run(lake: LakeInBucket) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    one, rival = Store(lake.store.root), Store(lake.store.root)
    stored, rows = lake.work().stored(CATALOG[BRONZE]), lake.rows(BRONZE)
    note = lake.work().note(CATALOG[BRONZE], days=(dt.date(2026, 3, 10),))

    def while_they_are_made(frame: pl.DataFrame) -> pl.DataFrame:
        rival.append(stored, rows.lazy(), note)
        return frame

    with pytest.raises(LeaseLostError, match="another writer committed"):
        one.append(stored, rows.lazy().map_batches(while_they_are_made), note)

    assert lake.rows(BRONZE).height == 2  # the one that was there, and the rival's


def test_what_lies_beside_sees_what_was_committed_to_the_live_tables_meanwhile(
    lake: LakeInBucket,
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    stored, rows = lake.work().stored(CATALOG[BRONZE]), lake.rows(BRONZE)
    with only_writer(lake.store.root):
        anew = lake.store.beside([SILVER])
        assert (anew.height(BRONZE), lake.store.height(BRONZE)) == (1, 1)
        lake.store.append(stored, rows.lazy(), lake.work().note(CATALOG[BRONZE], whole=True))
        assert (lake.store.height(BRONZE), anew.height(BRONZE)) == (2, 2)
