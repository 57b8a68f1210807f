"""Values of which Avro and Parquet alike write the bytes."""

import struct
import uuid

INTERVAL = ("months", "days", "milliseconds")
_UUID_BYTES, _INTERVAL_BYTES = 16, 12


def uuid_text(raw: bytes) -> str | bytes:
    """The 36 characters of a UUID; of other than 16 bytes, these."""
    return str(uuid.UUID(bytes=raw)) if len(raw) == _UUID_BYTES else raw


def interval(raw: bytes) -> dict[str, int]:
    """The parts of an interval, of 12 bytes."""
    whole = raw[:_INTERVAL_BYTES].ljust(_INTERVAL_BYTES, b"\0")
    return dict(zip(INTERVAL, struct.unpack("<III", whole), strict=True))
