import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mega_toys.address import Address
from mega_toys.command.doctor import Finding, findings
from mega_toys.lake.store.holder import STUCK_AFTER_S, Holder
from mega_toys.lake.store.store import Store
from mega_toys.settings import Settings
from mega_toys_tests.lakes import Lake, copy_of, needed_for

SESSIONS = "commerce.silver.sessions"  # made from events
EVENTS, BRONZE = "commerce.silver.web_events", "commerce.bronze.web_events"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(EVENTS))
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


@pytest.fixture
def settings(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)  # a refresh in this process sets it
    return Settings(
        landing_root=lake.landing, lake_root=lake.store.root, dagster_home=lake.folder / "home"
    )


def wrong(found: Iterable[Finding]) -> dict[str, str]:
    return {one.what: one.said for one in found if not one.well}


def test_a_set_up_that_is_well_has_nothing_wrong(lake: Lake, settings: Settings) -> None:
    assert wrong(findings(settings, lake.catalog)) == {}


def test_what_is_well_is_told_as_it_is(lake: Lake, settings: Settings) -> None:
    told = {one.what: one.said for one in findings(settings, lake.catalog)}

    assert told["landing zone"] == f"{lake.landing} is readable"
    assert "needed" not in told["Python"]
    assert not any("must" in said for said in told.values())


def test_a_system_that_does_not_answer_as_its_tables_ask_is_named(
    lake: Lake, settings: Settings
) -> None:
    web = Address("mysql://reader@127.0.0.1:1")

    told = wrong(findings(settings.model_copy(update={"sources": {"web": web}}), lake.catalog))

    assert list(told) == ["system web"]
    assert told["system web"].startswith("web: web.events: mysql has no topics")


def test_a_landing_zone_that_is_not_there_is_named(lake: Lake, settings: Settings) -> None:
    lake.landing.rmdir()

    told = wrong(findings(settings, lake.catalog))

    assert told.keys() == {"landing zone"}
    assert "MEGA_TOYS_LANDING_ROOT" in told["landing zone"]


def test_a_home_that_is_a_file_is_named(lake: Lake, settings: Settings) -> None:
    settings.dagster_home.write_text("no folder")

    assert wrong(findings(settings, lake.catalog)).keys() == {"Dagster's home"}


def test_a_table_with_a_torn_log_is_named_with_the_way_out(lake: Lake, settings: Settings) -> None:
    log = Path(Store(lake.store.root).uri(EVENTS), "_delta_log")
    newest = sorted(log.glob("*.json"))[-1]
    newest.write_text('{"add": {"pa')

    told = wrong(findings(settings, lake.catalog))

    assert told.keys() == {"tables"}
    assert EVENTS in told["tables"]
    assert f"Remove {newest}: the next refresh does again what it did." in told["tables"]


def test_a_refresh_that_does_not_go_on_is_told(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.command.doctor.holder", lambda root: Holder(7, 5))
    assert wrong(findings(settings, lake.catalog)) == {}

    monkeypatch.setattr(
        "mega_toys.command.doctor.holder", lambda root: Holder(7, STUCK_AFTER_S + 1)
    )
    assert "process 7" in wrong(findings(settings, lake.catalog))["writer"]


def test_a_landing_file_that_may_not_be_read_is_named_with_the_way_out(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lake.land("commerce/web_events/2026-03-10/a.ndjson", "")
    lake.land("commerce/web_events/2026-03-10/b.ndjson", "")
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, how: path != file and may(path, how))

    told = wrong(findings(settings, lake.catalog))

    assert told.keys() == {"landing zone"}
    assert f"1 path cannot be read, such as {file}: give this user" in told["landing zone"]


def test_a_landing_file_whose_store_fails_is_named_until_it_gives_it(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, opened = lake.land("commerce/web_events/2026-03-10/a.ndjson", ""), Path.open

    def failing(path: Path, *how: Any, **more: Any) -> Any:
        if path == file:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return opened(path, *how, **more)

    with monkeypatch.context() as store:
        store.setattr(Path, "open", failing)
        lake.refresh()
        told = wrong(findings(settings, lake.catalog))

    assert told.keys() == {"landing zone"}
    assert f"{file}: mend their store" in told["landing zone"]
    assert wrong(findings(settings, lake.catalog)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", [BRONZE, EVENTS, "lake.files"])
def test_a_table_that_was_put_back_as_it_was_earlier_is_named_until_the_next_refresh(
    lake: Lake, settings: Settings, name: str
) -> None:
    lake = Lake(lake.folder, needed_for(SESSIONS))
    lake.refresh()
    backup = shutil.copytree(lake.store.uri(name), lake.folder / "backup")
    event = {"event_id": "e1", "client_id": "c1", "ts": "2026-03-10T12:00:00Z"}
    told_of = {"event_name": "page_view", "device": "mobile"}
    lake.send("commerce/web_events/2026-03-10/a.ndjson", event | told_of)
    lake.refresh()
    shutil.rmtree(lake.store.uri(name))
    shutil.copytree(backup, lake.store.uri(name))

    told = wrong(findings(settings, lake.catalog))
    Lake(lake.folder, lake.catalog).refresh()

    assert told.keys() == {"tables"}
    assert name in told["tables"]
    assert "put back as it was" in told["tables"]
    assert wrong(findings(settings, lake.catalog)) == {}
