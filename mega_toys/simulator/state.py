"""What a landing zone was simulated with; kept beside it, where ingestion does not look."""

import json
from pathlib import Path

from mega_toys.simulator.world import World


class LandingZoneError(FileExistsError):
    """A landing zone holds what this simulation would not have written."""


def claim(landing_root: Path, world: World, faults: float) -> None:
    """Note how an empty landing zone is filled; refuse one that was filled otherwise."""
    note = landing_root.with_name(f"{landing_root.name}.simulator.json")
    told = {"seed": world.seed, "scale": world.scale, "faults": faults}
    if note.exists():
        before = json.loads(note.read_text(encoding="utf-8"))
        if before != told:
            options = " ".join(f"--{name} {value}" for name, value in before.items())
            raise LandingZoneError(
                f"{landing_root} was simulated with `{options}`; other choices would send other "
                f"content under the same keys. Repeat these, or {_OTHER_FOLDERS}"
            )
    elif any(landing_root.glob("*")):
        raise LandingZoneError(
            f"{landing_root} holds files that the simulator did not write. To leave them alone, "
            f"{_OTHER_FOLDERS}"
        )
    else:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(told) + "\n", encoding="utf-8")


_OTHER_FOLDERS = "set MEGA_TOYS_LANDING_ROOT and MEGA_TOYS_LAKE_ROOT to other folders."
