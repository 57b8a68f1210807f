"""Events that landed outside their window are let in on purpose, and taken back."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.errors import MegaToysError
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.reading.by_name import names
from mega_toys.operations import quarantine
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lakes import Lake, copy_of, needed_for

FUNNEL = "commerce.gold.funnel_daily"
SILVER = "commerce.silver.web_events"
REJECTED = "commerce.quarantine.web_events"
FOLDER = "commerce/web_events/2026-03-20"
EARLY, TIMELY = "2026-03-10", "2026-03-19"
OF_THE_RUN = (
    "quarantined_at", "_ingested_at", "ingested_at", "refreshed_at", "inode", "changed_ns",
    "modified_ns",
)  # fmt: skip


def event(name: str, day: str, **told: Any) -> dict[str, Any]:
    return {
        "event_id": name, "client_id": "c", "ts": f"{day}T12:00:00Z", "event_name": "page_view",
        "device": "mobile", **told,
    }  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A gateway delivered what it had buffered: two late events, one of an unknown device too."""
    lake = Lake(tmp_path_factory.mktemp("begun"), needed_for(FUNNEL))
    lake.send(f"commerce/web_events/{EARLY}/a.ndjson", event("known", EARLY))
    again, odd = event("known", EARLY, page="/again"), event("tv", EARLY, device="tv")
    lake.send(f"{FOLDER}/b.ndjson", event("timely", TIMELY), event("late", EARLY), again, odd)
    lake.refresh()
    return lake


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path / "lake")


def admit(lake: Lake, **chosen: Any) -> int:
    return quarantine.admit(lake.work(), Choice(**chosen), SILVER, "somebody", "it was offline")


def events(lake: Lake) -> list[tuple[str, str]]:
    rows = lake.rows(SILVER).select(pl.col("day").cast(pl.String), "event_id")
    return sorted(rows.rows())


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    kept = [name for name in names(lake.catalog) if name not in ("lake.files", "lake.days")]
    found = {name: lake.rows(name).drop(OF_THE_RUN, strict=False) for name in kept}
    return {name: rows.sort(pl.struct(pl.all())) for name, rows in found.items()}


def anew(lake: Lake, folder: Path) -> Lake:
    """A lake made at once of the same landing zone and the same decisions."""
    made = Lake(folder, lake.catalog)
    shutil.copytree(lake.landing, made.landing, dirs_exist_ok=True)
    decided = Path(*DECISIONS.name.split("."))
    shutil.copytree(Path(lake.store.root) / decided, Path(made.store.root) / decided)
    made.refresh()
    return made


def differing(lake: Lake, before: dict[str, pl.DataFrame]) -> set[str]:
    return {name for name, rows in content(lake).items() if not rows.equals(before[name])}


@pytest.mark.slow
def test_admitted_events_lie_on_their_business_day_and_a_lake_made_anew_has_them_there(
    lake: Lake, tmp_path: Path
) -> None:
    assert admit(lake) == 3
    lake.refresh()

    assert events(lake) == [(EARLY, "known"), (EARLY, "late"), (TIMELY, "timely")]
    assert lake.rows(REJECTED).select(pl.col("day").cast(pl.String), "rules").rows() == [
        (EARLY, ["device_is_valid"])
    ]
    assert lake.rows(FUNNEL)["sessions"].sum() == 2
    accounts = lake.rows("lake.row_accounts").filter(pl.col("table") == SILVER).sort("day")
    counts = accounts.select("received", "accepted", "duplicates", "quarantined")
    assert counts.rows() == [(4, 2, 1, 1), (1, 1, 0, 0)]
    assert differing(lake, content(anew(lake, tmp_path / "anew"))) == set()


@pytest.mark.slow
def test_what_is_taken_back_is_as_before(lake: Lake, tmp_path: Path) -> None:
    before = content(lake)
    admit(lake, row=1)
    lake.refresh()
    assert quarantine.undo(lake.work(), Choice(), SILVER, "somebody", "no") == 1
    assert quarantine.undo(lake.work(), Choice(), SILVER, "somebody", "no") == 0
    lake.refresh()

    assert differing(lake, before) == {DECISIONS.name}
    assert differing(lake, content(anew(lake, tmp_path / "anew"))) == set()


@pytest.mark.slow
def test_an_admission_holds_for_the_record_as_it_was_sent(lake: Lake, tmp_path: Path) -> None:
    admit(lake, row=1)
    lake.refresh()
    lake.send(f"{FOLDER}/b.ndjson", event("timely", TIMELY), event("late", EARLY, page="/other"))
    lake.refresh()

    assert events(lake) == [(EARLY, "known"), (TIMELY, "timely")]
    assert differing(lake, content(anew(lake, tmp_path / "anew"))) == set()


@pytest.mark.slow
def test_whenever_the_admission_dies_the_next_refresh_does_all_of_it_or_nothing(
    lake: Lake, tmp_path: Path
) -> None:
    with ending_at("decisions.written"):
        admit(lake, row=1)
    lake.refresh()
    lake.refresh()

    assert (EARLY, "late") in events(lake)
    assert differing(lake, content(anew(lake, tmp_path / "anew"))) == set()


def test_a_dismissal_beside_an_admission_leaves_it_as_it_is(lake: Lake) -> None:
    admit(lake, row=3)
    lake.refresh()
    assert quarantine.dismiss(lake.work(), Choice(), SILVER, "somebody", "a tv") == 3
    lake.refresh()

    days = lake.rows(REJECTED).filter(pl.col("_row") == 3)["day"].cast(pl.String).to_list()
    assert days == [EARLY]


def test_what_has_no_window_can_not_be_admitted(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.orders"))
    lake.refresh()
    with pytest.raises(MegaToysError, match="landed_within_window"):
        quarantine.admit(lake.work(), Choice(), "commerce.silver.orders", "somebody", "why")
