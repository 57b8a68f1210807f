"""The most memory that this process had at once."""

import re
import resource
import sys
from contextlib import suppress
from pathlib import Path

_FORGET = "5"  # what Linux forgets the peak at


def forget_peak() -> None:
    """Begin anew to look for it, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_FORGET)


def peak_mb() -> float:
    """The most since it was last forgotten, in MB; else since the process began."""
    with suppress(OSError):
        if told := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()):
            return int(told[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
