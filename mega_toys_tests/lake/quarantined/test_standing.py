"""How quarantined records stand, whoever put what into the landing zone."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared import sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Table
from mega_toys.domains.commerce.bronze.web_events import ReceivedWebEvents
from mega_toys.lake.quarantined.corrections import Claim
from mega_toys.lake.quarantined.decisions import DECISIONS, content_hash
from mega_toys.lake.quarantined.standing import Choice, resolved, standing
from mega_toys.operations.quarantine import dismiss, exported, undo
from mega_toys.operations.rebuild import forget_changed
from mega_toys.operations.replay import deliver
from mega_toys_tests.lakes import Lake, copy_of, needed_for

NAME = "commerce.silver.web_events"
TABLES = needed_for(NAME)
FILE = "commerce/web_events/2026-03-10/a.ndjson"
EVENT = {
    "event_id": "e0", "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip


def faulty(number: int, device: str = "tv") -> dict[str, Any]:
    return EVENT | {"event_id": f"e{number}", "device": device}


def stands(lake: Lake) -> dict[tuple[str, int], str]:
    rows = standing(lake.catalog[NAME], lake.work()).collect()
    return {(row["_file"].rsplit("/")[-1], row["_row"]): row["status"] for row in rows.to_dicts()}


def claim(lake: Lake, row: int, file: str = FILE) -> dict[str, Any]:
    rejected = lake.rows("commerce.quarantine.web_events").filter(_file=file, _row=row)
    return {"file": file, "row": row, "content_hash": content_hash(rejected["record"].item())}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("begun"), TABLES)
    lake.send(FILE, *(faulty(number) for number in range(6)))
    lake.refresh()
    return lake


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def test_a_correction_put_there_by_hand_counts_only_where_it_matches(lake: Lake) -> None:
    right, late = claim(lake, 0), claim(lake, 1)
    day = "commerce/web_events/2026-03-10"
    lake.send(
        f"{day}/by hand.ndjson",
        faulty(0, "mobile") | {"_corrects": right, "_reasons": ["because"]},
        faulty(2, "mobile") | {"_corrects": claim(lake, 2) | {"content_hash": "0"}},
        faulty(3, "mobile") | {"_corrects": claim(lake, 3) | {"row": 99}},
        *(EVENT | {"event_id": f"odd {n}", "_corrects": odd} for n, odd in enumerate(
            (None, 1, "x", "[", [], {}, {"file": 1}, claim(lake, 4) | {"row": "4"},
             claim(lake, 4) | {"row": 2**70}, [claim(lake, 4)]))),
    )  # fmt: skip
    csv = f"event_id,client_id,ts,event_name,device,_corrects\ne1,c,{EVENT['ts']},page_view,mobile,"
    quoted = json.dumps(late).replace('"', '""')
    lake.land("commerce/web_events/2026-03-11/other.csv", f'{csv}"{quoted}"\n')
    lake.land(f"{day}/torn.ndjson", '{"_corrects": {"file": "' + FILE)

    outcomes = lake.refresh()

    expected = {("a.ndjson", row): "open" for row in range(6)} | {("torn.ndjson", 0): "open"}
    expected |= {("a.ndjson", 0): "corrected", ("a.ndjson", 1): "corrected"}
    assert stands(lake) == expected
    checks = {check.name: check for check in outcomes["commerce.bronze.web_events"].checks}
    assert checks["fields_are_known"].passed
    assert not outcomes[NAME].failed
    accounts = lake.rows("lake.row_accounts").filter(table=NAME).select(pl.col(pl.Int64).sum())
    assert accounts.rows() == [(21, 14, 0, 7)]


@pytest.mark.slow
def test_what_is_sent_again_with_other_content_is_open_again(lake: Lake) -> None:
    work = lake.work()
    lake.send(
        "commerce/web_events/2026-03-10/mended.ndjson",
        faulty(0, "mobile") | {"_corrects": claim(lake, 0)},
    )
    assert dismiss(work, Choice(row=1), NAME, "anna", "no matter") == 1
    assert dismiss(work, Choice(row=1), NAME, "anna", "no matter") == 0
    lake.refresh()
    assert stands(lake)["a.ndjson", 0] == "corrected"
    assert stands(lake)["a.ndjson", 1] == "dismissed"

    lake.send(FILE, faulty(0, "phone"), faulty(1, "fax"), faulty(2))
    lake.refresh()

    assert set(stands(lake).values()) == {"open"}
    lake.send(FILE, *(faulty(number) for number in range(6)))
    lake.refresh()
    assert resolved(lake.catalog[NAME], work).height == 2


@pytest.mark.slow
def test_a_dismissed_record_that_is_corrected_after_all_stands_as_corrected(lake: Lake) -> None:
    dismiss(lake.work(), Choice(file=FILE, rule="device_is_valid"), NAME, "anna", "no matter")
    wanted = claim(lake, 2)

    lake.send(f"{FILE}.correction-0001.ndjson", faulty(2, "mobile") | {"_corrects": wanted})
    lake.refresh()

    found = stands(lake)
    assert found.pop(("a.ndjson", 2)) == "corrected"
    assert set(found.values()) == {"dismissed"}


@pytest.mark.slow
def test_what_was_decided_holds_where_a_field_is_typed_otherwise_since(
    lake: Lake, tmp_path: Path
) -> None:
    moods = f"{FILE.rpartition('/')[0]}/moods.ndjson"
    lake.send(moods, *(faulty(number) | {"mood": 1} for number in range(7, 10)))
    lake.refresh()
    of_moods = Choice(file=moods, row=0)
    dismiss(lake.work(), of_moods, NAME, "anna", "no matter")
    (line,) = exported(lake.work(), Choice(file=moods, row=1), NAME, lake.zone)
    mended = tmp_path / "mended.ndjson"
    mended.write_text(line.replace('"tv"', '"mobile"'))
    deliver(mended, lake.zone, lake.work(), "anna")
    lake.refresh()
    before = stands(lake)
    assert [before["moods.ndjson", row] for row in range(3)] == ["dismissed", "corrected", "open"]

    other = Lake(lake.folder, Catalog(map(with_mood, TABLES)))
    forget_changed(other.work(), other.zone)
    other.refresh()

    record = standing(other.catalog[NAME], other.work()).filter(_file=moods, _row=0).collect()
    assert '"mood":"1"' in record["record"].item()
    assert stands(other) == before
    undo(other.work(), of_moods, NAME, "anna", "it matters")
    assert stands(other)["moods.ndjson", 0] == "open"


def test_decisions_of_a_version_that_kept_no_hash_of_the_file_hold_before_any_refresh(
    lake: Lake,
) -> None:
    dismiss(lake.work(), Choice(row=1), NAME, "anna", "no matter")
    older = lake.rows(DECISIONS.name).drop("file_hash")
    shutil.rmtree(lake.store.uri(DECISIONS.name))
    older.write_delta(lake.store.uri(DECISIONS.name), delta_write_options={"partition_by": "table"})

    lake = Lake(lake.folder, lake.catalog)
    assert stands(lake)["a.ndjson", 1] == "dismissed"
    assert undo(lake.work(), Choice(row=1), NAME, "anna", "it matters") == 1
    assert stands(lake)["a.ndjson", 1] == "open"


def with_mood(table: Table) -> Table:
    if table.rows is not ReceivedWebEvents:
        return table
    declared = {"__module__": table.rows.__module__, "mood": sent.text(optional=True)}
    return replace(table, rows=type("ReceivedWebEvents", (ReceivedWebEvents,), declared))


@pytest.mark.parametrize(
    ("file", "chosen"),
    [(FILE, 6), ("*.ndjson", 6), ("commerce/*/a.*", 6), ("a.ndjson", 0), (".*", 0), ("*[a*", 0)],
)
def test_a_file_is_chosen_by_its_whole_path_where_a_star_is_any_text(
    file: str, chosen: int
) -> None:
    rows = pl.LazyFrame({"_file": [FILE] * 6, "status": ["open"] * 6})

    assert Choice(file=file).of(rows).collect().height == chosen


def test_a_hash_does_not_depend_on_the_order_of_fields() -> None:
    assert content_hash('{"a": 1, "b": [2]}') == content_hash('{"b":[2],"a":1}')
    assert content_hash('{"a": 1}') != content_hash('{"a": "1"}')
    assert Claim.of({"file": "f", "row": 0, "content_hash": "h"}) == ("f", 0, "h", None)
