"""What a page says of how a table is read runs as it stands there."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from mega_toys.catalog_site.snippets import snippets
from mega_toys_tests.catalog_site.test_site import PRODUCT
from mega_toys_tests.lakes import Lake, command, needed_for

PRODUCTS = "commerce.silver.products"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("snippets"), needed_for(PRODUCTS))
    made.send("commerce/products/2026-03-10/a.ndjson", {**PRODUCT, "name": "Top"})
    made.refresh()
    return made


def told(lake: Lake) -> dict[str, str]:
    return {one.where: one.text for one in snippets(lake.catalog[PRODUCTS], lake.store)}


@pytest.mark.slow
def test_the_command_and_python_print_its_rows(lake: Lake) -> None:
    root = {"MEGA_TOYS_LAKE_ROOT": lake.store.root}
    words = shlex.split(told(lake)["Terminal"])
    assert words[0] == "mega-toys"

    by_command = command(*words[1:], folder=lake.folder, told=root)
    by_python = subprocess.run(
        [sys.executable, "-c", told(lake)["Python"]],
        env=os.environ | root, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "Top" in by_command.stdout
    assert "shape: (1, " in by_python.stdout


def test_duckdb_reads_it_by_itself(lake: Lake) -> None:
    *installs, query = told(lake)["DuckDB"].split("\n")
    with duckdb.connect() as engine:
        try:
            engine.sql("LOAD delta")
        except duckdb.Error:
            pytest.skip("DuckDB's extension for Delta is not installed here")
        assert [*installs] == ["INSTALL delta;", "LOAD delta;"]
        assert "Top" in str(engine.sql(query).fetchall())


def test_spark_reads_it_by_itself(lake: Lake) -> None:
    pyspark = pytest.importorskip("pyspark.sql")
    spark = pyspark.SparkSession.builder.getOrCreate()
    exec(told(lake)["Spark"], {"spark": spark})


def test_engines_are_told_the_place_that_holds_the_table(lake: Lake) -> None:
    place = str(Path(lake.store.root, *PRODUCTS.split(".")).resolve())

    assert repr(place) in told(lake)["Spark"]
    assert f"delta_scan('{place}')" in told(lake)["DuckDB"]
    assert pl.scan_delta(place).select("name").collect().item() == "Top"


def test_a_quote_in_the_place_stays_a_text(tmp_path: Path) -> None:
    quoted = Lake(tmp_path / "it's", needed_for(PRODUCTS))

    assert "it''s" in told(quoted)["DuckDB"]
    compile(told(quoted)["Spark"], "spark", "exec")
