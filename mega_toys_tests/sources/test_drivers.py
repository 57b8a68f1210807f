"""A driver that is not installed is told with what installs it."""

import sys
from pathlib import Path

import pytest

from mega_toys.declared.extras import installed_by
from mega_toys_tests.sources.clients import Crm
from mega_toys_tests.sources.servers import Server


@pytest.mark.parametrize(
    ("driver", "scheme", "extra"),
    [
        ("adbc_driver_postgresql", "postgresql", "postgres"),
        ("pymysql", "mariadb", "mysql"),
        ("mssql_python", "sqlserver", "mssql"),
        ("pyarrow", "mssql", "mssql"),
        ("pymongo", "mongodb", "mongodb"),
    ],
)
def test_a_driver_that_is_missing_is_told_with_its_extra(
    driver: str, scheme: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)

    error = Crm(Server(1, tmp_path), tmp_path).error(url=f"{scheme}://reader@127.0.0.1:1/crm")

    assert error.endswith(f" is missing: {installed_by(extra)}")
