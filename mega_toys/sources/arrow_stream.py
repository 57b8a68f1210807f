"""The batches of an Arrow stream, by its C interface: while one is waited for, other threads go on.

Libraries that would read it keep Python's lock meanwhile.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from arro3.core import RecordBatch, Schema

_ARRAY, _SCHEMA, _STREAM = b"arrow_array", b"arrow_schema", b"arrow_array_stream"
_ARRAY_WORDS, _SCHEMA_WORDS, _RELEASE = 10, 9, 8  # of 8 bytes; of an array: where `release` is
_GIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_TELL = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)
_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_capsule_of = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
)(("PyCapsule_New", ctypes.pythonapi))


class _Stream(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p)
        for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")
    )


class ArrowStream:
    """A stream of a driver. Raises RuntimeError with the driver's words."""

    def __init__(self, exported: Any) -> None:
        self._capsule = exported.__arrow_c_stream__()  # which releases it
        self._at = _pointer_of(self._capsule, _STREAM)
        self._told = _Stream.from_address(self._at or 0)

    def schema(self) -> Schema:
        """The names and types of the columns."""
        return Schema.from_arrow_pycapsule(self._schema_capsule())

    def next(self) -> RecordBatch | None:
        """The next batch; none at the end."""
        array = (ctypes.c_uint64 * _ARRAY_WORDS)()
        self._give(_GIVE(self._told.get_next), array)
        if not array[_RELEASE]:
            return None
        capsule = _capsule_of(ctypes.addressof(array), _ARRAY, None)
        return RecordBatch.from_arrow_pycapsule(self._schema_capsule(), capsule)

    def _schema_capsule(self) -> object:
        self._schema = (ctypes.c_uint64 * _SCHEMA_WORDS)()  # is taken over by who reads it
        self._give(_GIVE(self._told.get_schema), self._schema)
        return _capsule_of(ctypes.addressof(self._schema), _SCHEMA, None)

    def _give(self, function: Callable[[int | None, int], int], into: Any) -> None:
        if function(self._at, ctypes.addressof(into)):
            told = _TELL(self._told.get_last_error)(self._at) or b"it told no reason"
            raise RuntimeError(told.decode(errors="replace"))
