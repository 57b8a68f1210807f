"""What a landing zone was simulated with; kept beside it, where ingestion does not look."""

import json
from pathlib import Path
from typing import Any

from mega_toys.simulator.world import World


class LandingZoneError(FileExistsError):
    """A landing zone holds what this simulation would not have written."""


def claim(landing_root: Path, world: World, faults: float) -> None:
    """Note how an empty landing zone is filled; refuse one that was filled otherwise."""
    note, before = _note(landing_root), noted(landing_root)
    told = {"seed": world.seed, "scale": world.scale, "faults": faults}
    if before and before != told:
        options = " ".join(f"--{name} {value}" for name, value in before.items())
        raise LandingZoneError(
            f"{landing_root} was simulated with `{options}`; other choices would send other "
            f"content under the same keys. Repeat these, or {_OTHER_FOLDERS}"
        )
    if before:
        return
    if any(landing_root.glob("*")):
        raise LandingZoneError(
            f"{landing_root} holds files that the simulator did not write. To leave them alone, "
            f"{_OTHER_FOLDERS}"
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(told) + "\n", encoding="utf-8")


def noted(landing_root: Path) -> dict[str, Any]:
    """The seed, scale and share of faults that a landing zone began with; nothing if it has not."""
    note = _note(landing_root)
    return dict(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else {}


def _note(landing_root: Path) -> Path:
    return landing_root.with_name(f"{landing_root.name}.simulator.json")


_OTHER_FOLDERS = "set MEGA_TOYS_LANDING_ROOT and MEGA_TOYS_LAKE_ROOT to other folders."
