"""What is posted arrives, or is told as an error that does not name the address."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from mega_toys.declared.errors import LakeError, SettingsError
from mega_toys.orchestration.alerting.webhook import post
from mega_toys.settings import Settings
from mega_toys_tests.orchestration.receiver import Receiver, receiving

SECRET = "T0KEN"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mega_toys.orchestration.alerting.webhook._WAITS_S", (0.01, 0.01))


def test_a_message_arrives_as_json() -> None:
    with receiving() as receiver:
        post(receiver.address, {"text": "é"})

    assert receiver.posted == [{"text": "é"}]


def test_an_http_error_is_tried_again() -> None:
    with receiving(500, 429) as receiver:
        post(receiver.address, {"text": "x"})

    assert receiver.posted == [{"text": "x"}]


@pytest.mark.parametrize("drop", [b"x", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_receiver_that_answers_bit_by_bit_is_not_waited_for(
    drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.orchestration.alerting.webhook._WHOLE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=dripping, args=(server, drop), daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(LakeError, match="TimeoutError"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}", {"text": "x"})
    assert time.monotonic() - begun < 4


def dripping(server: socket.socket, drop: bytes) -> None:
    """Answer whoever connects, bit by bit, for as long as they listen."""
    with suppress(OSError):
        while True:
            threading.Thread(target=drip, args=(server.accept()[0], drop), daemon=True).start()


def drip(connection: socket.socket, drop: bytes) -> None:
    """Answer one, for some seconds at most."""
    with suppress(OSError), connection:
        for _ in range(40):
            connection.sendall(drop)
            time.sleep(0.1)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_counts_as_not_sent(code: int) -> None:
    with (
        receiving() as other,
        receiving(*[code] * 9, location=other.address) as receiver,
        pytest.raises(LakeError, match=f"HTTP {code}"),
    ):
        post(receiver.address, {"text": "x"})

    assert (other.posted, other.asked) == ([], 0)


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:1/{SECRET}",
        f"http://{SECRET}.invalid/x",
        f"https://127.0.0.1:1/{SECRET}",
        f"file:///{SECRET}",
        f"ftp://127.0.0.1/{SECRET}",
        f"data:text/plain,{SECRET}",
        f"hooks.example/{SECRET}",
        f"http://127.0.0.1:{SECRET}/",
        f"http://127.0.0.1:1/a b{SECRET}\n",
    ],
)
def test_no_error_names_the_address(address: str) -> None:
    with pytest.raises(LakeError) as error:
        post(address, {"text": "x"})

    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


def test_an_error_of_the_receiver_does_not_name_the_address() -> None:
    with receiving(*[404] * 9) as receiver, pytest.raises(LakeError, match="HTTP 404") as error:
        post(f"{receiver.address}/{SECRET}", {"text": "x"})

    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "address", [f"hooks.example/{SECRET}", f"file:///{SECRET}", f"ftp://x/{SECRET}", f"//{SECRET}",
                f"https://[{SECRET}", f"http://x:{SECRET}/",
                f" https://x/{SECRET}", f"https://x/{SECRET}\n", f"https://x/ {SECRET}"],
)  # fmt: skip
@pytest.mark.parametrize("setting", ["MEGA_TOYS_ALERT_WEBHOOK", "MEGA_TOYS_UI_URL"])
def test_a_setting_that_is_no_address_of_the_web_is_refused_without_being_named(
    setting: str, address: str
) -> None:
    with pytest.raises(SettingsError, match=setting) as error:
        Settings.load({setting: address})

    assert SECRET not in str(error.value)


def test_settings_do_not_show_the_address() -> None:
    settings = Settings.load({"MEGA_TOYS_ALERT_WEBHOOK": f"https://hooks.example/{SECRET}"})

    assert SECRET not in repr(settings)


def test_the_receiver_of_the_tests_counts_what_it_refuses() -> None:
    with receiving(500) as receiver:
        post(receiver.address, {})

    assert isinstance(receiver, Receiver)
    assert receiver.asked == 2
