"""Whether the code that this process loaded is still that on disk.

A run is a process of its own and takes the code on disk; the code server keeps what it loaded.
"""

import os
import time
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_Seen = dict[str, tuple[int, int]]


def _on_disk() -> _Seen:
    """Size and time of writing of every module."""
    seen: _Seen = {}
    for folder, _, names in os.walk(_PACKAGE):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                told = os.stat(path)
                seen[path] = told.st_size, told.st_mtime_ns
    return seen


LOADED_AT = time.time()
_LOADED = _on_disk()


def why_outdated() -> str | None:
    """Why this process knows other code than a run, and the way out; none where it does not."""
    try:
        differing = sorted(path for path, _ in _LOADED.items() ^ _on_disk().items())
    except OSError:  # while the code is being replaced
        differing = [str(_PACKAGE)]
    if not differing:
        return None
    return (
        f"The code on disk has changed since it was loaded here, as {differing[0]}: runs go by the "
        "new, the sensors and pages by the old. Reload definitions, on the page Lineage or "
        "Deployment, or start `mega-toys dev` anew."
    )
