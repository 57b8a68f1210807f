"""Whether a landing zone is as it was, told without listing folders that nothing was put into.

For those who look often. What is written over in its place in such a folder shows at the next
whole look, which is one every ten minutes.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_RESTS_S = 7 * 24 * 3600  # a folder into which nothing was put for so long
_WHOLE_S = 600


class _Listed(NamedTuple):
    changed_ns: int
    folders: list[str]
    files: int  # hash of what they say of themselves


@dataclass
class Folders:
    """The folders of a landing zone, as they were when they were last listed."""

    _known: dict[str, _Listed] = field(default_factory=dict)
    _listed_whole_at: float = float("-inf")

    def looks(self, root: Path) -> int | None:
        """A number that is another one once a file came, went or changed; none without a root.

        The next one after a whole look is another one all the same.
        """
        now = time.time()
        if now - self._listed_whole_at >= _WHOLE_S:
            self._known.clear()
            self._listed_whole_at = now
        try:
            return hash((self._listed_whole_at, self._looks(os.path.realpath(root), now)))
        except OSError:  # which a look names
            return None

    def _looks(self, folder: str, now: float) -> int:
        changed_ns = os.stat(folder).st_mtime_ns
        known = self._known.get(folder)
        rests = now - changed_ns / 1e9 > _RESTS_S
        if known is None or known.changed_ns != changed_ns or not rests:
            known = self._known[folder] = _listed(folder, changed_ns)
        return hash((known.files, *(self._looks(below, now) for below in known.folders)))


def _listed(folder: str, changed_ns: int) -> _Listed:
    folders, files = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        else:
            seen = entry.stat(follow_symlinks=False)
            said = (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
            files.append((entry.name, *said))
    return _Listed(changed_ns, folders, hash(tuple(files)))
