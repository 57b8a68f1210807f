"""How far something long is: done of all, rows a second, time left."""

import datetime as dt
import io
import time

import pytest
from rich.console import Console

from mega_toys.command import watching
from mega_toys.lake.run.progress import Pace, by_days

DAYS = [dt.date(2026, 3, day) for day in (10, 11, 12)]


@pytest.mark.parametrize(
    ("seconds", "many", "done", "told"),
    [
        (10, (30, "day", 300), (0, 0, 0), "0 of 30 days"),
        (9, (30, "day", 300), (6, 60, 900), "6 of 30 days, 100 rows a second, 36 s left"),
        (10, (1, "day", 300), (0, 150, 0), "0 of 1 day, 10 s left"),
        (600, (4, "table"), (3, 0, 0), "3 of 4 tables, 3 min left"),
        (600, (4, "table"), (1, 0, 0), "1 of 4 tables, 30 min left"),
    ],
)
def test_what_is_done_tells_what_is_left(
    seconds: float, many: tuple[int, str, float], done: tuple[int, int, int], told: str
) -> None:
    pace = Pace(*many, began=time.monotonic() - seconds)

    assert pace.told(*done) == told


def test_parts_of_days_are_told_before_they_are_done() -> None:
    said: list[str] = []
    parts = [DAYS[:2], DAYS[2:]]

    for part in by_days(parts, dict.fromkeys(DAYS, 500), said.append):
        said.append(f"did {len(part)}")

    assert said[:2] == ["0 of 3 days (2026-03-10…2026-03-11)", "did 2"]
    assert said[2].startswith("2 of 3 days, ")
    assert said[2].endswith(" rows a second, 0 s left (2026-03-12)")
    assert said[3:] == ["did 1"]


def test_where_no_terminal_is_a_line_is_told_at_times_of_what_takes_over_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, out = [0.0], io.StringIO()
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    with watching.Step(Console(file=out), "waiting") as step:
        for now[0] in (1.0, 3.0, 5.0, 13.5):
            step.say(f"at {now[0]:g}")

    assert [line.split(": ")[1] for line in out.getvalue().split("\n") if line] == [
        "at 3",
        "at 13.5",
    ]
