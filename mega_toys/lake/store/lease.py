"""The writer's lock of a lake in a bucket: an object that its holder renews, and that runs out.

No clock is compared with another one: who waits takes the lease over once it has seen it unchanged
for as long as it lasts, by its own clock; at once where its holder lived on this machine and is
gone. Each change of the object is put under the condition that it is as it was seen.
"""

import json
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from mega_toys.declared.errors import LeaseLostError, PlaceError
from mega_toys.lake.store.holder import Holder

LEASE_S = 30.0
_RENEWED_EVERY_S = LEASE_S / 6
_LOOKED_AT_EVERY_S = 1.0
_CLOCKS_APART_S = 300.0  # at most, for what is shown of a holder
_NAME = ".writer.lease"
Body = dict[str, Any]


class Conditional(Protocol):
    """Where a lease lies: objects that are put under conditions."""

    def read_marked(self, path: str) -> tuple[bytes, str, float]:
        """An object with its mark and when it was put; an empty mark where there is none."""

    def put_if(self, path: str, content: bytes, mark: str) -> str:
        """Put an object in the place of the one with this mark; OSError where that is gone."""


class Lease:
    """The lease of this process; a thread renews it as long as it is held."""

    def __init__(self, bucket: Conditional) -> None:
        self._bucket, self._id = bucket, uuid.uuid4().hex
        self._depth, self._term, self._mark = 0, 0, ""
        self._lost: str | None = None
        self._renewed_at = self._stepped_at = 0.0
        self._watched: tuple[str, float] | None = None  # somebody's lease, and since when
        self._changing = threading.Lock()
        self._released = threading.Event()

    def acquire(self, wait_s: float) -> bool:
        """Hold it, once more where this process does; whether that was possible in time."""
        until = time.monotonic() + wait_s
        while not self._depth and not self._take():
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(left_s, _LOOKED_AT_EVERY_S))
        self._depth += 1
        return True

    def release(self) -> None:
        """Hold it no longer, once it is released as often as it was acquired."""
        self._depth -= 1
        if self._depth:
            return
        self._released.set()
        with self._changing, suppress(OSError, PlaceError):
            if self._lost is None:
                self._bucket.put_if(_NAME, _text({"free": True, "term": self._term}), self._mark)

    def beat(self) -> None:
        """Let others see, at the next renewal, that the process goes on."""
        self._stepped_at = time.monotonic()

    @property
    def term(self) -> int:
        """How often the lease was taken until now; 0 where this process does not hold it."""
        return self._term if self._depth else 0

    def check(self) -> None:
        """Raise LeaseLostError where it was taken over, or could not be renewed in time."""
        if self._depth and self._lost is None and self._has_run_out():
            self._lost = "its lease ran out, since the store could not be reached"
        if self._depth and self._lost is None and not self._is_mine(self._read()[0]):
            self._lost = "another writer has taken it over, since this one paused too long"
        if self._depth and self._lost:
            raise LeaseLostError(str(self._bucket), self._lost)

    def holder(self, *, is_ours: bool) -> Holder | None:
        """Who holds it now, as far as one look and this machine's clock tell."""
        body, mark, modified_s = self._read()
        ran_out = time.time() - modified_s > LEASE_S + _CLOCKS_APART_S
        if body is None or not mark or (not is_ours and (ran_out or self._is_free(body, mark))):
            return None
        machine = "" if body["machine"] == _machine() else str(body["host"])
        return Holder(int(body["process"]), float(body["quiet_s"]), machine)

    def _take(self) -> bool:
        """Take the lease where nobody has it; whether it is ours."""
        body, mark, _ = self._read()
        if mark and not self._is_free(body, mark):
            return False
        self._term = int((body or {}).get("term", 0)) + 1
        self._stepped_at = at = time.monotonic()
        try:
            self._mark = self._bucket.put_if(_NAME, self._body(), mark)
        except OSError:  # somebody else was quicker
            return False
        self._renewed_at, self._lost, self._watched = at, None, None
        self._released = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(self._released,), daemon=True)
        renewing.start()
        return True

    def _is_free(self, body: Body | None, mark: str) -> bool:
        if body is None or body.get("free") or body["id"] == self._id or _is_dead(body):
            return True
        if self._watched is None or self._watched[0] != mark:
            self._watched = mark, time.monotonic()
        return time.monotonic() - self._watched[1] > float(body["lasts_s"])

    def _is_mine(self, body: Body | None) -> bool:
        return body is not None and (body.get("id"), body["term"]) == (self._id, self._term)

    def _has_run_out(self) -> bool:
        return time.monotonic() - self._renewed_at > LEASE_S - _RENEWED_EVERY_S

    def _renew(self, released: threading.Event) -> None:
        while not released.wait(_RENEWED_EVERY_S):
            with self._changing, suppress(PlaceError):  # it is tried again, until it has run out
                if released.is_set() or self._lost:
                    return
                self._renew_once()

    def _renew_once(self) -> None:
        at = time.monotonic()
        try:
            self._mark = self._bucket.put_if(_NAME, self._body(), self._mark)
        except OSError:
            body, mark, _ = self._read()
            if not self._is_mine(body):
                self._lost = "another writer has taken it over"
                return
            self._mark = mark  # an answer of the store was lost
        self._renewed_at = at

    def _read(self) -> tuple[Body | None, str, float]:
        """What the lease says, its mark, and when it was put; nothing of one that is not there."""
        content, mark, modified_s = self._bucket.read_marked(_NAME)
        try:
            return (json.loads(content) if mark else None), mark, modified_s
        except ValueError:  # not ours; it is written over
            return None, mark, modified_s

    def _body(self) -> bytes:
        return _text(
            {
                "id": self._id,
                "term": self._term,
                "lasts_s": LEASE_S,
                "renewal": uuid.uuid4().hex,  # so that no two renewals have the same mark
                "quiet_s": round(time.monotonic() - self._stepped_at, 1),
                "process": os.getpid(),
                "born": _born(os.getpid()),
                "host": socket.gethostname(),
                "machine": _machine(),
            }
        )


def _text(body: Body) -> bytes:
    return json.dumps(body).encode()


def _is_dead(body: Body) -> bool:
    """Whether the process that holds a lease lived on this machine and is gone."""
    return bool(body["machine"] == _machine() and body["born"] != _born(body["process"]))


def _machine() -> str:
    """What tells this machine, its boot and its numbering of processes from others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()}/{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no Linux
        return f"{socket.gethostname()}/{uuid.getnode():x}"


def _born(process: int) -> str:
    """When a process began, in the kernel's count; nothing where there is none, or no Linux."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if told[0] == "Z" else told[19]
