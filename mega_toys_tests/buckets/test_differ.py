"""The differential tester plays its sequences in a bucket as it does in a folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mega_toys.faults.deliveries import Delivery
from mega_toys.faults.differ import of_seed, played
from mega_toys.faults.mirror import Mirror
from mega_toys.faults.moves import (
    Arrives,
    BackUp,
    Compare,
    Decide,
    Goes,
    Kill,
    Maintain,
    Move,
    PutBack,
    Refresh,
)
from mega_toys.lake.store.place import place_of
from mega_toys.lake.store.store import Store
from mega_toys_tests.lakes import DECLARED, needed_for

BRONZE = "commerce.bronze.products"
PRODUCTS, PATH = "commerce.silver.products", "commerce/products/2026-03-28/a.ndjson"
ORPHAN = "part-00000-0b7e3c1e-6f3c-4b9e-9a5e-1d1f0c6f5a11-c000.zstd.parquet"
PRODUCT = {
    "sku": "T0", "name": "n", "category": "c", "age_min": 3, "list_price_eur": "1",
    "launched_on": "2026-01-01", "updated_at": "2026-03-27T08:00:00Z",
}  # fmt: skip
pytestmark = pytest.mark.parametrize("server", ["moto"], indirect=True)


def arrives(file: str, **fields: object) -> Arrives:
    path = PATH.replace("a.", f"{file}.")
    return Arrives(Delivery(path, json.dumps(PRODUCT | fields).encode(), "new"))


MOVES: tuple[Move, ...] = (
    arrives("a"),
    arrives("b", sku="T1", age_min="many"),  # quarantined
    Refresh(),
    BackUp(PRODUCTS),
    arrives("a", name="m"),
    Refresh(Kill("silver.written")),
    Decide("correct", PRODUCTS, 3),
    Maintain(40, Kill("maintain.swept")),
    PutBack(PRODUCTS),
    Goes(PATH),
    Compare(),
)


@pytest.mark.slow
def test_a_sequence_is_played_in_the_bucket_and_leaves_nothing_there(
    address: str, tmp_path: Path
) -> None:
    one = replace(of_seed(1, DECLARED), catalog=needed_for(PRODUCTS), moves=MOVES)
    place, table = place_of(address), f"lake/home/{PRODUCTS.replace('.', '/')}"
    there, orphaned = set[str](), list[bool]()

    def look(text: str) -> None:
        there.update(entry.path for entry in place.below(table))
        orphaned.append(place.look(f"{table}/{ORPHAN}") is not None)
        if "quarantine correct" in text:  # the next one but one maintains
            place.put_new({f"{table}/{ORPHAN}": b"x"})

    done = played(one, tmp_path / "lake", look, address)

    assert done.wrong == [], done
    assert (done.kills, done.compared) == (2, 1)
    assert len(there) > 2
    assert orphaned == [False] * 7 + [True] + [False] * 3
    assert not list(place.below(""))


@pytest.mark.slow
def test_a_version_that_is_noted_is_renewed_in_the_bucket_once_the_next_commit_is_old(
    address: str, tmp_path: Path
) -> None:
    moves: tuple[Move, ...] = (
        arrives("a"), Refresh(), arrives("a", name="m"), Refresh(), Maintain(9),
        Maintain(4), Refresh(), Compare(),
    )  # fmt: skip
    one = replace(of_seed(1, DECLARED), catalog=needed_for(PRODUCTS), moves=moves)
    behind = list[int]()

    def look(text: str) -> None:
        store = Store(f"{address}/lake/home")
        if state := store.state(PRODUCTS):
            behind.append(store.version(BRONZE) - state.reads[BRONZE])

    done = played(one, tmp_path / "lake", look, address)

    assert done.wrong == [], done
    assert behind == [0, 0, 0, 2, 2, 0]  # a vacuum's commits are no news


def test_a_mirror_fetches_and_sends_what_changed(address: str, tmp_path: Path) -> None:
    place, mirror = place_of(address), Mirror(address, tmp_path)
    place.put_new({"a/1": b"1", "a/2": b"2"})
    mirror.fetch()
    assert (tmp_path / "a/1").read_bytes() == b"1"
    before = place.look("a/1")

    (tmp_path / "a/2").write_bytes(b"two")
    (tmp_path / "a/3").write_bytes(b"3")
    mirror.send()
    assert place.look("a/1") == before
    assert (place.read("a/2"), place.read("a/3")) == (b"two", b"3")

    (tmp_path / "a/1").unlink()
    mirror.send()
    place.remove("a/2")
    mirror.fetch()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["3"]
    assert [entry.path for entry in place.below("")] == ["a/3"]
