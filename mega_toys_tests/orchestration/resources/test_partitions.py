import datetime as dt
from pathlib import Path

from mega_toys.orchestration.resources.partitions import first_day
from mega_toys.settings import Settings
from mega_toys_tests.lakes import Lake, needed_for


def settings(folder: Path, first: dt.date | None = None) -> Settings:
    return Settings(landing_root=folder, lake_root=str(folder / "lake"), first_day=first)


def test_the_first_day_shown_is_the_first_that_a_delivery_can_reach(tmp_path: Path) -> None:
    for day in ("2026-03-12", "2026-03-10", "1970-01-01", "last tuesday"):
        (tmp_path / "commerce/orders" / day).mkdir(parents=True)

    assert first_day(settings(tmp_path)) == dt.date(2026, 3, 7)


def test_the_first_day_that_is_set_wins(tmp_path: Path) -> None:
    (tmp_path / "commerce/orders/2026-03-12").mkdir(parents=True)

    assert first_day(settings(tmp_path, dt.date(2026, 1, 1))) == dt.date(2026, 1, 1)


def test_where_the_landing_zone_is_away_the_first_day_is_that_of_the_files_taken_in(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path, needed_for("commerce.bronze.web_events"))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", {})
    lake.refresh()
    there = Settings(landing_root=lake.landing, lake_root=lake.store.root)
    lake.landing.rename(tmp_path / "away")

    assert first_day(there) == dt.date(2026, 3, 7)


def test_a_year_is_shown_before_anything_was_delivered(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()

    assert first_day(settings(tmp_path / "nothing")) == today - dt.timedelta(days=365)
