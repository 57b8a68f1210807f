"""Nothing personal or confidential gets beyond the lake: not to Dagster, a terminal or an alert."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from pydantic import SecretStr

from mega_toys.declared import unnamed
from mega_toys.orchestration.alerting.alerts import alert_sensors
from mega_toys_tests.lakes import command, needed_for
from mega_toys_tests.orchestration.receiver import receiving
from mega_toys_tests.orchestration.toys import QUIET, Toys, toys

MARK = "canary"
CUSTOMER = {
    "customer_id": "C1", "email": f"{MARK}1@example.com", "full_name": f"{MARK}2 name",
    "phone": f"+49 {MARK}3", "birth_date": "1990-01-01", "country": "DE",
    "signed_up_at": "2026-03-01T10:00:00Z", "marketing_consent": True,
    "updated_at": "2026-03-10T10:00:00Z",
}  # fmt: skip
SHIPPING = {
    "full_name": f"{MARK}4", "street": f"{MARK}5", "postcode": f"{MARK}6", "city": f"{MARK}7",
    "country": "DE",
}  # fmt: skip
ORDER = {
    "order_id": "O1", "customer_id": "C1", "placed_at": "2026-03-10T10:00:00Z",
    "updated_at": "2026-03-10T10:00:00Z", "status": "paid", "currency": "EUR", "country": "DE",
    "channel": "web", "shipping": SHIPPING,
    "payment": {"method": f"{MARK}8", "card_last4": f"{MARK}9"},
    "items": [{"line_no": 1, "sku": "S1", "quantity": 1, "unit_price": "9.99", "discount": None}],
}  # fmt: skip

LINE = {
    "entry_id": "L1", "invoice_id": f"{MARK}10", "line_no": 1, "posted_at": "2026-03-10T10:00:00Z",
    "account_id": f"{MARK}11", "sku": f"{MARK}12", "quantity": 1, "unit_price": "9.99",
    "discount": None, "currency": "EUR", "kind": "invoice", "updated_at": "2026-03-10T10:00:00Z",
}  # fmt: skip
CLICK = {
    "event_id": "E1", "client_id": f"{MARK}13", "customer_id": f"{MARK}14", "sku": f"{MARK}15",
    "ts": "2026-03-10T10:00:00Z", "event_name": "page_view", "device": "mobile",
}  # fmt: skip
SENT = {
    "commerce/customers": CUSTOMER, "commerce/orders": ORDER, "commerce/web_events": CLICK,
    "finance/sales_ledger": LINE,
}  # fmt: skip


def spoilt(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record, and it once for each field: gone, of another type, too long, somewhere else."""
    yield record
    for at, name in enumerate(record):
        key, value = next(iter(record.items()))
        other = {key: f"{value}-{at}"}
        yield {**record, **other, name: None}
        yield {**record, **other, name: [f"{MARK} in a list"]}
        yield {**record, **other, name: {"x": f"{MARK} in an object"}}
        word = "long" if name == "order_id" else MARK  # the number of an order is nobody's secret
        yield {**record, **other, name: f"{word} " * 200}
        yield {**record, **other, f"{name}_x": f"{MARK} in an unknown field"}


def deliver(landing: Path) -> None:
    """All data sets in every format, spoilt in every way."""
    for dataset, record in SENT.items():
        folder = landing / dataset / "2026-03-10"
        folder.mkdir(parents=True)
        records = list(spoilt(record))
        text = "".join(f"{json.dumps(one)}\n" for one in records)
        flat = {name: f"{MARK} {value}" for name, value in record.items()}
        (folder / "a.ndjson").write_text(text + f'{{"email": "{MARK} torn\n{MARK}\n')
        (folder / "again.ndjson").write_text(text)
        (folder / "torn.json").write_text(f'[{{"email": "{MARK}"')
        (folder / "odd.json").write_text(f'{{"email": {MARK}}}')
        (folder / "headless.csv").write_text(",".join(flat.values()) + "\n")
        (folder / "quote.csv").write_text(f'"{MARK}1,{MARK}2\n"{MARK}3')
        (folder / "twice.csv").write_text(f"email,email\n{MARK},{MARK}\n")
        (folder / "ragged.csv").write_text(
            ",".join(record) + f"\n{MARK},{MARK}\n" + f"{MARK}," * 40
        )
        (folder / "torn.ndjson.gz").write_bytes(gzip.compress(text.encode())[:-20])
        (folder / "no.parquet").write_bytes(f"PAR1{MARK}".encode())
        (folder / "no.avro").write_bytes(f"Obj\x01{MARK}".encode())
        written = io.BytesIO()
        pl.DataFrame([flat]).write_parquet(written)
        (folder / "texts.parquet").write_bytes(written.getvalue())
        written = io.BytesIO()
        pl.DataFrame([flat]).write_avro(written)
        (folder / "texts.avro").write_bytes(written.getvalue())
        (folder / "foreign.xlsx").write_text(MARK)


def told_by(instance: dg.DagsterInstance) -> Iterator[str]:
    """Everything that Dagster keeps."""
    for run in instance.get_runs():
        yield repr(run)
        for entry in instance.all_logs(run.run_id):
            yield entry.to_json()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    tables = needed_for(
        "commerce.silver.orders", "commerce.silver.order_lines", "commerce.silver.customers",
        "commerce.silver.sessions", "finance.silver.sales_ledger", "commerce.silver.products",
    )  # fmt: skip
    with toys(tmp_path, tables) as made:
        deliver(made.lake.landing)
        yield made


def run(shop: Toys, job: str, op: str, **config: Any) -> None:
    shop.defs.resolve_job_def(job).execute_in_process(
        instance=shop.instance, run_config={"ops": {op: {"config": config}}, **QUIET},
        raise_on_error=False,
    )  # fmt: skip


def alert(shop: Toys) -> list[Any]:
    with receiving() as receiver:
        told = {"alert_webhook": SecretStr(receiver.address)}
        shop.lakehouse.settings = shop.lakehouse.settings.model_copy(update=told)
        (alerts,) = alert_sensors(shop.lakehouse)
        code = shop.defs.get_repository_def()
        alerts(dg.build_sensor_context(instance=shop.instance, repository_def=code))
        return receiver.posted


@pytest.mark.slow
def test_dagster_and_alerts_hold_nothing_personal(shop: Toys) -> None:
    refreshed = shop.refresh()
    for table in (one.replace("/", ".silver.") for one in SENT):
        run(shop, "quarantine_show", "show_quarantined", table=table)
        run(shop, "quarantine_list", "count_quarantined", table=table)
        run(shop, "quarantine_export", "export_quarantined", table=table, output=f"{table}.ndjson")
        run(shop, "quarantine_deliver", "deliver_corrections", file=f"{table}.ndjson", who="w")
    posted = alert(shop)

    quarantined = shop.lake.store.scan("commerce.quarantine.orders").collect()
    assert MARK in quarantined["record"].str.join().item()
    assert posted
    assert MARK not in json.dumps(posted)
    assert MARK not in repr(refreshed.crashed)
    assert [text for text in told_by(shop.instance) if MARK in text] == []
    errors = shop.lake.rows("lake.files", "error").drop_nulls()
    assert errors.height > 5
    assert [text for text in errors.to_series() if MARK in text] == []


@pytest.mark.parametrize(
    ("told", "is_left"),
    [
        ("Expecting ',' delimiter at line 2", "Expecting ',' delimiter at line 2"),
        (f"cannot read '{MARK}' of `email`", "cannot read … of `email`"),
        ("number 4711000 is none", "number … is none"),
    ],
)
def test_of_an_error_signs_and_names_of_columns_stay_and_values_do_not(
    told: str, is_left: str
) -> None:
    assert unnamed.without_values(told, ["email"]) == is_left


@pytest.mark.slow
@pytest.mark.parametrize("how", ["a transform", "a row", "a type", "a lookup"])
def test_what_a_library_says_of_a_failure_names_no_value(
    shop: Toys, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        if how == "a transform":
            pl.Series("email", [f"{MARK}1"]).cast(pl.Int64)
        if how == "a row":
            pl.DataFrame({"x": [f"{MARK}"]}).select(pl.col("x").str.to_date("%Y"))
        if how == "a type":
            int(f"{MARK}")
        return {}[f"{MARK}"]

    monkeypatch.setattr("mega_toys.operations.refresh.build_from_bronze", fails)
    refreshed = shop.refresh()
    shop.materialize("commerce.silver.customers", **{"dagster/partition": "2026-03-10"})

    assert refreshed.crashed
    assert "Error" in refreshed.crashed["commerce.silver.customers"]
    assert MARK not in repr(refreshed.crashed)
    assert MARK not in json.dumps(alert(shop))
    assert [text for text in told_by(shop.instance) if MARK in text] == []


@pytest.mark.slow
def test_a_real_refresh_leaves_nothing_personal_in_its_home_or_on_the_terminal(
    tmp_path: Path,
) -> None:
    deliver(tmp_path / ".mega_toys" / "landing")

    words = (("refresh",), ("status",), ("files",), ("doctor",), ("refresh", "--changed-code"))
    said = [command(*one, folder=tmp_path) for one in words]

    assert "commerce.silver.orders" in said[0].stdout
    for one in said:
        assert MARK not in one.stdout + one.stderr
    home = tmp_path / ".mega_toys" / "dagster"
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    assert [path for path in kept if MARK.encode() in path.read_bytes()] == []
