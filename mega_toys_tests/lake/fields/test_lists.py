"""Lists of plain values: each value is judged like a field of its own."""

from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from mega_toys.declared import columns, sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import LANDING, Dataset
from mega_toys.declared.described import valid_in
from mega_toys.declared.table import Bronze, Reference
from mega_toys.lake.fields.valid import stored, stored_type
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations.quarantine import explained
from mega_toys_tests.lakes import Lake

TAGS = sent.values(sent.text("red", "blue"))
OWNER = Contract(owner="tests")


@pytest.mark.parametrize(
    ("declared", "text", "kept"),
    [
        (TAGS, '["red", "BLUE"]', ["red", "blue"]),
        (TAGS, '["green"]', None),
        (TAGS, '["red", null]', None),
        (TAGS, '[["red"]]', None),
        (TAGS, "[]", None),
        (sent.values(sent.whole(1, 5), may_be_empty=True), "[]", []),
        (sent.values(sent.whole(1, 5)), '[1, "5"]', [1, 5]),
        (sent.values(sent.whole(1, 5)), "[6]", None),
        (sent.values(sent.number(optional=True)), "[1.5, null]", [1.5, None]),
    ],
)
def test_a_list_of_plain_values_is_kept_where_each_is_valid(
    declared: dy.Column, text: str, kept: list[Any] | None
) -> None:
    field = sent.of(declared)
    assert field is not None

    for many in (1, 500):
        found = pl.DataFrame({"sent": [text] * many}).select(stored(pl.col("sent"), field))

        assert found["sent"].dtype == stored_type(field)
        assert found["sent"].to_list() == [kept] * many


class ReceivedNuts(sent.Received):
    """A nut."""

    __module__ = "x.stock.bronze.nuts"
    nut = sent.text()
    tags = TAGS


class Nuts(columns.Accepted):
    """A nut now."""

    __module__ = "x.stock.silver.nuts"
    nut = dy.String(primary_key=True)
    tags = dy.List(dy.String())


def nuts(received: dy.LazyFrame[ReceivedNuts]) -> pl.LazyFrame:
    return received


def test_lists_of_plain_values_come_from_any_format_and_say_which_value_is_wrong(
    tmp_path: Path,
) -> None:
    bronze = Bronze(
        rows=ReceivedNuts, dataset=Dataset(key=("nut",), sequence=LANDING), contract=OWNER
    )
    silver = Reference(rows=Nuts, received_from=ReceivedNuts, build=nuts, contract=OWNER)
    lake = Lake(tmp_path, Catalog([bronze, silver]))
    day = "stock/nuts/2026-03-10"
    lake.send(f"{day}/a.ndjson", {"nut": "a", "tags": ["red"]}, {"nut": "x", "tags": ["red", "no"]})
    lake.land(f"{day}/b.csv", 'nut,tags\nb,"[""blue"",""red""]"\n')
    (lake.landing / day).mkdir(exist_ok=True, parents=True)
    pl.DataFrame({"nut": ["c"], "tags": [["blue"]]}).write_parquet(lake.landing / day / "c.parquet")

    outcomes = lake.refresh()

    assert not any(outcome.failed for outcome in outcomes.values())
    rows = lake.rows(str(silver.name), "nut", "tags").rows()
    assert rows == [("a", ["red"]), ("b", ["blue", "red"]), ("c", ["blue"])]
    told = str(explained(lake.work(), Choice(), str(silver.name), lake.zone).to_dicts())
    assert "`tags[1]` is `no`: it must be one of red, blue." in told
    assert valid_in(bronze.fields["tags"]) == "of text (red, blue)"
