"""What the demo says holds, and can be read at 80 columns."""

import re

import pytest
from rich.console import Console

from mega_toys.command import demo
from mega_toys.lake.reading.reader import Reader
from mega_toys.simulator import simulate
from mega_toys_tests.lakes import Lake
from mega_toys_tests.simulator.conftest import UNTIL

pytestmark = pytest.mark.slow  # five days are simulated and refreshed


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("demo"))
    simulate(lake.landing, days=5, until=UNTIL, scale=0.002, seed=1, faults=0.03)
    lake.refresh()
    return lake


@pytest.fixture(scope="module")
def told(lake: Lake) -> str:
    console = Console(width=80)
    with console.capture() as captured:
        demo.show(console, Reader(lake.store, lake.catalog))
    return captured.get()


def test_no_line_is_longer_than_the_terminal_and_nothing_is_cut(told: str) -> None:
    assert max(map(len, told.splitlines())) <= 80
    assert not re.search(r"\w…", told)


def test_commands_are_named_as_they_can_be_typed(told: str) -> None:
    assert ".venv/bin/mega-toys files --status unreadable" in told
    assert ".venv/bin/mega-toys files --status ignored" in told
    assert "`" not in told


def test_what_is_not_shown_of_the_quarantine_is_counted(lake: Lake, told: str) -> None:
    tables = lake.catalog.from_bronze
    broken = {
        (str(table.name), rule): None
        for table in tables
        for rules in lake.rows(str(table.quarantine), "rules")["rules"]
        for rule in rules
    }
    assert f"in {len(broken) - 6} other pairs" in told


def test_checks_that_warned_are_counted(told: str) -> None:
    assert re.search(r"\d+ checks warned, such as", told)


def test_the_worst_machines_lost_time_has_its_causes(lake: Lake, told: str) -> None:
    found = re.search(
        r"Worst: (\S+) .*?It lost ([\d.]+) h .*?: ([\d.]+) h to (\w+)", told, re.DOTALL
    )
    assert found
    machine, lost_h, hours, cause = found.groups()
    oee = lake.store.scan("manufacturing.gold.oee_daily").filter(machine_id=machine).collect()
    assert float(lost_h) == pytest.approx((oee["pbt_s"] - oee["apt_s"]).sum() / 3600, abs=0.06)
    if cause == "setup":
        assert float(hours) == pytest.approx(oee["asut_s"].sum() / 3600, abs=0.06)


def test_a_record_outside_its_window_may_be_early(told: str) -> None:
    assert "too late" not in told
