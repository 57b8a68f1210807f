"""How much memory this process has had at once."""

import re
import resource
import sys
from contextlib import suppress
from pathlib import Path


def memory_mb() -> tuple[float, float]:
    """What the process has now, and the most that it ever had; where only that is known, twice."""
    with suppress(OSError):
        told = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", Path("/proc/self/status").read_text()))
        return int(told["VmRSS"]) / 1024, int(told["VmHWM"]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most_mb = most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return most_mb, most_mb


def peak_since(before: tuple[float, float]) -> float:
    """The most that the process had since `memory_mb` told that, in MB.

    Where it had had more already: what it had at both ends, for nothing tells more than that.
    """
    now, most = memory_mb()
    return most if most > before[1] else max(now, before[0])
