"""The quarantine of a demo is worked through by the steps of the guide alone."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from mega_toys_tests.guides.followed import ROOT, follow, project_in, ran

GUIDE = ROOT / "docs" / "guides" / "quarantine.md"
SIMULATED = ".venv/bin/mega-toys simulate --days 4 --scale 0.002 --until 2026-03-12"
REFRESHED = ".venv/bin/mega-toys refresh"
OF_THE_RUN = (
    "quarantined_at", "_ingested_at", "refreshed_at", "ingested_at", "inode", "changed_ns",
    "modified_ns",
)  # fmt: skip
DECISIONS = Path("lake") / "quarantine_decisions"


def content(root: Path) -> dict[str, pl.DataFrame]:
    """All tables but bronze, without what is of the run."""
    found = {}
    for log in root.rglob("_delta_log"):
        name = ".".join(log.parent.relative_to(root).parts)
        if ".bronze." not in name and name != "lake.days":
            rows = pl.read_delta(str(log.parent)).drop(OF_THE_RUN, strict=False)
            found[name] = rows.sort(pl.struct(pl.all()))
    return found


def standing(root: Path, rule: str) -> tuple[int, ...]:
    """How many of the web events that break a rule are open, corrected and dismissed."""
    quality = pl.scan_delta(str(root / "lake" / "gold" / "data_quality_daily"))
    mine = quality.filter(table="commerce.silver.web_events", rule=rule)
    return mine.select(pl.col("open", "corrected", "dismissed").sum()).collect().row(0)


@pytest.mark.slow
def test_the_guide_mends_what_it_says_and_a_rebuild_gives_the_same(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    root = project / ".mega_toys" / "lake"
    ran(f"{SIMULATED}\n{REFRESHED}", project)
    fridges, torn = standing(root, "device_is_valid"), standing(root, "record_is_readable")
    swipes = standing(root, "event_name_is_valid")

    follow(GUIDE, project)

    assert standing(root, "device_is_valid") == (0, fridges[0], 0)
    assert standing(root, "record_is_readable") == torn
    assert standing(root, "event_name_is_valid")[0] < swipes[0]
    ran(".venv/bin/mega-toys quarantine dismiss commerce.silver.web_events --why torn", project)
    ran(REFRESHED, project)
    assert standing(root, "any")[0] == 0
    before = content(root)
    accounts = before["lake.row_accounts"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    kept = accounts["accepted"] + accounts["duplicates"] + accounts["quarantined"]
    assert accounts["received"] == kept

    for path in root.glob("*/*"):
        if path.relative_to(root) != DECISIONS:
            shutil.rmtree(path)
    ran(REFRESHED, project)

    after = content(root)
    assert after.keys() == before.keys()
    assert [name for name, rows in before.items() if not rows.equals(after[name])] == []
