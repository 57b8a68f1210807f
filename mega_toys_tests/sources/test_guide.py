"""The guide to a database, taken literally against a real server."""

import stat
from pathlib import Path

import pytest

from mega_toys_tests.guides.followed import ROOT, follow, project_in
from mega_toys_tests.sources.servers import CANARY, Server

GUIDE = ROOT / "docs" / "guides" / "connect_a_database.md"


@pytest.mark.slow
def test_the_guide_leads_from_a_table_of_a_database_to_gold(
    postgres: Server, tmp_path: Path
) -> None:
    postgres.sql("DROP SCHEMA IF EXISTS crm CASCADE")
    passwords = tmp_path / ".pgpass"
    passwords.write_text(f"127.0.0.1:{postgres.port}:*:postgres:{CANARY}\n")
    passwords.chmod(stat.S_IRUSR | stat.S_IWUSR)
    page = tmp_path / GUIDE.name
    page.write_text(GUIDE.read_text().replace("5432", f"{postgres.port}"))

    follow(page, project_in(tmp_path))
