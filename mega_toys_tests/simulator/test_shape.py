"""The toy company has the shape of a real one."""

import datetime as dt
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pytest

from mega_toys.simulator.catalogue import catalogue, products, quarter_of, standard_costs
from mega_toys.simulator.customers import changes, existing
from mega_toys.simulator.exchange import exchange_rates
from mega_toys.simulator.lots import lot_events
from mega_toys.simulator.machine_shifts import breakdowns, machine_shifts
from mega_toys.simulator.orders import orders, orders_of
from mega_toys.simulator.places import MARKETS, UNITS_PER_EUR
from mega_toys.simulator.plant import factories
from mega_toys.simulator.production import ended_orders
from mega_toys.simulator.readings import telemetry
from mega_toys.simulator.season import campaign
from mega_toys.simulator.stock import opening_stock, stock_movements
from mega_toys.simulator.visits import web_events
from mega_toys.simulator.wholesale import invoiced
from mega_toys.simulator.world import World

WORLD = World(5, 0.01)
TUESDAY = dt.date(2026, 3, 10)
ONE_DAY = dt.timedelta(days=1)


def days(first: dt.date, count: int) -> list[dt.date]:
    return [first + number * ONE_DAY for number in range(count)]


@pytest.mark.slow
def test_sales_follow_the_seasons_of_toys() -> None:
    small, units = World(5, 0.001), np.zeros((2, 4))
    for day in days(dt.date(2025, 1, 1), 365):
        quarter = (day.month - 1) // 3
        units[0, quarter] += orders_of(small, day).quantity.sum()
        units[1, quarter] += invoiced(small, day).quantity.sum()
    shares = units / units.sum(axis=1, keepdims=True) * 100
    assert shares == pytest.approx(np.array([[16, 17, 33, 34]] * 2), abs=2)


def test_weekends_sell_more_on_the_web_and_nothing_to_retailers() -> None:
    week = days(TUESDAY + 20 * ONE_DAY, 7)
    sold = {day.weekday(): len(orders_of(WORLD, day).placed_s) for day in week}
    assert sold[5] > sold[1]
    assert {day.weekday() for day in week if not len(invoiced(WORLD, day).invoice)} == {5, 6}


def test_a_breakdown_announces_itself_in_vibration_and_temperature() -> None:
    rises = []
    for day in days(TUESDAY, 12):
        shifts, broken = machine_shifts(WORLD, day), breakdowns(WORLD, day)
        readings = telemetry(WORLD, day).filter(status="producing")
        for row, minute in zip(broken.row, broken.minute, strict=True):
            if minute < 180:
                continue
            begins = dt.datetime.fromtimestamp(int(shifts.starts_s[row]) + 60 * int(minute), dt.UTC)
            mine = readings.filter(
                pl.col("machine_id") == shifts.machine_ids[row], pl.col("ts") < begins
            )
            just_before = mine.filter(pl.col("ts") > begins - dt.timedelta(minutes=20))
            hours_before = mine.filter(pl.col("ts") < begins - dt.timedelta(hours=2, minutes=30))
            if just_before.height and hours_before.height:
                rises.append(
                    [
                        just_before[name].mean() / hours_before[name].mean()  # type: ignore[operator]
                        for name in ("vibration_mm_s", "temperature_c")
                    ]
                )
    assert len(rises) >= 3
    vibration, temperature = np.array(rises).T
    assert np.all(vibration > 1.5)
    assert np.all(temperature > 1.02)
    assert temperature.mean() > 1.15


def test_a_counter_runs_up_and_restarts() -> None:
    counts = telemetry(WORLD, TUESDAY).sort("machine_id", "ts")["cycle_count"].drop_nulls().diff()
    assert counts.max() is not None
    assert 0 < counts.drop_nulls().filter(counts.drop_nulls() < 0).len() < 200
    assert set(telemetry(WORLD, TUESDAY)["status"]) >= {"producing", "setup", "idle", "off"}


def test_shifts_run_on_the_clock_of_their_factory() -> None:
    zones = dict(factories(WORLD).select("factory_id", "time_zone").iter_rows())
    assert len(zones) >= 3
    working = telemetry(WORLD, TUESDAY).filter(pl.col("status") != "off")
    for (factory_id,), rows in working.group_by("factory_id"):
        first = rows["ts"].dt.convert_time_zone(zones[str(factory_id)]).min()
        assert isinstance(first, dt.datetime)
        assert first.hour == 6


def test_an_order_moves_on_through_its_states() -> None:
    versions = orders(WORLD, TUESDAY)
    assert versions is not None
    lives = versions.sort("order_id", "_at").group_by("order_id", maintain_order=True)
    ways = Counter(tuple(statuses) for statuses in lives.agg("status")["status"].to_list())
    assert set(ways) == {
        ("placed", "paid", "shipped", "delivered"),
        ("placed", "paid", "shipped", "delivered", "returned"),
        ("placed", "cancelled"),
    }
    returned = ways["placed", "paid", "shipped", "delivered", "returned"]
    assert 0.04 < returned / ways.total() < 0.12
    assert versions["_at"].max() - versions["_at"].min() > dt.timedelta(days=7)  # type: ignore[operator]


def test_customers_change_and_some_change_back() -> None:
    first = existing(WORLD, TUESDAY).select("customer_id", "full_name")
    later: defaultdict[str, list[str]] = defaultdict(list)
    for day in days(TUESDAY, 8):
        changed = changes(WORLD, day)
        assert changed is not None
        for customer, name in changed.select("customer_id", "full_name").iter_rows():
            later[customer].append(name)
    versions = [[name, *later[customer]] for customer, name in first.iter_rows()]
    back = [names for names in versions if len(names) == 3 and names[0] == names[2] != names[1]]
    assert len(back) > 3
    assert len(later) > len(back) * 3


def test_a_purchase_names_the_order_and_its_total() -> None:
    events, versions = web_events(WORLD, TUESDAY), orders(WORLD, TUESDAY)
    assert events is not None
    assert versions is not None
    bought = events.filter(event_name="purchase")
    placed = versions.filter(status="placed").select(transaction_id="order_id", items="items")
    joined = bought.join(placed, on="transaction_id")
    assert joined.height == bought.height > 10
    item = pl.element().struct
    total = pl.col("items").list.eval(
        item["quantity"] * item["unit_price"] - item["discount"].fill_null(0)
    )
    assert joined.select((pl.col("value") - total.list.sum()).abs().max()).item() < 0.011
    assert 0.01 < bought.height / events["client_id"].n_unique() < 0.08


def test_a_campaign_brings_visitors_and_orders() -> None:
    month = days(dt.date(2026, 5, 1), 31)
    campaigns = [day for day in month if campaign(WORLD, day)]
    assert len(campaigns) == 4
    before = campaigns[0] - 7 * ONE_DAY
    visits = [web_events(WORLD, day) for day in (campaigns[0], before)]
    sent = [
        frame.filter(utm_source=campaign(WORLD, campaigns[0])).height / frame.height
        for frame in visits
        if frame is not None
    ]
    assert sent[0] > sent[1] + 0.3
    assert len(orders_of(WORLD, campaigns[0]).placed_s) > 1.15 * len(
        orders_of(WORLD, before).placed_s
    )


def test_rates_are_of_banking_days_and_of_every_currency_sold_in() -> None:
    published = [day for day in days(TUESDAY, 7) if exchange_rates(WORLD, day) is not None]
    assert {day.weekday() for day in published} == {0, 1, 2, 3, 4}
    assert {market.currency for market in MARKETS} <= {*UNITS_PER_EUR, "EUR"}
    rates = [exchange_rates(WORLD, day) for day in published]
    assert len({tuple(frame["units_per_eur"]) for frame in rates if frame is not None}) == 5


def test_prices_and_costs_move_and_leave_a_margin() -> None:
    later = TUESDAY + 200 * ONE_DAY
    before, after = (products(WORLD, day) for day in (TUESDAY, later))
    moved = before.join(after, on="sku").filter(
        pl.col("list_price_eur") != pl.col("list_price_eur_right")
    )
    assert moved.height > WORLD.skus / 2
    costs = [standard_costs(WORLD, quarter_of(day)) for day in (TUESDAY, later)]
    assert costs[0]["material_eur"].to_list() != costs[1]["material_eur"].to_list()
    assert set(before["sku"]) <= set(costs[0]["sku"]) == set(catalogue(WORLD).sku)
    total = pl.sum_horizontal("material_eur", "labour_eur", "overhead_eur")
    cost = costs[0].select(total).to_series().to_numpy()
    assert np.all(cost < catalogue(WORLD).list_price_eur(WORLD, TUESDAY) * 0.52)


def test_a_finished_lot_is_traced_to_its_raw_material_and_to_the_warehouse() -> None:
    events, made = lot_events(WORLD, TUESDAY), ended_orders(WORLD, TUESDAY)
    assert events is not None
    parents: defaultdict[str, set[str]] = defaultdict(set)
    for (_,), event in events.group_by("transformation_id"):
        inputs = event["input_quantity_list"].explode(empty_as_null=False).struct["lot_id"]
        for output in event["output_quantity_list"].explode(empty_as_null=False).struct["lot_id"]:
            parents[output] |= set(inputs)
    for lot in made["lot_id"]:
        parts = [parent for parent in parents[lot] if parent.startswith("P-")]
        assert len(parts) == 1
        assert any(raw.startswith("R-RESIN") for raw in parents[parts[0]])
    moved = stock_movements(WORLD, TUESDAY).filter(kind="receipt")
    assert set(moved["lot_id"]) == set(made.filter(pl.col("good_quantity") > 0)["lot_id"])


@pytest.fixture(scope="module")
def month() -> pl.DataFrame:
    """The opening stock of a Tuesday and what moves in four weeks."""
    moved = [stock_movements(WORLD, day).drop("_at") for day in days(TUESDAY, 28)]
    return pl.concat([opening_stock(WORLD, TUESDAY), *moved]).sort("moved_at")


@pytest.mark.slow
def test_stock_lasts_and_is_not_heaped_up(month: pl.DataFrame) -> None:
    stock = opening_stock(WORLD, TUESDAY)["quantity"].sum()
    assert 0.6 * stock < month["quantity"].sum() < 1.8 * stock


@pytest.mark.slow
def test_no_shelf_runs_out_and_no_toy_moves_that_nobody_knows(month: pl.DataFrame) -> None:
    held = month.select(pl.col("quantity").cum_sum().over("sku", "warehouse_id"))
    assert (held["quantity"] >= 0).all()
    assert set(month["sku"]) <= set(products(WORLD, TUESDAY + 27 * ONE_DAY)["sku"])
