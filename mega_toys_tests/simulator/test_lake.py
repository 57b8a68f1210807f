"""A lake that is refreshed while the toy company delivers holds what the simulator counted."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from mega_toys.lake.own.files import newest
from mega_toys.simulator import simulate
from mega_toys_tests.lakes import DECLARED, Lake, needed_for
from mega_toys_tests.simulator.conftest import UNTIL

FIRST, MORE = 4, 4


def landed(path: str) -> dt.date:
    return dt.date.fromisoformat(path.split("/")[2])


@pytest.mark.slow
def test_a_lake_refreshed_in_between_holds_the_truth(tmp_path: Path) -> None:
    bronze = needed_for(*(str(table.name) for table in DECLARED.bronze))
    lake, received, sent_again = Lake(tmp_path, bronze), Counter[tuple[str, dt.date]](), set[str]()
    ends = UNTIL - dt.timedelta(days=MORE)
    for days, until in ((FIRST, ends), (MORE, UNTIL)):
        truth = simulate(lake.landing, days=days, until=until, scale=0.0005, seed=3, faults=0.05)
        lake.refresh()
        received.update(truth.received)
        sent_again |= {path for path, on in truth.sent_again.items() if landed(path) <= ends < on}

    assert sent_again
    for table in lake.catalog.bronze:
        dataset = f"{table.name.domain}/{table.name.table}"
        counted = {day: n for (name, day), n in received.items() if name == dataset and n}
        assert lake.store.rows_by_day(lake.work().stored(table)) == counted, dataset
    versions = lake.rows("lake.files", "path")["path"].to_list()
    assert all(versions.count(path) == 2 for path in sent_again)
    seen = newest(lake.store.scan("lake.files")).filter(status="ignored").collect()
    assert seen.height > 0
