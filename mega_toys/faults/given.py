"""What the landing zone has given to a lake: the content of each path that counts for it.

Not always what lies there: a file that was removed keeps what it gave until a rebuild. What a
killed process may or may not have taken in is in doubt until a refresh has come to its end; of a
file that went before that, the lake itself says which content it has.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mega_toys.faults.deliveries import Delivery

Content = bytes | None  # none: the lake has nothing of the path


@dataclass
class Given:
    """What counts, by path, and what may count instead."""

    landing: Path
    content: dict[str, bytes] = field(default_factory=dict)
    _doubted: dict[str, list[Content]] = field(default_factory=dict)

    def arrives(self, delivery: Delivery) -> None:
        """A file comes to lie in the landing zone, at once."""
        path = self.landing / delivery.path
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.tmp")
        aside.write_bytes(delivery.content)
        aside.replace(path)

    def taken_in(self, below: str = "") -> None:
        """What lies in the landing zone, in one dataset or in all, was taken in."""
        for path, content in self._there(below).items():
            self.content[path] = content
            self._doubted.pop(path, None)

    def made_anew(self, below: str = "") -> None:
        """A dataset, or all, was made from the landing zone alone."""
        for path in [path for path in self.content if path.startswith(below)]:
            del self.content[path]
        for path in [path for path in self._doubted if path.startswith(below)]:
            del self._doubted[path]
        self.taken_in(below)

    def perhaps_taken_in(self, below: str = "") -> None:
        """A process that was to take in a dataset, or all, was killed."""
        for path, content in self._there(below).items():
            if self.content.get(path) != content:
                self._doubt(path, content)

    def perhaps_made_anew(self, below: str = "") -> None:
        """A process that was to make a dataset anew, or all, was killed."""
        self.perhaps_taken_in(below)
        there = self._there(below)
        for path in self.content:
            if path.startswith(below) and path not in there:
                self._doubt(path, None)

    def settle(self, hashes: Mapping[str, str | None]) -> list[str]:
        """After a whole refresh: of what was in doubt and went, the lake says what it has.

        `hashes` are those of the newest versions of the files that it knows; none where it knows
        only the rows, which are those of the last content. A path that it does not know gives
        nothing. Returns what it cannot have been given.
        """
        self.taken_in()
        wrong = []
        for path, contents in self._doubted.items():
            known = {_hash(content): content for content in contents}
            known |= {None: contents[-1]} if path in hashes else {None: None}
            if hashes.get(path) not in known:
                wrong.append(f"lake.files {path} has a content that never lay there")
            elif (content := known[hashes.get(path)]) is None:
                self.content.pop(path, None)
            else:
                self.content[path] = content
        self._doubted.clear()
        return wrong

    def _doubt(self, path: str, content: Content) -> None:
        self._doubted.setdefault(path, [self.content.get(path)]).append(content)

    def _there(self, below: str) -> dict[str, bytes]:
        found = sorted((self.landing / below).rglob("*"))
        files = [path for path in found if path.is_file() and not path.name.startswith(".")]
        return {path.relative_to(self.landing).as_posix(): path.read_bytes() for path in files}


def _hash(content: Content) -> str | None:
    """As `lake.files` has it."""
    return None if content is None else hashlib.blake2b(content).hexdigest()[:32]
