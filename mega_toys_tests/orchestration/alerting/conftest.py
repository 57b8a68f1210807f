"""A lakehouse whose alerts a receiver is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.receiver import Receiver, receiving
from mega_toys_tests.orchestration.toys import Toys, toys

UI = "https://lake.example/ui"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for("commerce.silver.web_events")) as made:
        yield made


@pytest.fixture
def receiver(shop: Toys, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr("mega_toys.orchestration.alerting.webhook._WAITS_S", ())
    with receiving() as webhook:
        told = {"alert_webhook": SecretStr(webhook.address), "ui_url": UI + "/"}
        shop.lakehouse.settings = shop.lakehouse.settings.model_copy(update=told)
        yield webhook
