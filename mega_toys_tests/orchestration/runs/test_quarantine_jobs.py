"""What the quarantine's commands do can be asked for in the Dagster UI."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mega_toys.declared.errors import LakeError
from mega_toys.orchestration.runs.quarantine_jobs import Chosen
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.toys import QUIET, TODAY, Toys, toys

NAME = "commerce.silver.web_events"
QUALITY = dg.AssetKey(["lake", "gold", "data_quality_daily"])
EVENT = {
    "event_id": "e0", "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "tv",
}  # fmt: skip


def run(shop: Toys, job: str, op: str, **config: Any) -> dg.ExecuteInProcessResult:
    return shop.defs.resolve_job_def(job).execute_in_process(
        instance=shop.instance, run_config={"ops": {op: {"config": config}}, **QUIET}
    )


def stands(shop: Toys) -> dict[str, int]:
    result = run(shop, "quarantine_list", "count_quarantined", by="table")
    (event,) = (e for e in result.all_events if e.event_type_value == "STEP_OUTPUT")
    (row,) = event.step_output_data.metadata["quarantined"].records
    return {name: row.data[name] for name in ("open", "corrected", "dismissed")}


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20260310"])
def test_a_day_that_is_none_is_refused_as_on_the_terminal(day: str) -> None:
    with pytest.raises(LakeError, match=f"`{day}` is no day: YYYY-MM-DD is wanted"):
        Chosen(day=day).choice()


@pytest.mark.slow
def test_jobs_export_deliver_dismiss_and_undo_and_the_counts_are_an_asset(tmp_path: Path) -> None:
    with toys(tmp_path, needed_for(NAME)) as shop:
        file = "commerce/web_events/2026-03-10/a.ndjson"
        shop.lake.send(file, EVENT, EVENT | {"event_id": "e1"}, EVENT | {"event_id": "e2"})
        shop.refresh()
        assert stands(shop) == {"open": 3, "corrected": 0, "dismissed": 0}
        out = tmp_path / "exports" / "rejected.ndjson"

        assert run(shop, "quarantine_show", "show_quarantined", table=NAME).success
        run(shop, "quarantine_export", "export_quarantined", table=NAME, row=0, output=out.name)
        record = json.loads(out.read_text()) | {"device": "mobile"}
        out.write_text(json.dumps(record))
        run(shop, "quarantine_deliver", "deliver_corrections", file=out.name, who="anna")
        told = {"who": "anna", "why": "no matter"}
        run(shop, "quarantine_dismiss", "dismiss_quarantined", table=NAME, row=1, **told)
        run(shop, "quarantine_replay", "ask_to_replay", day="2026-03-10")

        assert stands(shop) == {"open": 1, "corrected": 1, "dismissed": 1}
        run(shop, "quarantine_undo", "undo_decisions", table=NAME, row=1, **told)
        assert stands(shop) == {"open": 2, "corrected": 1, "dismissed": 0}
        assert shop.lake.rows(NAME, "event_id").rows() == [("e0",)]
        assert shop.instance.get_latest_materialization_event(QUALITY) is not None
        tags = {"dagster/partition": f"{TODAY}"}
        assert shop.materialize("lake.gold.data_quality_daily", **tags).success
