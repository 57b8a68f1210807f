"""What the simulator says it delivered and planted is what an independent reader finds."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from mega_toys.simulator import Fault, Ignored
from mega_toys_tests.simulator.conftest import Delivered

pytestmark = pytest.mark.slow  # two simulations are read by the oracle

REJECTED = (
    Fault.MISSING_FIELD, Fault.NULL_FIELD, Fault.WRONG_TYPE, Fault.OUT_OF_RANGE, Fault.TORN_LINE,
    Fault.NOT_JSON, Fault.RAGGED_ROW, Fault.TOO_LATE, Fault.FUTURE,
)  # fmt: skip


def received(delivered: Delivered) -> Counter[tuple[str, dt.date]]:
    landed = [(file.folder, file.landing_day, len(file.records)) for file in delivered.files]
    found: Counter[tuple[str, dt.date]] = Counter()
    for folder, day, records in landed:
        if records:
            assert day is not None
            found[folder, day] += records
    return +found


def quarantined(delivered: Delivered) -> Counter[tuple[str, dt.date, str]]:
    found: Counter[tuple[str, dt.date, str]] = Counter()
    for table, rows in delivered.silver.tables.items():
        if ".quarantine." in table:
            for row in rows:
                folder = "/".join(row["_file"].split("/")[:2])
                found.update((folder, row["_landed_on"], rule) for rule in row["rules"])
    return found


def test_without_faults_nothing_is_quarantined_and_every_file_is_loaded(clean: Delivered) -> None:
    assert not clean.silver.quarantine_counts
    assert {file.status for file in clean.files} == {"loaded"}
    assert not clean.truth.faults
    assert not clean.truth.broken_files


def test_every_dataset_is_delivered(clean: Delivered) -> None:
    assert len({file.folder for file in clean.files}) == 15
    assert all(rows for name, rows in clean.silver.tables.items() if ".quarantine." not in name)


def test_records_received_are_those_counted(clean: Delivered, faulty: Delivered) -> None:
    assert received(clean) == +clean.truth.received
    assert received(faulty) == +faulty.truth.received


def test_every_planted_fault_is_quarantined_on_its_day_by_its_rule(faulty: Delivered) -> None:
    planted: Counter[tuple[str, dt.date, str]] = Counter()
    for at, count in faulty.truth.faults.items():
        if at.rule:
            planted[at.dataset, at.landed_on, at.rule] += count
    assert quarantined(faulty) == planted


def test_every_kind_of_fault_is_planted(faulty: Delivered) -> None:
    assert {at.fault for at in faulty.truth.faults} == set(Fault)
    assert {at.fault for at in faulty.truth.faults if at.rule} == set(REJECTED)


def test_faults_are_planted_at_the_chosen_rate(faulty: Delivered) -> None:
    planted = faulty.truth.faults.total() - faulty.truth.planted(Fault.UNKNOWN_KEY)
    assert 0.04 < planted / faulty.truth.received.total() < 0.06


def test_unreadable_files_are_those_that_were_broken(faulty: Delivered) -> None:
    bad = {file.path for file in faulty.files if file.status in ("unreadable", "empty")}
    assert bad == set(faulty.truth.broken_files)
    assert len(bad) > 3


def test_ignored_files_are_those_that_strayed_in(faulty: Delivered) -> None:
    ignored = {file.path for file in faulty.files if file.status == "ignored"}
    assert ignored == set(faulty.truth.ignored_files)
    assert set(faulty.truth.ignored_files.values()) == set(Ignored)


def test_files_that_were_sent_again_count_with_their_last_content(faulty: Delivered) -> None:
    assert len(faulty.truth.sent_again) > 3
    landed = {file.path: file.landing_day for file in faulty.files}
    assert all(landed[path] < day for path, day in faulty.truth.sent_again.items())  # type: ignore[operator]


def test_events_have_no_other_duplicates_than_the_planted_ones(faulty: Delivered) -> None:
    for table, folder in (
        ("manufacturing.silver.machine_readings", "manufacturing/machine_telemetry"),
        ("commerce.silver.web_events", "commerce/web_events"),
        ("safety.silver.lot_events", "safety/lot_events"),
    ):
        accounts = [row for row in faulty.silver.accounts if row["table"] == table]
        planted = sum(n for (dataset, _), n in faulty.truth.duplicates.items() if dataset == folder)
        assert sum(row["duplicates"] for row in accounts) == planted


def test_a_machine_unknown_at_first_is_accepted_once_it_is_registered(faulty: Delivered) -> None:
    assert faulty.truth.planted(Fault.UNKNOWN_KEY) > 100
    assert not any(row["rule"] == "machine_id_is_known" for row in faulty.silver.quarantine_counts)


def test_the_truth_is_saved_as_json(faulty: Delivered, tmp_path: Path) -> None:
    faulty.truth.save(tmp_path / "truth.json")
    saved = json.loads((tmp_path / "truth.json").read_text())
    assert sum(row["records"] for row in saved["received"]) == faulty.truth.received.total()
    assert sum(row["count"] for row in saved["faults"]) == faulty.truth.faults.total()
    assert {row["machine_id"] for row in saved["breakdowns"]} == {
        one.machine_id for one in faulty.truth.breakdowns
    }
