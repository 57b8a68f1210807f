"""What the launchpad of a job offers, and what a rebuild says."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from mega_toys.orchestration.runs.choices import JudgedTable, TableChoice
from mega_toys_tests.lakes import DECLARED, needed_for
from mega_toys_tests.orchestration.test_pages import PRODUCT, PRODUCTS
from mega_toys_tests.orchestration.toys import Toys, toys


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(PRODUCTS)) as made:
        yield made


def test_jobs_offer_the_tables_and_the_launchpad_begins_with_one(shop: Toys) -> None:
    assert [choice.value for choice in TableChoice] == [str(table.name) for table in DECLARED]
    judged = [str(table.name) for table in DECLARED.from_bronze]
    assert [choice.value for choice in JudgedTable] == judged
    for name, op, choices in (
        ("rebuild_table", "rebuild_one", TableChoice),
        ("quarantine_show", "show_quarantined", JudgedTable),
    ):
        job = shop.defs.resolve_job_def(name)
        begins = job.run_config_schema.config_type.fields["ops"].default_value
        assert begins[op]["config"]["table"] == next(iter(choices)).value


@pytest.mark.slow
def test_a_rebuild_says_in_its_log_how_the_table_differed(shop: Toys) -> None:
    shop.lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    shop.refresh()
    config = {"ops": {"rebuild_one": {"config": {"table": PRODUCTS}}}}
    rebuild = shop.defs.resolve_job_def("rebuild_table")

    def log() -> str:
        run = rebuild.execute_in_process(instance=shop.instance, run_config=config)
        return "\n".join(one.user_message for one in shop.instance.all_logs(run.run_id))

    assert "No table differs from the one made anew." in log()
    work, table = shop.lakehouse.work("somebody"), shop.lake.catalog[PRODUCTS]
    spoilt = work.store.scan(table.name).with_columns(name=pl.lit("spoilt")).collect()
    work.store.replace_all(work.stored(table), spoilt.lazy(), work.note(table, whole=True))
    assert f"{PRODUCTS}: 1 rows, anew 1; 1 only live, 1 only anew" in log()
