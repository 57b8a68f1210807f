"""The loading of bronze: each landing day holds exactly the records of its files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.own.files import newest
from mega_toys_tests.dying import DiedError, Dying, ending_at
from mega_toys_tests.lakes import DECLARED, Lake

BRONZE = "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    catalog = type(DECLARED)([DECLARED[BRONZE], DECLARED["commerce.bronze.orders"]])
    return Lake(tmp_path, catalog)


def event(number: int, **told: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "client_id": "c", **told}


def events(lake: Lake) -> list[str | None]:
    return sorted(lake.rows(BRONZE)["event_id"].to_list(), key=str)


def seen(lake: Lake) -> list[tuple[Any, ...]]:
    found = newest(lake.store.scan("lake.files")).sort("path").collect()
    return found.select(pl.col("path").str.split("/").list.last(), "status", "rows").rows()


def test_files_of_any_status_are_recorded_and_the_others_go_on(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1), event(2))
    lake.land(f"{DAY}/b.json", '[{"event_id"')
    lake.land(f"{DAY}/c.csv", "")
    lake.land(f"{DAY}/d.csv", "event_id\n")
    lake.land(f"{DAY}/e.txt", "x")
    lake.land(f"{DAY}/f.ndjson", "torn {")

    outcome = lake.refresh()[BRONZE]

    assert seen(lake) == [
        ("a.ndjson", "loaded", 2), ("b.json", "unreadable", 0), ("c.csv", "empty", 0),
        ("d.csv", "empty", 0), ("e.txt", "ignored", 0), ("f.ndjson", "loaded", 1),
    ]  # fmt: skip
    assert events(lake) == [None, "e1", "e2"] or set(events(lake)) == {None, "e1", "e2"}
    assert outcome.failed == []


def test_a_very_large_day_is_taken_in_some_files_a_commit_and_sent_again_in_one(lake: Lake) -> None:
    lake.rows_at_once = 1  # about four records a commit
    for at, file in enumerate("abcde"):
        lake.send(f"{DAY}/{file}.ndjson", *(event(3 * at + n, page="p" * 30) for n in range(3)))
    with ending_at("commit.done:2"):
        lake.refresh()
    assert len(events(lake)) == 6

    lake.refresh()
    once = lake.store.version(BRONZE)
    lake.send(f"{DAY}/a.ndjson", event(0))
    outcome = lake.refresh()[BRONZE]

    assert events(lake) == sorted(["e0", *(f"e{n}" for n in range(3, 15))])
    assert [rows for _, _, rows in seen(lake)] == [1, 3, 3, 3, 3]
    assert outcome.failed == []
    rewritten = lake.store.since(BRONZE, once).notes
    assert rewritten is not None
    assert sum(note.changed for note in rewritten) == 1


def test_nothing_new_writes_nothing(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.land(f"{DAY}/e.txt", "x")
    lake.land("nowhere.csv", "x")
    lake.refresh()
    before = lake.versions()

    lake.refresh()

    assert lake.versions() == before


def replaced(lake: Lake) -> list[str | None]:
    lake.refresh()
    return events(lake)


def test_a_file_sent_again_is_replaced(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1), event(2))
    lake.send(f"{DAY}/b.ndjson", event(3))
    lake.refresh()

    lake.send(f"{DAY}/a.ndjson", event(2), event(4))

    assert replaced(lake) == ["e2", "e3", "e4"]
    assert seen(lake) == [("a.ndjson", "loaded", 2), ("b.ndjson", "loaded", 1)]


@pytest.mark.parametrize(
    ("content", "status"),
    [("[", "unreadable"), ("", "empty"), ("[]", "empty")],
)
def test_a_file_sent_again_that_gives_nothing_takes_back_what_it_gave(
    lake: Lake, content: str, status: str
) -> None:
    lake.land(f"{DAY}/a.json", json.dumps([event(1)]))
    lake.send(f"{DAY}/b.ndjson", event(2))
    lake.refresh()

    lake.land(f"{DAY}/a.json", content)

    assert replaced(lake) == ["e2"]
    assert seen(lake)[0][1:] == (status, 0)


def test_an_unreadable_file_may_be_sent_again_well(lake: Lake) -> None:
    lake.land(f"{DAY}/a.json", "[")
    lake.refresh()

    lake.land(f"{DAY}/a.json", json.dumps([event(1)]))

    assert replaced(lake) == ["e1"]
    assert lake.store.scan("lake.files").collect().height == 2


def test_a_file_of_the_same_size_and_time_but_another_content_is_replaced(lake: Lake) -> None:
    path = lake.send(f"{DAY}/a.ndjson", event(1))
    stat = path.stat()
    lake.refresh()

    lake.send(f"{DAY}/a.ndjson", event(2))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert replaced(lake) == ["e2"]


@pytest.mark.parametrize("how", ["touched", "copied anew"])
def test_a_file_that_is_only_touched_changes_nothing_and_is_read_once_more_at_most(
    lake: Lake, how: str
) -> None:
    path = lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()
    version = lake.store.version(BRONZE)
    if how == "touched":
        os.utime(path, (1, 1))
    else:
        path.with_suffix(".tmp").write_bytes(path.read_bytes())
        path.with_suffix(".tmp").rename(path)

    assert replaced(lake) == ["e1"]
    assert lake.store.version(BRONZE) == version
    before = lake.versions()
    assert replaced(lake) == ["e1"]
    assert lake.versions() == before
    assert lake.store.scan("lake.files").collect().height == 1


def test_a_file_that_was_removed_keeps_what_it_gave(lake: Lake) -> None:
    path = lake.send(f"{DAY}/a.ndjson", event(1))
    lake.refresh()

    path.unlink()

    assert replaced(lake) == ["e1"]


def test_the_same_content_under_another_name_is_a_second_delivery(lake: Lake) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.send(f"{DAY}/b.ndjson", event(1))

    assert replaced(lake) == ["e1", "e1"]


def test_the_landing_zone_is_left_as_it_was(lake: Lake) -> None:
    path = lake.send(f"{DAY}/a.ndjson", event(1))
    path.chmod(0o444)
    path.parent.chmod(0o555)
    before = [(p, p.stat().st_mtime_ns) for p in sorted(lake.landing.rglob("*"))]

    lake.refresh()
    path.parent.chmod(0o755)

    assert [(p, p.stat().st_mtime_ns) for p in sorted(lake.landing.rglob("*"))] == before


def test_a_link_that_leaves_the_root_is_unreadable_and_not_read(lake: Lake) -> None:
    outside = lake.folder / "secret.ndjson"
    outside.write_text(json.dumps(event(1)))
    path = lake.send(f"{DAY}/a.ndjson", event(2))
    path.with_name("b.ndjson").symlink_to(outside)
    path.with_name("c.ndjson").symlink_to(path)

    assert replaced(lake) == ["e2", "e2"]
    assert seen(lake)[1][:2] == ("b.ndjson", "unreadable")


def test_a_new_file_is_hashed_once_however_many_look_for_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.refresh()
    hashed: list[str] = []
    real = LandingFile.content_hash
    monkeypatch.setattr(
        LandingFile, "content_hash", lambda file: hashed.append(file.path) or real(file)
    )
    lake.send(f"{DAY}/a.ndjson", event(1))

    for _ in range(2):
        assert lake.plan().of(lake.catalog[BRONZE]).has_news
    lake.refresh()
    assert hashed == [f"{DAY}/a.ndjson"]

    lake.send(f"{DAY}/a.ndjson", event(2))
    lake.refresh()
    assert events(lake) == ["e2"]
    assert len(hashed) == 2


def test_three_hundred_tiny_files_are_one_commit(lake: Lake) -> None:
    for number in range(300):
        lake.send(f"{DAY}/{number:03}.ndjson", event(number))

    lake.refresh()

    assert len(events(lake)) == 300
    notes = lake.store.since(BRONZE, 0).notes or []
    assert [note.changed for note in notes] == [False, True]  # rows, and what was checked of them
    assert lake.store.rows_by_day(lake.work().stored(DECLARED[BRONZE])) == {
        lake.rows(BRONZE)["_landed_on"][0]: 300
    }
    assert len({row["_ingested_at"] for row in lake.rows(BRONZE).to_dicts()}) == 1


def test_many_days_are_loaded_in_bounded_batches(lake: Lake) -> None:
    lake.rows_at_once = 1
    for day in range(10, 16):
        lake.send(f"commerce/web_events/2026-03-{day}/a.ndjson", event(day), event(100 + day))

    lake.refresh()

    assert len(events(lake)) == 12
    assert lake.store.version(BRONZE) > 1


@pytest.mark.parametrize("again", [False, True])
def test_a_crash_between_the_rows_and_their_record_doubles_nothing(lake: Lake, again: bool) -> None:
    lake.send(f"{DAY}/old.ndjson", event(0))
    lake.refresh()
    lake.send(f"{DAY}/a.ndjson", event(1), event(2))
    work = lake.work(Dying(lake.store.root, before="lake.files"))
    with pytest.raises(DiedError):
        lake.take_in(BRONZE, work)
    assert events(lake) == ["e0", "e1", "e2"]
    if again:
        lake.send(f"{DAY}/a.ndjson", event(3))

    assert replaced(lake) == (["e0", "e3"] if again else ["e0", "e1", "e2"])
    assert seen(lake)[0] == ("a.ndjson", "loaded", 1 if again else 2)


def test_ignored_files_are_recorded_once_with_the_reason(lake: Lake) -> None:
    for path in ("commerce/returns/2026-03-10/a.csv", "commerce/orders/latest/a.csv", "a.csv",
                 f"{DAY}/a.xlsx", f"{DAY}/a.csv.bz2", f"{DAY}/a.avro.gz"):  # fmt: skip
        lake.land(path, "x")
    lake.refresh()
    lake.refresh()

    found = lake.rows("lake.files", "path", "status", "error")

    assert found["status"].to_list() == ["ignored"] * 6
    assert dict(found.select("path", "error").rows()) == {
        "a.csv": "is not below <domain>/<dataset>/<YYYY-MM-DD>/",
        "commerce/orders/latest/a.csv": "is not below <domain>/<dataset>/<YYYY-MM-DD>/",
        "commerce/returns/2026-03-10/a.csv": "`commerce.returns` is no dataset",
        f"{DAY}/a.avro.gz": "has an extension of no format",
        f"{DAY}/a.csv.bz2": "has an extension of no format",
        f"{DAY}/a.xlsx": "has an extension of no format",
    }


NAMES = ["a b", "it's", 'say "x"', "new\nline", "木", "50%25#?*[]{}$", "back\\slash", "=day=1"]


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_names_of_any_letters_are_read_once_and_replaced(lake: Lake, form: str) -> None:
    write: Callable[[Path, int], None] = lambda path, n: (  # noqa: E731, one line for each format
        pl.DataFrame([event(n)]).write_parquet(path)
        if form == "parquet"
        else path.write_text(json.dumps(event(n)))
    )
    folder = lake.landing / DAY
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        write(folder / f"{name}.{form}", number)
    first = replaced(lake)
    for number, name in enumerate(NAMES):
        write(folder / f"{name}.{form}", number + 10)

    assert first == [f"e{n}" for n in range(len(NAMES))]
    assert replaced(lake) == sorted(f"e{n + 10}" for n in range(len(NAMES)))
    before = lake.versions()
    assert replaced(lake) == sorted(f"e{n + 10}" for n in range(len(NAMES)))
    assert lake.versions() == before


LAST = ["\x7f", "\u07ff", "\ud7ff", "\uffff", "\U0010ffff", "\U0010ffff\x7f\uffff"]


def test_no_text_lies_in_the_log_as_a_whole(lake: Lake) -> None:
    texts = [last * 5000 for last in LAST]
    lake.send(f"{DAY}/a.ndjson", *(event(at, page=text) for at, text in enumerate(texts)))
    lake.send(f"{DAY}/b.ndjson", event(9, page="a" + LAST[-1] * 5000))

    lake.refresh()

    logs = list(Path(lake.store.root).rglob("_delta_log/*.json"))
    assert max(path.stat().st_size for path in logs) < 5000
    rows = lake.rows(BRONZE).sort("event_id")
    assert [json.loads(text)["page"] for text in rows["_rescued"].drop_nulls()] == texts
    assert rows["page"].null_count() == len(texts)


@pytest.mark.parametrize("then", ['[{"event_id"', ""])
def test_what_checks_find_of_files_without_rows_is_noted_also_after_a_kill(
    lake: Lake, then: str
) -> None:
    lake.send(f"{DAY}/a.ndjson", event(1))
    lake.land(f"{DAY}/b.json", "" if then else "[")
    lake.refresh()
    lake.land(f"{DAY}/b.json", then)
    with ending_at("bronze.files"):
        lake.refresh()

    assert lake.plan().of(lake.catalog[BRONZE]), "nothing is left to do"
    lake.refresh()

    state = lake.store.state(BRONZE)
    assert state
    assert ("files_are_read" in state.warned) == bool(then)
