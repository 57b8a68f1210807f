"""Mended records are delivered beside what they correct; wrong ones are refused with the reason."""

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mega_toys.declared.errors import CorrectionError
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice, standing
from mega_toys.lake.store.store import Store
from mega_toys.operations.quarantine import exported
from mega_toys.operations.replay import Delivered, deliver
from mega_toys_tests.dying import DiedError, Dying
from mega_toys_tests.lakes import Lake, files_below, needed_for

NAME = "commerce.silver.web_events"
TABLES = needed_for(NAME)
DAY = "commerce/web_events/2026-03-10"
EVENT = {
    "event_id": "e0", "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "tv", "page": "/\u2028 木", "quantity": 2**70,
}  # fmt: skip
Record = dict[str, Any]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("lake"), TABLES)
    lake.send(f"{DAY}/a [1].ndjson", EVENT, EVENT | {"event_id": "e1"})
    lake.send(f"{DAY}/late/a.ndjson", EVENT | {"event_id": "e2", "quantity": 1}, EVENT)
    lake.land(f"{DAY}/late/b.ndjson", '{"torn')
    lake.refresh()
    return lake


def export(lake: Lake, **chosen: Any) -> list[Record]:
    return [json.loads(line) for line in exported(lake.work(), Choice(**chosen), NAME, lake.zone)]


def mended(record: Record, **told: Any) -> Record:
    return record | {"device": "mobile", "quantity": 1, **told}


def delivered(lake: Lake, *lines: Record | str, store: Store | None = None) -> Delivered:
    file = lake.folder / "mended.ndjson"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(f"{text}\n" for text in texts))
    return deliver(file, lake.zone, lake.work(store), "anna")


def test_an_export_has_the_record_as_received_with_reasons_and_what_it_corrects(lake: Lake) -> None:
    found = {one["_corrects"]["file"] + str(one["_corrects"]["row"]): one for one in export(lake)}

    first = found[f"{DAY}/a [1].ndjson0"]
    assert first | EVENT == first
    assert len(first["_reasons"]) == 2
    assert set(found[f"{DAY}/late/b.ndjson0"]) == {"_reasons", "_corrects"}
    assert '{"torn' in found[f"{DAY}/late/b.ndjson0"]["_reasons"][0]


Mend = Callable[[Record], Record | str]
WRONG: list[tuple[str, Mend]] = [
    ("is no JSON object", lambda r: '{"torn'),
    ("is no JSON object", lambda r: "[]"),
    ("is no JSON object", lambda r: '{"a": NaN}'),
    ("lacks `_corrects` with `file`, `row`, `content_hash`", lambda r: {"event_id": "e"}),
    ("is not in the quarantine", lambda r: mended(r, _corrects=r["_corrects"] | {"row": 7})),
    ("export it again", lambda r: mended(
        r, _corrects=r["_corrects"] | {"content_hash": "0", "file_hash": "0"})),
    ("which is no dataset", lambda r: mended(r, _corrects=r["_corrects"] | {"file": "a/b/c/d"})),
    ("which is no dataset", lambda r: mended(r, _corrects=r["_corrects"] | {"file": "x"})),
    ("is not in the quarantine", lambda r: mended(r, _corrects=r["_corrects"] | {
        "file": "commerce/customers/2026-03-10/a.ndjson"})),
    ("record of another dataset", lambda r: {"lot_id": 1, "_corrects": r["_corrects"]}),
    ("as a line before it does", mended),
    ("1 are unchanged", lambda r: r),
]  # fmt: skip


@pytest.mark.parametrize(("told", "mend"), WRONG, ids=[told for told, _ in WRONG])
def test_one_wrong_line_delivers_nothing_and_is_told(lake: Lake, told: str, mend: Mend) -> None:
    right, other, *_ = export(lake, file=f"{DAY}/a*")
    before = files_below(lake.landing)
    lines = [mended(right if mend is mended else other), mend(right)]
    if "unchanged" in told:
        del lines[0]

    with pytest.raises(CorrectionError, match=told):
        delivered(lake, *lines)

    assert files_below(lake.landing) == before
    assert lake.rows(DECISIONS.name).is_empty()


@pytest.mark.slow
def test_corrections_of_a_file_with_a_long_name_land_all_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, TABLES)
    lake.send(f"{DAY}/a.ndjson", EVENT)
    lake.send(f"{DAY}/{'ü' * 120}.ndjson", EVENT | {"event_id": "e1"})
    lake.refresh()
    lines = [mended(one) for one in export(lake)]
    before = sorted(lake.landing.rglob("*"))
    link, linked = os.link, iter([True, False])

    def full(*paths: Any) -> None:
        if not next(linked):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        link(*paths)

    with monkeypatch.context() as disk:
        disk.setattr(os, "link", full)
        with pytest.raises(CorrectionError, match="cannot be made: No space left"):
            delivered(lake, *lines)
    assert sorted(lake.landing.rglob("*")) == before
    assert lake.rows(DECISIONS.name).is_empty()

    files = delivered(lake, *lines).files
    assert f"{DAY}/a.ndjson.correction-0001.ndjson" in files
    long = next(file for file in files if "ü" in file)
    assert re.fullmatch(f"{DAY}/ü{{50}}ý[0-9a-f]{{16}}.correction-0001.ndjson", long)
    assert long.encode() > f"{DAY}/{'ü' * 120}.ndjson".encode()  # received later
    with pytest.raises(CorrectionError, match="2 were delivered before"):
        delivered(lake, *lines)
    lake.refresh()
    assert lake.rows(NAME).height == len(lines)


@pytest.mark.slow
def test_a_delivery_that_died_is_finished_by_the_next_and_lands_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path, TABLES)
    lake.send(f"{DAY}/a.ndjson", EVENT, EVENT | {"event_id": "e1"})
    lake.refresh()
    first, second = export(lake)
    lines = mended(first), mended(second)
    with pytest.raises(DiedError):
        delivered(lake, *lines, store=Dying(lake.store.root, before=DECISIONS.name))
    landed = files_below(lake.landing)

    done = delivered(lake, *lines)

    assert (done.files, done.records, done.again) == ([], 0, 2)
    assert files_below(lake.landing) == landed
    assert [str(path) for path in landed] == [
        f"{DAY}/a.ndjson", f"{DAY}/a.ndjson.correction-0001.ndjson"
    ]  # fmt: skip
    decisions = lake.rows(DECISIONS.name, "_row", "decision", "who", "table")
    assert decisions.rows() == [(row, "corrected", "anna", NAME) for row in (0, 1)]
    with pytest.raises(CorrectionError, match="2 were delivered before"):
        delivered(lake, *lines)
    with pytest.raises(CorrectionError, match="awaits `mega-toys refresh`"):
        delivered(lake, mended(first, device="tablet"))

    lake.refresh()

    with pytest.raises(CorrectionError, match=r"was corrected before, by .*correction-0001"):
        delivered(lake, mended(first, device="tablet"))
    assert lake.rows(NAME, "event_id", "device").rows() == [("e0", "mobile"), ("e1", "mobile")]


@pytest.mark.slow
def test_a_wrong_correction_is_itself_open_and_can_be_corrected(tmp_path: Path) -> None:
    lake = Lake(tmp_path, TABLES)
    lake.send(f"{DAY}/sub/a.ndjson", EVENT)
    lake.refresh()
    (first,) = export(lake)
    delivered(lake, mended(first, device="fax"))
    lake.refresh()
    (wrong,) = export(lake)
    assert wrong["_corrects"]["file"] == f"{DAY}/sub/a.ndjson.correction-0001.ndjson"

    done = delivered(lake, mended(wrong))
    lake.refresh()

    assert done.files == [f"{DAY}/sub/a.ndjson.correction-0001.ndjson.correction-0001.ndjson"]
    rows = standing(lake.catalog[NAME], lake.work()).collect()
    assert rows["status"].to_list() == ["corrected", "corrected"]
    assert export(lake) == []
