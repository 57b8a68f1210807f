"""What fails since data files are gone or others names table, file and way out."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import typer
from rich.console import Console

from mega_toys.command.lake_commands import exit_as
from mega_toys.command.options import COULD_NOT_RUN
from mega_toys.command.watching import Watching
from mega_toys.declared.errors import MegaToysError
from mega_toys.orchestration.runs.looks import something_to_do
from mega_toys.orchestration.runs.missing_events import failed_days
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.test_failures import DAY, log_of
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL), since=TODAY - dt.timedelta(days=3)) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "is_gone"),
    [(EVENTS, True), (EVENTS, False), ("lake.files", True), ("lake.accepted", False)],
)
def test_what_fails_since_a_data_file_is_gone_or_another_names_table_file_and_way_out(
    shop: Toys, name: str, is_gone: bool
) -> None:
    click(shop, DAY, name="a")
    shop.refresh()
    click(shop, DAY, name="b")
    for path in Path(shop.lake.store.uri(name)).rglob("*.parquet"):
        if is_gone:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-9])
    (file, *_) = shop.lake.store.damage(name)

    told = told_by_a_refresh(shop)

    for part in (f"{name} in the lake is damaged", file, f"Put {shop.lake.store.uri(name)} back"):
        assert part in told, told


@pytest.mark.slow
@pytest.mark.parametrize("is_news", [False, True])
def test_a_refresh_that_reads_no_damaged_table_names_it_nonetheless(
    shop: Toys, is_news: bool
) -> None:
    click(shop, DAY, name="a")
    shop.refresh()
    assert not shop.refresh().could_not
    (path, *_) = Path(shop.lake.store.uri(EVENTS)).rglob("part-*.parquet")
    path.unlink()
    if is_news:
        shop.lake.land("notes.txt", "not for us")
    out = io.StringIO()

    refreshed = shop.refresh()
    Watching(Console(file=out, width=200)).summary(refreshed)

    assert refreshed.ignored_files == int(is_news)
    assert not refreshed.crashed
    with pytest.raises(typer.Exit) as ended:
        exit_as(refreshed)
    assert ended.value.exit_code == COULD_NOT_RUN
    assert f"damaged {EVENTS} in the lake is damaged: " in out.getvalue()
    assert f"{path.name} is gone" in out.getvalue()
    assert "up to date" not in out.getvalue()


@pytest.mark.slow
def test_a_damaged_table_and_what_rests_on_it_are_shown_as_failed_until_it_is_mended(
    shop: Toys,
) -> None:
    click(shop, DAY, name="a")
    shop.refresh()
    (path, *_) = Path(shop.lake.store.uri(EVENTS)).rglob("part-*.parquet")
    held = path.rename(path.with_name("held"))
    key, made_of_it = dg.AssetKey(EVENTS.split(".")), dg.AssetKey(FUNNEL.split("."))

    shop.refresh()
    for one, why in ((key, f"{path.name} is gone"), (made_of_it, f"{EVENTS}, on which it rests")):
        assert failed_days(one, shop.instance) == {TODAY}
        (newest,) = shop.instance.fetch_observations(one, limit=1).records
        assert newest.asset_observation
        assert why in (newest.asset_observation.description or "")
    assert not something_to_do(shop.lakehouse, shop.instance)

    held.rename(path)
    shop.refresh()
    assert failed_days(key, shop.instance) == failed_days(made_of_it, shop.instance) == set()
    told = shop.instance.get_latest_materialization_event(key)
    check = dg.AssetCheckKey(key, "accounts_add_up")
    found = shop.instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
    assert told
    assert found[check].run_id == told.run_id  # else the page calls it not executed
    assert not something_to_do(shop.lakehouse, shop.instance)


def told_by_a_refresh(shop: Toys) -> str:
    """What the terminal says, and the log of the run, if it came to one."""
    try:
        (told, *_) = shop.refresh().crashed.values()
    except MegaToysError as error:
        return str(error)
    (failure, *_) = [
        one for one in log_of(shop) if one.dagster_event and one.dagster_event.is_step_failure
    ]
    assert failure.dagster_event
    assert told in (failure.dagster_event.message or "")
    return told
