"""A bound to the memory of this process."""

import re
import resource
from pathlib import Path

OUT_OF_MEMORY = 137  # exit code


def bound_memory(most_mb: int) -> None:
    """Let no allocation go beyond what is there now and so many megabytes; and dump no core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = Path("/proc/self/status")
    if status.exists():
        now = re.search(r"VmData:\s+([0-9]+) kB", status.read_text())
        most = (int(now[1]) << 10 if now else 0) + (most_mb << 20)
        _, allowed = resource.getrlimit(resource.RLIMIT_DATA)
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(resource.RLIMIT_DATA, (bound, allowed))
