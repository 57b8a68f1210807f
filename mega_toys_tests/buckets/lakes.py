"""A lake under test with its landing zone, both in a bucket."""

from dataclasses import dataclass
from pathlib import Path

from mega_toys.lake.store.place import Place, place_of
from mega_toys.lake.store.store import Store
from mega_toys_tests.lakes import Lake


@dataclass
class LakeInBucket(Lake):
    """As one in a folder; `folder` is for what a test puts together on this machine."""

    address: str = ""

    def __post_init__(self) -> None:
        self.store = Store(f"{self.address}/lake")

    @property
    def zone(self) -> Place:
        return place_of(f"{self.address}/landing")

    def land(self, path: str, content: str | bytes) -> Path:
        made = self.folder / "made"
        made.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.zone.put(path, made)
        return Path(path)
