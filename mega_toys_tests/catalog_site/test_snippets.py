"""What a page says of how a table is read runs as it stands there."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mega_toys.catalog_site.snippets import snippets
from mega_toys_tests.catalog_site.test_site import PRODUCT
from mega_toys_tests.lakes import Lake, command, needed_for

SPARK = Path(__file__).parents[2] / ".venv-spark" / "bin" / "python"
PRODUCTS, BY_DAY = "commerce.silver.products", "commerce.bronze.products"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("snippets"), needed_for(PRODUCTS))
    made.send("commerce/products/2026-03-10/a.ndjson", {**PRODUCT, "name": "Top"})
    made.refresh()
    return made


def told(lake: Lake, name: str = PRODUCTS) -> dict[str, str]:
    return {one.where: one.text for one in snippets(lake.catalog[name], lake.store)}


@pytest.mark.slow
def test_the_command_and_python_print_its_rows(lake: Lake) -> None:
    root = {"MEGA_TOYS_LAKE_ROOT": lake.store.root}
    words = shlex.split(told(lake)["Terminal"])
    assert words[0] == "mega-toys"

    by_command = command(*words[1:], folder=lake.folder, told=root)

    assert "Top" in by_command.stdout
    assert "shape: (1, " in ran(told(lake)["Python"], root)


def ran(text: str, environment: Mapping[str, str], python: str = sys.executable) -> str:
    """What a snippet prints, run as it stands."""
    done = subprocess.run(
        [python, "-c", text],
        env=os.environ | dict(environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [PRODUCTS, BY_DAY])
def test_duckdb_reads_it_by_itself(lake: Lake, name: str) -> None:
    printed = ran(told(lake, name)["DuckDB"], {})

    assert "1 row" in printed


@pytest.mark.slow
@pytest.mark.skipif(
    not SPARK.exists() or shutil.which("java") is None,
    reason="Java is missing, or Spark in .venv-spark, where .ci/run installs it",
)
def test_spark_reads_it_by_itself(lake: Lake) -> None:
    printed = ran(told(lake, BY_DAY)["Spark"], {"SPARK_LOCAL_IP": "127.0.0.1"}, str(SPARK))

    assert "Top" in printed
    assert "2026-03-10" in printed


def test_engines_are_told_the_place_that_holds_the_table(lake: Lake) -> None:
    place = str(Path(lake.store.root, *PRODUCTS.split(".")).resolve())

    assert repr(place) in told(lake)["Spark"]
    assert repr(place) in told(lake)["DuckDB"]


def test_a_quote_in_the_place_stays_a_text(tmp_path: Path) -> None:
    quoted = Lake(tmp_path / "it's", needed_for(PRODUCTS))

    compile(told(quoted)["DuckDB"], "duckdb", "exec")
    compile(told(quoted)["Spark"], "spark", "exec")
