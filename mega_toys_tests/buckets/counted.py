"""The requests that this process makes of a bucket, by what they do."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from mega_toys.lake.store.bucket import Bucket
from mega_toys.lake.store.entry import Entry


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each object is fetched, and below which folder how many are listed, from now on."""
    requests: Counter[str] = Counter()
    pieces, below = Bucket.pieces, Bucket.below

    def fetch(bucket: Bucket, path: str, mark: str) -> Any:
        requests[f"fetched {path}"] += 1
        return pieces(bucket, path, mark)

    def listed(bucket: Bucket, path: str, after: str = "") -> Iterator[Entry]:
        for entry in below(bucket, path, after):
            requests[f"listed {entry.path}"] += 1
            yield entry

    monkeypatch.setattr(Bucket, "pieces", fetch)
    monkeypatch.setattr(Bucket, "below", listed)
    return requests
