"""Addresses are settings, and secrets."""

import re
from pathlib import Path

import pytest

from mega_toys.address import Address
from mega_toys.declared.errors import MegaToysError, SettingsError, SourceError
from mega_toys.settings import Settings
from mega_toys.sources import mysql_address, postgres_session
from mega_toys.sources.kafka_address import configured
from mega_toys.sources.mongodb_address import client_of
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


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("ssl_verify_cert=ture", "`ssl_verify_cert=ture`: say true or false"),
        ("ssl_ca=/nowhere.crt", "`ssl_ca=/nowhere.crt`, which is no file"),
        ("sslmode=require", "`sslmode`, which is none of connect_timeout,"),
    ],
)
def test_what_an_address_of_mysql_says_wrong_of_tls_is_refused(told: str, why: str) -> None:
    with pytest.raises(SourceError, match=re.escape(why)):
        mysql_address.options_of(Address(f"mysql://reader@db/crm?{told}"))


def test_flags_of_an_address_of_mysql_are_flags() -> None:
    said = Address("mysql://reader@db/crm?ssl_verify_cert=True&ssl_disabled=0&read_timeout=5")

    options = mysql_address.options_of(said)

    assert options["ssl_verify_cert"] is True
    assert options["ssl_disabled"] is False
    assert options["read_timeout"] == 5


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("tls=maybe", "`tls`: The value of tls must be 'true' or 'false'"),
        ("tlsCAFile=/nowhere", "`tlsCAFile`: The tlscafile file is not readable"),
        ("connect_timeout=3", "`connect_timeout`: Unknown option."),
        ("connectTimeoutMS=soon", "`connectTimeoutMS`: connecttimeoutms must be an integer"),
    ],
)
def test_an_option_that_pymongo_would_only_warn_of_is_refused(told: str, why: str) -> None:
    with pytest.raises(SourceError, match=re.escape(why)):
        client_of(Address(f"mongodb://reader@db/crm?{told}"))


def test_what_an_address_of_mongodb_says_of_time_outs_counts_in_any_case() -> None:
    with client_of(Address("mongodb://db/?connecttimeoutms=2000&connect=false")) as client:
        assert client.options.pool_options.connect_timeout == 2
        assert client.options.pool_options.socket_timeout == 600


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            "INTERNAL: [libpq] Failed to execute prepared statement: PGRES_FATAL_ERROR ERROR:  "
            "permission denied for schema crm\nLINE 1: …",
            "permission denied for schema crm: GRANT USAGE ON SCHEMA crm TO …",
        ),
        (
            "IO: [libpq] Execution error [PGRES_FATAL_ERROR]: ERROR:  canceling statement due to "
            "statement timeout\n",
            "canceling statement due to statement timeout",
        ),
    ],
)
def test_what_postgresql_says_comes_without_the_names_of_a_library(told: str, said: str) -> None:
    assert postgres_session.said(told) == said
