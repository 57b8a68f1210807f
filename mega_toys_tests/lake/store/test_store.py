"""The one way to read and write a table."""

import datetime as dt
import multiprocessing
import re
import shutil
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from mega_toys.declared.errors import ColumnsError, LakeError, StoredSchemaError
from mega_toys.lake.store import checkpoint, data_files
from mega_toys.lake.store.checkpoint import EVERY
from mega_toys.lake.store.note import KEY, Note
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored

SCHEMA = pl.Schema({"day": pl.Date(), "n": pl.Int64(), "s": pl.String()})
SALES = Stored("commerce.gold.sales", SCHEMA, "day")
PEOPLE = Stored("lake.people", pl.Schema({"who": pl.String(), "n": pl.Int64()}), "who")
FIRST, SECOND, THIRD = (dt.date(2026, 3, day) for day in (10, 11, 12))


def sold(*rows: tuple[dt.date, int]) -> pl.LazyFrame:
    return pl.LazyFrame([(*row, "x") for row in rows], schema=SCHEMA, orient="row")


def note(*days: dt.date, **told: object) -> Note:
    return Note(run="r", batch="b", days=days, **told)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(str(tmp_path))
    made.create(SALES)
    return made


def rows(store: Store, version: int | dt.datetime | None = None) -> list[tuple[dt.date, int]]:
    found = store.scan(SALES.name, version).select("day", "n").sort("day", "n").collect()
    return found.rows()


def files_of(store: Store) -> dict[dt.date, set[str]]:
    actions = pl.DataFrame(DeltaTable(store.uri(SALES.name)).get_add_actions(flatten=True))
    found: dict[dt.date, set[str]] = {}
    for path, day in actions.select("path", "partition.day").rows():
        found.setdefault(day, set()).add(path)
    return found


def test_a_table_lies_where_its_name_says(store: Store, tmp_path: Path) -> None:
    assert store.exists(SALES.name)
    assert (tmp_path / "commerce" / "gold" / "sales" / "_delta_log").is_dir()
    assert not store.exists("commerce.gold.other")
    assert store.version("commerce.gold.other") == -1


@pytest.mark.parametrize("folder", ["it's", "a+b", "v1.2~"])
def test_a_lake_may_lie_in_a_folder_with_signs(folder: str, tmp_path: Path) -> None:
    store = Store(str(tmp_path / folder / "lake"))
    store.create(SALES)

    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    store.replace_days(SALES, sold((SECOND, 2)), [SECOND], note(SECOND))

    assert rows(store) == [(FIRST, 1), (SECOND, 2)]
    assert (tmp_path / folder / "lake").is_dir()


@pytest.mark.parametrize("folder", ["a blank", "Größe", "50%", "#1", "[x]", "a?b", "%20", "x=1"])
def test_a_folder_whose_name_readers_of_delta_mistake_is_refused(
    folder: str, tmp_path: Path
) -> None:
    with pytest.raises(LakeError, match="Set MEGA_TOYS_LAKE_ROOT to another folder"):
        Store(str(tmp_path / folder / "lake"))


def test_a_new_table_is_empty_and_typed(store: Store) -> None:
    assert store.scan(SALES.name).collect().schema == SCHEMA
    assert rows(store) == []
    assert store.rows_by_day(SALES) == {}


def test_replacing_days_leaves_the_files_of_other_days_alone(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1), (SECOND, 2), (THIRD, 3)), note(FIRST, SECOND, THIRD))
    before = files_of(store)

    store.replace_days(SALES, sold((SECOND, 20), (SECOND, 21)), [SECOND], note(SECOND))

    assert rows(store) == [(FIRST, 1), (SECOND, 20), (SECOND, 21), (THIRD, 3)]
    after = files_of(store)
    assert after[FIRST] == before[FIRST]
    assert after[THIRD] == before[THIRD]
    assert store.rows_by_day(SALES) == {FIRST: 1, SECOND: 2, THIRD: 1}


def test_the_log_tells_on_which_days_a_column_may_have_more(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1), (SECOND, 2), (THIRD, 3)), note(FIRST, SECOND, THIRD))

    column = next(name for name in SCHEMA if name != SALES.partition)
    assert store.days_above(SALES, column, 0) == {FIRST, SECOND, THIRD}
    assert store.days_above(SALES, column, 1) == {SECOND, THIRD}
    assert store.days_above(SALES, column, 3) == set()


def test_replacing_days_by_nothing_empties_them(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1), (SECOND, 2)), note(FIRST, SECOND))

    store.replace_days(SALES, sold(), [SECOND], note(SECOND))

    assert rows(store) == [(FIRST, 1)]


def test_rows_of_other_days_are_refused(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))

    with pytest.raises(Exception, match=r"(?s).+"):
        store.replace_days(SALES, sold((THIRD, 3)), [SECOND], note(SECOND))

    assert rows(store) == [(FIRST, 1)]


def test_doing_a_write_again_leaves_the_same_rows(store: Store) -> None:
    for _ in range(2):
        store.replace_days(SALES, sold((FIRST, 1)), [FIRST], note(FIRST))

    assert rows(store) == [(FIRST, 1)]


def test_replacing_all_leaves_nothing_of_before(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1), (SECOND, 2)), note(FIRST, SECOND))

    store.replace_all(SALES, sold((THIRD, 3)), note(whole=True))

    assert rows(store) == [(THIRD, 3)]


def test_one_partition_is_replaced_by_its_text_whatever_its_letters(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.create(PEOPLE)
    for who in ("O'Hara", "a b/c", "木%20"):
        frame = pl.DataFrame({"who": [who], "n": [1]})
        store.replace_partitions(PEOPLE, frame, [who], note())
        store.replace_partitions(PEOPLE, frame.with_columns(n=pl.lit(2, pl.Int64)), [who], note())

    found = store.scan(PEOPLE.name).sort("who").collect().rows()

    assert found == [("O'Hara", 2), ("a b/c", 2), ("木%20", 2)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (sold().with_columns(n=pl.col("n").cast(pl.Float64)), "`n` is Float64, declared Int64"),
        (sold().drop("s"), "`s` is missing"),
    ],
)
def test_rows_of_another_schema_are_refused_before_the_write(
    store: Store, wrong: pl.LazyFrame, told: str
) -> None:
    for write in (
        lambda: store.append(SALES, wrong, note()),
        lambda: store.replace_days(SALES, wrong, [FIRST], note(FIRST)),
        lambda: store.replace_all(SALES, wrong, note()),
    ):
        with pytest.raises(ColumnsError) as refused:
            write()
        assert told in str(refused.value)
        assert "commerce.gold.sales" in str(refused.value)
    assert store.version(SALES.name) == 0


def test_a_table_with_other_columns_than_declared_is_refused_with_the_way_out(store: Store) -> None:
    other = Stored(SALES.name, pl.Schema({**SCHEMA, "s": pl.Int64(), "t": pl.String()}), "day")

    with pytest.raises(StoredSchemaError) as refused:
        store.refuse_other_columns(other, "Flee.")

    told = str(refused.value)
    assert "`s` is String, declared Int64" in told
    assert "`t` is missing" in told
    assert store.uri(SALES.name) in told
    assert told.endswith("Flee.")


def test_a_table_is_read_as_it_was_at_a_version_or_an_instant(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    version, between = store.version(SALES.name), dt.datetime.now(dt.UTC)
    time.sleep(0.01)
    store.replace_days(SALES, sold((FIRST, 2)), [FIRST], note(FIRST))

    assert rows(store) == [(FIRST, 2)]
    assert rows(store, version) == [(FIRST, 1)]
    assert rows(store, between) == [(FIRST, 1)]
    assert rows(store, 0) == []


def test_a_mark_changes_no_row(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    before, version = files_of(store), store.version(SALES.name)

    store.mark(SALES.name, note(changed=False, reads={"a.b.c": 7}))

    assert files_of(store) == before
    assert store.version(SALES.name) == version + 1
    state = store.state(SALES.name)
    assert state is not None
    assert state.reads == {"a.b.c": 7}
    assert not store.since(SALES.name, version).changed


def test_what_happened_since_a_version_is_told_newest_first(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    version = store.version(SALES.name)
    store.replace_days(SALES, sold((SECOND, 2)), [SECOND], note(SECOND))
    store.mark(SALES.name, note(changed=False))

    notes = store.since(SALES.name, version).notes

    assert notes is not None
    assert [(one.changed, one.days) for one in notes] == [(False, ()), (True, (SECOND,))]
    assert store.since(SALES.name, store.version(SALES.name)).notes == []
    assert store.since("commerce.gold.other", None).notes == []


def test_each_commit_is_read_once_however_far_behind_it_is_asked_from(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (FIRST, SECOND) * 30:
        store.append(SALES, sold((day, 1)), note(day))
    first = store.since(SALES.name, 0).notes
    read: list[Any] = []
    of = Note.of
    monkeypatch.setattr(Note, "of", lambda entry: read.append(entry) or of(entry))

    store.replace_days(SALES, sold((SECOND, 2)), [SECOND], note(SECOND))
    newest = store.version(SALES.name)

    assert store.since(SALES.name, 0).notes == [note(SECOND), *(first or [])]
    assert store.since(SALES.name, newest - 1).notes == [note(SECOND)]
    assert [entry["version"] for entry in read] == [newest]


def test_what_is_not_known_counts_as_changed(store: Store) -> None:
    sold((FIRST, 1)).collect().write_delta(store.uri(SALES.name), mode="append")

    assert store.since(SALES.name, 0).notes is None
    assert store.since(SALES.name, 0).changed
    assert store.since(SALES.name, None).changed
    assert store.since(SALES.name, 99).changed


def test_maintenance_is_no_news(store: Store) -> None:
    for n in range(3):
        store.append(SALES, sold((FIRST, n)), note(FIRST))
    version = store.version(SALES.name)

    DeltaTable(store.uri(SALES.name)).optimize.compact()
    DeltaTable(store.uri(SALES.name)).vacuum(0, enforce_retention_duration=False, dry_run=False)

    assert store.version(SALES.name) > version
    assert not store.since(SALES.name, version).changed
    assert rows(store) == [(FIRST, 0), (FIRST, 1), (FIRST, 2)]


def test_maintenance_says_again_what_the_table_said_last(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    store.append(SALES, sold((FIRST, 2)), note(FIRST, reads={"a": 1}))
    said = store.state(SALES.name)

    assert store.compact(SALES.name, 1)
    assert store.state(SALES.name) == said  # that a build was not finished, too
    for commit in Path(store.uri(SALES.name), "_delta_log").glob("*.json"):  # as if long ago
        commit.write_text(
            re.sub(r'"deletionTimestamp":\d+', '"deletionTimestamp":1', commit.read_text())
        )
    table = DeltaTable(store.uri(SALES.name))
    assert store.vacuum(SALES.name, 168) == 2

    assert store.version(SALES.name) > table.version()
    assert KEY in DeltaTable(store.uri(SALES.name)).history(1)[0]
    assert store.state(SALES.name) == said


def test_what_a_table_said_last_is_seen_behind_any_number_of_silent_commits(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST, reads={"a": 1}))
    said, taken_in = store.state(SALES.name), store.taken_in_at(SALES.name)
    for _ in range(25):
        DeltaTable(store.uri(SALES.name)).alter.set_table_properties({"delta.appendOnly": "false"})

    assert store.state(SALES.name) == said
    assert store.taken_in_at(SALES.name) == taken_in


def test_a_handle_sees_what_another_store_committed(store: Store) -> None:
    assert rows(store) == []
    before, said = store.state(SALES.name), note(FIRST)

    Store(store.root).append(SALES, sold((FIRST, 1)), said)

    assert rows(store) == [(FIRST, 1)]
    assert store.state(SALES.name) == said != before


def test_a_table_is_opened_by_its_newest_commits_and_a_checkpoint(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    while store.version(SALES.name) < EVERY:
        store.mark(SALES.name, note(changed=False))
    log = Path(store.uri(SALES.name), "_delta_log")

    assert [path.name for path in log.glob("*.parquet")] == [f"{EVERY:020}.checkpoint.parquet"]
    for commit in list(log.glob("*.json"))[:-1]:
        commit.unlink()
    assert rows(Store(store.root)) == [(FIRST, 1)]


def test_a_log_of_very_many_commits_loses_the_oldest_and_no_row(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "MOST_COMMITS", 25)
    monkeypatch.setattr(checkpoint, "CLEANED_EVERY", 10)
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    while store.version(SALES.name) < 57:
        store.mark(SALES.name, note(changed=False))
    store.append(SALES, sold((SECOND, 2)), note(SECOND))
    log = Path(store.uri(SALES.name), "_delta_log")

    assert min(int(path.stem) for path in log.glob("0*.json")) == 20
    other = Store(store.root)
    assert rows(other) == [*rows(other, 20), (SECOND, 2)] == [(FIRST, 1), (SECOND, 2)]
    assert [one.days for one in other.since(SALES.name, 56).notes or []] == [(SECOND,), ()]
    assert other.since(SALES.name, 10).notes is None


def test_a_look_that_commits_nothing_writes_nothing_into_the_log(store: Store) -> None:
    while store.version(SALES.name) < EVERY - 1:
        store.mark(SALES.name, note(changed=False))
    log = Path(store.uri(SALES.name), "_delta_log")
    before = sorted(path.name for path in log.iterdir())

    store.add_columns(SALES)

    assert sorted(path.name for path in log.iterdir()) == before


def test_the_rows_of_a_partition_are_held_until_other_files_hold_them(tmp_path: Path) -> None:
    store, c = Store(str(tmp_path)), pl.DataFrame({"who": ["c"], "n": [1]})
    store.create(PEOPLE)
    for who in ("O'Hara", "b"):
        store.replace_partitions(PEOPLE, c.with_columns(who=pl.lit(who)), [who], note())
    held = store.of_partition(PEOPLE, "b")
    store.replace_partitions(PEOPLE, c, ["c"], note())
    assert store.of_partition(PEOPLE, "b") is held

    Store(store.root).replace_partitions(PEOPLE, c, ["b", "c", "O'Hara"], note())

    assert store.of_partition(PEOPLE, "b").is_empty()
    assert store.scan(PEOPLE.name).collect().rows() == [("c", 1)]


def test_a_table_that_was_removed_and_made_again_is_seen_as_it_is(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    assert rows(store) == [(FIRST, 1)]
    said = store.state(SALES.name)
    shutil.rmtree(store.uri(SALES.name))
    assert not store.exists(SALES.name)
    assert store.version(SALES.name) == -1
    assert store.state(SALES.name) is None

    store.create(SALES)

    assert rows(store) == []
    assert store.version(SALES.name) == 0
    assert store.state(SALES.name) not in (None, said)


def test_what_is_written_again_is_made_of_what_a_rival_left(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    rival = [sold((FIRST, 2))]

    def meanwhile(frame: pl.DataFrame) -> pl.DataFrame:
        if rival:
            Store(store.root).replace_days(SALES, rival.pop(), [FIRST], note(FIRST))
        return frame

    there = store.scan(SALES.name).map_batches(meanwhile)
    store.replace_days(SALES, pl.concat([there, sold((FIRST, 3))]), [FIRST], note(FIRST))

    assert rows(store) == [(FIRST, 2), (FIRST, 3)]


def add_and_replace(root: str, number: int) -> None:
    store = Store(root)
    day = dt.date(2026, 4, 1) + dt.timedelta(number)
    for at in range(5):
        store.append(SALES, sold((FIRST, 100 * number + at)), note(FIRST))
        store.replace_days(SALES, sold((day, at)), [day], note(day))
        store.replace_days(SALES, sold((SECOND, 7)), [SECOND], note(SECOND))


def test_rivals_lose_nothing_of_each_other(store: Store) -> None:
    spawn = multiprocessing.get_context("spawn")
    rivals = [spawn.Process(target=add_and_replace, args=(store.root, n)) for n in (1, 2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(120)

    assert [rival.exitcode for rival in rivals] == [0, 0]
    found = rows(store)
    assert [n for day, n in found if day == FIRST] == [
        100 * m + at for m in (1, 2) for at in range(5)
    ]
    assert [n for day, n in found if day == SECOND] == [7]
    assert [n for day, n in found if day > THIRD] == [4, 4]


def test_a_whole_table_is_replaced_with_other_columns_and_other_partitions(store: Store) -> None:
    store.append(SALES, sold((FIRST, 1)), note(FIRST))
    before = store.version(SALES.name)
    without = Stored(SALES.name, pl.Schema({"t": pl.String()}))

    store.replace_table(without, pl.LazyFrame({"t": ["x"]}), note())

    assert store.version(SALES.name) == before + 1
    assert store.scan(SALES.name).collect().rows() == [("x",)]
    assert store.other_columns(without) == []
    assert store.rows_by_day(SALES) == {}  # not partitioned by day yet
    store.replace_table(SALES, sold((FIRST, 1)), note())
    assert store.rows_by_day(SALES) == {FIRST: 1}
    store.replace_days(SALES, sold((FIRST, 2)), [FIRST], note(FIRST))
    assert rows(store) == [(FIRST, 2)]


def test_a_long_text_does_not_lie_in_the_log_and_is_found(store: Store) -> None:
    long = '"' * 1_000_000
    texts = pl.LazyFrame([(FIRST, 1, long), (FIRST, 2, "short")], schema=SCHEMA, orient="row")
    store.append(SALES, texts, note(FIRST))

    log = Path(store.uri(SALES.name), "_delta_log").glob("*.json")
    assert max(path.stat().st_size for path in log) < 10_000
    for text in (long, "short"):
        assert store.scan(SALES.name).filter(s=text).collect().height == 1


def test_the_small_files_of_a_day_that_gets_a_little_again_and_again_become_few(
    store: Store,
) -> None:
    large = pl.LazyFrame(
        {"day": [FIRST] * 5000, "n": range(1000, 6000), "s": [f"{n * n}" for n in range(5000)]}
    )
    store.append(SALES, large, note(FIRST))
    [large_file] = files_of(store)[FIRST]
    store.append(SALES, sold((SECOND, 0)), note(SECOND))

    for n in range(40):
        store.append(SALES, sold((FIRST, n)), note(FIRST))

    assert len(files_of(store)[FIRST]) < 12
    assert large_file in files_of(store)[FIRST]
    assert len(rows(store)) == 5041
    assert [n for day, n in rows(store) if n < 1000] == [*range(40), 0]
    notes = store.since(SALES.name, 0).notes or []
    assert [one.days for one in notes if one.changed].count((FIRST,)) == 41
    assert all(not one.days for one in notes if not one.changed)


@pytest.mark.parametrize("way", ["join", "replace"])
def test_what_is_removed_by_two_writers_is_not_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A rival commits, and the handle comes to know that, while the data files are written."""
    stored = Stored("x.silver.t", SCHEMA, "day" if way == "join" else None)
    mine, rival, write = Store(str(tmp_path)), Store(str(tmp_path)), data_files.write
    mine.create(stored)
    for n in range(7):
        mine.append(stored, sold((FIRST, n)), note(FIRST))

    def again(by: Store) -> None:
        if way == "join":
            by._join(stored, by.files(stored.name)["path"])
        else:
            by.replace_values(stored, sold((FIRST, 3)), "n", pl.Series([3]), note(FIRST))

    def meanwhile(*args: Any) -> list[AddAction]:
        monkeypatch.setattr(data_files, "write", write)
        made = write(*args)
        again(rival)
        mine.state(stored.name)
        return made

    monkeypatch.setattr(data_files, "write", meanwhile)
    again(mine)

    assert sorted(mine.scan(stored.name).collect()["n"]) == list(range(7))


def test_of_a_table_in_one_piece_only_files_with_the_values_are_replaced(tmp_path: Path) -> None:
    store, stored = Store(str(tmp_path)), Stored("x.silver.t", pl.Schema({"Key": pl.String()}))
    store.create(stored)
    note = Note(run="", batch="")
    for keys in (["a", "it's"], ["b"]):
        store.append(stored, pl.LazyFrame({"Key": keys}), note)
    before = set(store.files(stored.name)["path"])
    rows, changed = pl.LazyFrame({"Key": ["a", "b", "c"]}), pl.Series(["it's", "c"])

    store.replace_values(stored, rows, "Key", changed, note)

    assert len(before & set(store.files(stored.name)["path"])) == 1
    assert sorted(store.scan(stored.name).collect()["Key"]) == ["a", "b", "c"]
