"""A delivery with faults is worked down to nothing open, by the commands of the guide alone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mega_toys_tests.lakes import EXAMPLE, command

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "quarantine.md"
OF_THE_RUN = (
    "quarantined_at", "_ingested_at", "refreshed_at", "ingested_at", "inode", "changed_ns",
    "modified_ns",
)  # fmt: skip
DECISIONS = Path("lake") / "quarantine_decisions"


def content(root: Path) -> dict[str, pl.DataFrame]:
    """All tables but bronze, without what is of the run; sums of floats but for the last digits."""
    found = {}
    for log in root.rglob("_delta_log"):
        name = ".".join(log.parent.relative_to(root).parts)
        if ".bronze." not in name and name != "lake.days":
            rows = pl.read_delta(str(log.parent)).drop(OF_THE_RUN, strict=False)
            rounded = rows.with_columns(pl.col(pl.Float64).round_sig_figs(10))
            found[name] = rounded.sort(pl.struct(pl.all()))
    return found


def followed(folder: Path) -> str:
    """What the shell says when every command of the guide is run, as it stands there."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    kept = {n: os.environ[n] for n in ("PYTHONPATH",) if n in os.environ}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(blocks)], cwd=folder, capture_output=True, text=True,
        env={"PATH": path, "HOME": str(folder), **kept}, check=False, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_guide_leaves_nothing_open_and_a_rebuild_gives_the_same(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "landing", tmp_path / ".mega_toys" / "landing")
    root = tmp_path / ".mega_toys" / "lake"

    said = followed(tmp_path)

    assert "it must be one of desktop, mobile, tablet" in said
    before = content(root)
    quality = before["lake.gold.data_quality_daily"].filter(rule="any")
    counts = quality.select(pl.col("quarantined", "open", "corrected", "dismissed").sum())
    (quarantined, still_open, corrected, dismissed) = counts.row(0)
    assert (still_open, corrected) == (0, 1)
    assert quarantined == corrected + dismissed > 20
    decided = before["lake.quarantine_decisions"]["decision"].value_counts().sort("decision")
    assert decided.rows() == [("corrected", 1), ("dismissed", dismissed)]
    accounts = before["lake.row_accounts"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    kept = accounts["accepted"] + accounts["duplicates"] + accounts["quarantined"]
    assert accounts["received"] == kept
    assert accounts["quarantined"] == quarantined

    for path in root.glob("*/*"):
        if path.relative_to(root) != DECISIONS:
            shutil.rmtree(path)
    done = command("refresh", folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    after = content(root)
    assert after.keys() == before.keys()
    assert [name for name, rows in before.items() if not rows.equals(after[name])] == []
