"""The differential tester finds what is wrong, and today's code gives it nothing to find."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from mega_toys.declared.dataset import LANDING
from mega_toys.declared.table import Events
from mega_toys.faults.ageing import age, clean_logs
from mega_toys.faults.deliveries import Delivery
from mega_toys.faults.differ import of_seed, played, shrunk
from mega_toys.faults.equal import differences as differences_of
from mega_toys.faults.given import Given
from mega_toys.faults.moves import Arrives, BackUp, Compare, Kill, Move, PutBack, Refresh
from mega_toys.faults.second_engine import read_otherwise
from mega_toys.faults.subject import Subject
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.store.history import History
from mega_toys.lake.store.store import Store
from mega_toys.operations.maintenance import maintain
from mega_toys_tests.acceptance.expected import differences, of_domains
from mega_toys_tests.lakes import DECLARED, Lake, needed_for
from mega_toys_tests.oracle import write_expected

PRODUCTS = "commerce.silver.products"
PATH = "commerce/products/2026-03-28/a.ndjson"
PRODUCT = {
    "sku": "T0", "name": "n", "category": "c", "age_min": 3, "list_price_eur": "1",
    "launched_on": "2026-01-01", "updated_at": "2026-03-27T08:00:00Z",
}  # fmt: skip


def quietly(text: str) -> None:
    """Nobody watches."""


def leaves_the_lake_as_a_fresh_one(seed: int, folder: Path) -> None:
    one = played(of_seed(seed, DECLARED), folder / "lake", quietly)

    assert one.wrong == [], "\n".join([f"seed {seed}", *map(str, one.moves), *one.wrong])
    assert one.compared


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_random_sequence_leaves_the_lake_as_a_fresh_one(seed: int, tmp_path: Path) -> None:
    leaves_the_lake_as_a_fresh_one(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [102])
def test_what_a_sequence_leaves_is_what_the_oracle_makes_of_all_that_was_given(
    seed: int, tmp_path: Path
) -> None:
    one = replace(of_seed(seed, DECLARED), catalog=DECLARED)
    subject = Subject(tmp_path / "subject", one)
    for move in one.moves:
        assert subject.play(move) == [], move

    final = tmp_path / "final"
    for path, content in subject.given.content.items():
        (final / path).parent.mkdir(parents=True, exist_ok=True)
        (final / path).write_bytes(content)
    write_expected(final, tmp_path / "oracle")
    of_domains(tmp_path / "oracle", tmp_path / "expected")
    lake = Lake(subject.home.folder)
    assert differences(tmp_path / "expected", lake.export(tmp_path / "result")) == []


def test_the_same_seed_gives_the_same_moves() -> None:
    assert of_seed(7, DECLARED).moves == of_seed(7, DECLARED).moves
    assert of_seed(7, DECLARED).moves != of_seed(8, DECLARED).moves


def test_all_kinds_of_moves_and_of_declarations_are_drawn() -> None:
    drawn = [of_seed(seed, DECLARED) for seed in range(1, 50) if seed % 20]
    sets = [one.dataset for all_of in drawn for one in all_of.catalog.bronze]
    windows = {t.window for one in drawn for t in one.catalog if isinstance(t, Events)}

    assert {type(move) for one in drawn for move in one.moves} == set(get_args(Move))
    assert {one.complete for one in sets} == {False, True}
    assert any(one.deleted for one in sets)
    assert LANDING in {one.sequence for one in sets}
    assert len(windows) > 3


@pytest.mark.slow
def test_a_table_is_put_back_as_it_was_backed_up_and_made_anew_where_it_was_not(
    tmp_path: Path,
) -> None:
    one = replace(of_seed(7, DECLARED), catalog=needed_for(PRODUCTS), processes=False)
    subject = Subject(tmp_path, one)
    older, newer = (json.dumps(PRODUCT | {"name": name}).encode() for name in ("n", "m"))
    for content in (older, newer):
        subject.play(Arrives(Delivery(PATH, content, "new")))
        subject.play(Refresh())
        subject.play(BackUp(PRODUCTS) if content == older else PutBack(PRODUCTS))

    assert subject.store.scan(PRODUCTS).collect()["name"].to_list() == ["n"]
    assert subject.play(Compare()) == []
    subject.play(PutBack("commerce.quarantine.products"))
    assert not subject.store.exists("commerce.quarantine.products")
    assert subject.play(Compare()) == []


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path, needed_for(PRODUCTS))


def test_a_row_and_a_check_that_differ_are_told(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "other", lake.catalog)
    lake.send(PATH, PRODUCT)
    lake.refresh()
    other.refresh()
    assert differences_of(lake.store, lake.store, lake.catalog) == []

    told = differences_of(lake.store, other.store, lake.catalog)

    assert any(line.startswith(f"{PRODUCTS}: only in the live lake") for line in told)
    assert any(line.startswith("lake.row_accounts: only in the live lake") for line in told)


@pytest.mark.slow
def test_the_second_engine_reads_what_the_log_names_and_nothing_else(lake: Lake) -> None:
    before = 0
    for name in "abc":
        before = lake.store.version(PRODUCTS)
        lake.send(PATH.replace("a.", f"{name}."), PRODUCT | {"sku": name})
        lake.refresh()
        clean_logs(Path(lake.store.root))
    assert read_otherwise(lake.store, names(lake.catalog), Path(lake.store.root)) == []

    class Older(Store):
        def scan(self, name: object, version: object = None) -> pl.LazyFrame:
            return super().scan(name, before)

    (told,) = read_otherwise(Older(lake.store.root), [PRODUCTS], Path(lake.store.root))
    assert told.startswith(PRODUCTS)


@pytest.mark.slow
def test_an_aged_lake_has_lost_its_old_commits_and_maintenance_its_old_files(lake: Lake) -> None:
    for name in ("one", "two"):
        lake.send(PATH, PRODUCT | {"name": name})
        lake.refresh()
    before = lake.rows(PRODUCTS)
    root = Path(lake.store.root)
    files = len(list(Path(lake.store.uri(PRODUCTS)).rglob("*.parquet")))

    age(root, 40)

    told = list(maintain(Lake(lake.folder, lake.catalog).work(), lake.zone))
    assert any(line.startswith(PRODUCTS) for line in told)
    assert len(list(Path(lake.store.uri(PRODUCTS)).glob("*.parquet"))) < files
    assert clean_logs(root) > 0
    assert Lake(lake.folder, lake.catalog).rows(PRODUCTS).equals(before)


def put(root: Path, path: str, content: bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)


def test_a_removed_file_counts_until_its_dataset_is_made_anew(tmp_path: Path) -> None:
    given = Given(tmp_path)
    put(tmp_path, "a/b/2026-03-28/x.csv", b"1")
    given.taken_in()
    (tmp_path / "a/b/2026-03-28/x.csv").unlink()
    given.taken_in()
    assert given.content == {"a/b/2026-03-28/x.csv": b"1"}

    given.made_anew("a/c/")
    assert given.content
    given.made_anew("a/b/")
    assert not given.content


def test_of_a_file_that_a_killed_process_may_have_taken_in_the_lake_says_what_it_has(
    tmp_path: Path,
) -> None:
    path = "a/b/2026-03-28/x.csv"
    given = Given(tmp_path)
    put(tmp_path, path, b"old")
    given.taken_in()
    put(tmp_path, path, b"new")
    given.perhaps_taken_in()
    (tmp_path / path).unlink()

    new = "8b9ef1c4b7cd1a1a"  # no hash of either
    assert given.settle({path: new}) == [f"lake.files {path} has a content that never lay there"]


SEQUENCE = (
    Arrives(Delivery(PATH, json.dumps(PRODUCT).encode(), "new")),
    Refresh(),
    Arrives(Delivery(PATH, json.dumps(PRODUCT | {"sku": "T1"}).encode(), "others")),
    Refresh(Kill("silver.written", 1)),
    Compare(),
)


@pytest.mark.slow
def test_a_planted_bug_is_found_and_its_sequence_shrunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = replace(of_seed(1, DECLARED), catalog=needed_for(PRODUCTS), moves=SEQUENCE)
    assert played(one, tmp_path / "well", quietly).wrong == []
    well = Store.since

    def overlooks(store: Store, name: object, version: int | None) -> History:
        return well(store, name, version) if version is None else History([])

    monkeypatch.setattr(Store, "since", overlooks)

    failed = played(one, tmp_path / "wrong", quietly)

    assert any(line.startswith(f"{PRODUCTS}: only in the live lake") for line in failed.wrong)
    assert len(shrunk(failed, tmp_path / "shrunk", quietly).moves) < len(failed.moves)
