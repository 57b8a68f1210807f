"""The most memory that a refresh takes: this process, and the one that decodes for it."""

import re
from pathlib import Path

from mega_toys.ingestion.decoding import apart


def begin() -> int:
    """Let this process's peak begin anew; the megabytes that it has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _mb("self/status", "VmRSS")


def grown_mb(had: int) -> int:
    """The most that this process had since it began, beyond what it had then."""
    return _mb("self/status", "VmHWM") - had


def decoder_mb() -> int:
    """The most that the process that decodes ever had; 0 where there is none."""
    warm = apart._warm
    return _mb(f"{warm._process.pid}/status", "VmHWM") if warm and warm.is_there else 0


def decoder_bound_mb() -> int:
    """The most that it can allocate, as any that was ended before it; 0 where there is none."""
    warm = apart._warm
    if not (warm and warm.is_there):
        return 0
    limits = Path("/proc", str(warm._process.pid), "limits").read_text()
    told = re.search(r"Max data size\s+([0-9]+)", limits)
    assert told, "it has no bound"
    return int(told[1]) >> 20


def _mb(file: str, what: str) -> int:
    told = re.search(rf"{what}:\s+([0-9]+) kB", Path("/proc", file).read_text())
    return int(told[1]) >> 10 if told else 0
