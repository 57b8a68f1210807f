"""Addresses are settings, and secrets."""

from pathlib import Path

import pytest

from mega_toys.address import Address
from mega_toys.declared.errors import MegaToysError, SettingsError
from mega_toys.settings import Settings
from mega_toys.sources.kafka_address import configured
from mega_toys_tests.sources.servers import CANARY


@pytest.fixture(autouse=True)
def _systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mega_toys.settings._systems", lambda: ["crm", "till"])


def test_each_system_has_an_address_of_its_own_and_maybe_a_file_with_its_password(
    tmp_path: Path,
) -> None:
    (tmp_path / "password").write_text(f"{CANARY}\n")
    found = Settings.load(
        {
            "MEGA_TOYS_SOURCE_CRM": "postgresql://reader@db/crm",
            "MEGA_TOYS_SOURCE_CRM_PASSWORD_FILE": str(tmp_path / "password"),
            "MEGA_TOYS_SOURCE_TILL": "postgres://a:b%2Fc@db:5433/till?sslmode=verify-full",
        }
    ).sources

    assert found["crm"].with_password("postgresql") == (
        "postgresql://reader:c4n4ry%2Bpass%2Fword@db/crm"
    )
    assert found["till"].password() == "b/c"
    assert found["till"].with_password("postgresql") == (
        "postgresql://a:b%2Fc@db:5433/till?sslmode=verify-full"
    )
    assert found["till"].kind == "postgresql"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"CMR": "postgresql://db/x"}, "Did you mean `MEGA_TOYS_SOURCE_CRM`?"),
        ({"CRM": f"ftp://reader:{CANARY}@db/x"}, "begins with one of postgresql://"),
        ({"CRM": f"postgresql://reader:{CANARY}@db:x/x"}, "begins with one of"),
        ({"CRM": "postgresql://"}, "begins with one of"),
        ({"CRM_PASSWORD_FILE": "/run/secrets/crm"}, "the address, is not"),
        (
            {"CRM": "postgresql://a:c4n4ry@db/x", "CRM_PASSWORD_FILE": "/x"},
            "say it once",
        ),
    ],
)
def test_an_address_that_is_none_is_refused_without_being_shown(
    told: dict[str, str], why: str
) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.load({f"MEGA_TOYS_SOURCE_{name}": value for name, value in told.items()})
    assert why in str(error.value)
    assert CANARY[:6] not in str(error.value)


def test_tables_are_not_looked_at_where_what_the_settings_say_was_looked_at_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("mega_toys.settings._systems")
    told = {"MEGA_TOYS_SOURCE_CRM": "mysql://a@db/x", "MEGA_TOYS_SOURCE_CRM_PASSWORD_FILE": "/x"}

    found = Settings.load(told, trusts_systems=True).sources

    assert list(found) == ["crm"]
    assert found["crm"].password_file == Path("/x")


def test_settings_do_not_show_an_address() -> None:
    found = Settings.load({"MEGA_TOYS_SOURCE_CRM": f"postgresql://reader:{CANARY[:6]}@db/crm"})

    assert CANARY[:6] not in f"{found!r} {found} {found.sources['crm']!r}"


def test_what_a_driver_says_is_one_line_without_the_password_however_it_is_written() -> None:
    address = Address("postgresql://a:c4n%2Fry@db/x?sslpassword=also")

    told = address.without_secrets(
        "c4n%2Fry\n c4n/ry  also postgresql://a:c4n%2Fry@db/x?sslpassword=also"
    )

    assert told == "… … … …"


def test_a_password_file_that_is_not_there_is_named() -> None:
    with pytest.raises(MegaToysError, match="/nowhere: No such file"):
        Address("postgresql://a@db/x", Path("/nowhere")).password()


def test_an_address_of_kafka_names_several_brokers_and_says_how_to_sign_in(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(CANARY)
    plain = configured(Address("kafka://one,two:9093,[::1]:9094?group.id=ours"))
    assert plain == {"bootstrap.servers": "one:9092,two:9093,[::1]:9094", "group.id": "ours"}

    url = "kafka://reader@one?sasl.mechanism=SCRAM-SHA-512&ssl.ca.location=/ca.pem&schemas=/s"
    signed_in = configured(Address(url, tmp_path / "password"))
    assert signed_in == {
        "bootstrap.servers": "one:9092", "group.id": "mega_toys",
        "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "reader", "sasl.password": CANARY, "ssl.ca.location": "/ca.pem",
    }  # fmt: skip
    assert CANARY not in repr(Address(url, tmp_path / "password"))
    told = Address(f"kafka://one?registry=https://who:{CANARY[:6]}@registry")
    assert told.without_secrets(f"{told.url} refuses who:{CANARY[:6]}") == "… refuses who:…"
