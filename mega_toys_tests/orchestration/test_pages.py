"""What the page of an asset tells."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from rich.console import Console

from mega_toys.command.watching import Watching
from mega_toys.domains.commerce.gold.funnel_daily import funnel_daily
from mega_toys.lake.reading.samples import shown_in_samples
from mega_toys.lake.run.found import Found
from mega_toys.orchestration.alerting.wrong import all_wrong
from mega_toys.orchestration.reporting import metadata
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys.orchestration.runs.local import home
from mega_toys.settings import Settings
from mega_toys_tests.lakes import DECLARED, needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import FUNNEL, click
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

PRODUCTS = "commerce.silver.products"
PRODUCT = {
    "sku": "TOY-1",
    "name": "Top",
    "category": "Wood",
    "age_min": 3,
    "list_price_eur": "9.99",
    "launched_on": "2024-01-01",
    "updated_at": "2026-03-10T00:00:00Z",
}
EVENTS, TWO_DAYS = "commerce.bronze.web_events", ((dt.date(2026, 3, 10), dt.date(2026, 3, 11)),)
ORDERS, STANDARD_COSTS = "commerce.bronze.orders", "finance.silver.standard_costs"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(PRODUCTS, FUNNEL, STANDARD_COSTS)) as made:
        yield made


def described(shop: Toys, table: str) -> Any:
    return metadata.described(DECLARED[table], shop.lakehouse)


def test_a_table_tells_its_contract_its_key_and_which_day_its_days_are(shop: Toys) -> None:
    told = described(shop, FUNNEL)
    assert told["read by"] == "analyst, engineer"
    assert told["other domains may read it"] is True
    assert told["fresh within"] == "26 h"
    assert told["contract"] == "1.0.0"
    assert (told["contact"], told["questions"]) == ("commerce-data@toys.example", "#commerce-data")
    assert told["limitations"] == DECLARED[FUNNEL].contract.limitations
    assert "ends" not in told
    assert told["a day is"] == "business day"
    assert described(shop, ORDERS)["a day is"] == "landing day, UTC"
    costs = described(shop, STANDARD_COSTS)
    assert costs["dagster/column_schema"].constraints.other == [
        "key valid_from, sku, effective_from"
    ]


def test_a_field_of_a_source_tells_how_it_is_sent_what_is_valid_and_what_it_means(
    shop: Toys,
) -> None:
    columns = described(shop, "manufacturing.bronze.machine_telemetry")["dagster/column_schema"]
    told = {column.name: column for column in columns.columns}

    assert told["temperature_c"].constraints.other == ["sent as number, optional", "-40 to 250"]
    assert told["temperature_c"].tags["unit"] == "°C"
    assert "producing" in told["status"].constraints.other[1]
    products = described(shop, "commerce.bronze.products")["dagster/column_schema"].columns
    assert {one.name for one in products if not one.description} == set()


@pytest.mark.parametrize("url", [None, "https://git.example.com/{file}#L{line}"])
def test_the_code_of_a_table_is_linked(tmp_path: Path, url: str | None) -> None:
    found = metadata.code_references(funnel_daily, Settings(code_url=url))

    (reference,) = found.code_references
    if url is None:
        assert isinstance(reference, dg.LocalFileCodeReference)
        line = Path(reference.file_path).read_text().splitlines()[(reference.line_number or 0) - 1]
        assert line.startswith("def funnel_daily(")
    else:
        assert isinstance(reference, dg.UrlCodeReference)
        below = "https://git.example.com/mega_toys/domains/commerce/gold/funnel_daily.py#L"
        assert reference.url.startswith(below)


def test_no_sample_is_shown_of_what_is_more_than_internal() -> None:
    for table in DECLARED:
        shown = shown_in_samples(table)
        assert not shown or table.contract.privacy in ("public", "internal")
        assert not any(name.startswith("_") for name in shown)
        columns = table.rows.columns()
        for name in shown:
            assert (columns[name].metadata or {}).get("privacy") in (None, "public", "internal")
    assert not shown_in_samples(DECLARED[ORDERS])


def test_the_event_of_a_table_shows_a_few_of_its_rows(shop: Toys) -> None:
    shop.lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    shop.refresh()

    event = shop.instance.get_latest_materialization_event(dg.AssetKey(PRODUCTS.split(".")))

    assert event is not None
    assert event.asset_materialization is not None
    (row,) = event.asset_materialization.metadata["sample"].records  # type: ignore[union-attr]
    assert row.data["sku"] == "TOY-1"


@pytest.mark.slow
def test_a_source_tells_what_arrived(shop: Toys) -> None:
    click(shop, f"{TODAY}")
    file = f"commerce/web_events/{TODAY}/b.ndjson.gz"
    shop.lake.land(file, "no gzip")
    shop.refresh()

    key = dg.AssetKey(["commerce", "source", "web_events"])
    (record,) = shop.instance.fetch_observations(key, 10).records
    assert record.asset_observation is not None
    told = {name: entry.value for name, entry in record.asset_observation.metadata.items()}

    assert (told["files in all"], told["unreadable in all"], told["empty in all"]) == (2, 1, 0)
    assert (told["files that came"], told["last file"]) == (2, file)

    click(shop, f"{TODAY}", name="later")
    shop.refresh()
    newest = shop.instance.fetch_observations(key, 1).records[0].asset_observation
    assert newest is not None
    numbers = {name: entry.value for name, entry in newest.metadata.items()}
    assert (numbers["files in all"], numbers["unreadable in all"]) == (3, 1)
    assert numbers["files that came"] == 1


@pytest.mark.slow
def test_a_table_that_is_up_to_date_is_made_anew_where_it_is_forced(shop: Toys) -> None:
    shop.lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    shop.refresh()
    table = shop.lake.catalog[PRODUCTS]
    work = shop.lakehouse.work("somebody")
    spoilt = work.store.scan(table.name).with_columns(name=pl.lit("spoilt")).collect()
    work.store.replace_all(work.stored(table), spoilt.lazy(), work.note(table, whole=True))

    key = dg.AssetKey(PRODUCTS.split("."))
    forced = {"ops": {key.to_python_identifier(): {"config": {"force": True}}}}
    for config, name in (({}, "spoilt"), (forced, "Top")):
        result = shop.job.execute_in_process(
            instance=shop.instance, asset_selection=[key], run_config=config
        )
        assert result.success
        assert shop.lake.rows(PRODUCTS)["name"].to_list() == [name]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found(name="x", blocks=False), "Nothing is wrong."),
        (
            Found(name="x", blocks=False, numbers={"rows_looked_at": 1200}),
            "Nothing is wrong among 1,200 rows looked at.",
        ),
        (
            Found(name="x", blocks=False, numbers={"rows_looked_at": 0}),
            "Nothing is wrong: no row is new since the last look.",
        ),
        (
            Found(name="x", blocks=False, rows=3, by_day={TODAY: 3}),
            f"3 found on 1 day ({TODAY}).",
        ),
        (
            Found(name="x", blocks=False, rows=3, tolerated=True),
            "3 found; this is within what the table tolerates.",
        ),
        (
            Found(name="x", blocks=False, not_looked_at=TWO_DAYS, failing=TWO_DAYS),
            "Found earlier on 2 days (2026-03-10…2026-03-11), not looked at since.",
        ),
        (
            Found(name="x", blocks=False, rows=3, not_looked_at=TWO_DAYS),
            "3 found. Found earlier on 2 days (2026-03-10…2026-03-11), not looked at since.",
        ),
    ],
)
def test_a_result_of_a_check_is_a_sentence(found: Found, said: str) -> None:
    assert metadata.sentence(found) == said


@pytest.mark.slow
def test_what_was_found_earlier_is_told_by_every_way_with_its_days(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.lake.checks.look._CHEAP", 0)
    event = {"ts": "2026-03-10T12:00:00Z", "client_id": "c", "event_name": "page_view"}
    for day, more in (("2026-03-10", {"unknown": 1}), ("2026-03-11", {})):
        sent = {"event_id": day, "device": "mobile"} | event | more
        shop.lake.send(f"commerce/web_events/{day}/a.ndjson", sent)
        refreshed = shop.refresh()
    earlier = "ound earlier on 1 day (2026-03-10), not looked at since"

    key = dg.AssetCheckKey(dg.AssetKey(EVENTS.split(".")), "fields_are_known")
    ((evaluation, _),) = latest_results([key], shop.instance).values()
    assert not evaluation.passed
    assert evaluation.description == f"F{earlier}."
    assert evaluation.metadata["days"].value == "2026-03-10"

    code = shop.defs.get_repository_def()
    wrong = {(w.table, w.check): w for w in all_wrong(shop.lakehouse, shop.instance, code)}
    reason = wrong[EVENTS, "fields_are_known"].reason
    assert reason == f"F{earlier}."

    printed = io.StringIO()
    Watching(Console(file=printed, width=300)).summary(refreshed)
    assert f"warning {EVENTS}: fields_are_known (f{earlier})" in printed.getvalue()


def test_a_configuration_of_ours_gets_what_it_lacks_and_another_stays(tmp_path: Path) -> None:
    config = home(tmp_path) / "dagster.yaml"
    made = config.read_text()
    assert "nux:" in made

    older = made.replace("telemetry:\n  enabled: false", "telemetry:\n  enabled: true")
    older = older.replace("nux: # no dialog that asks for an address\n  enabled: false\n", "")
    for text, now in ((older, True), ("telemetry:\n  enabled: true\n", False)):
        config.write_text(text)
        home(tmp_path)
        assert ("nux:" in config.read_text()) is now
        assert "enabled: true" in config.read_text()
