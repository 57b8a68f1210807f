"""Records of a stream in the Confluent wire format: a zero, a schema's id in four bytes, the body.

Their schemas stand in the metadata of their file. Bodies of one schema are decoded together, each
before a number that tells whether decoding came out at the next one.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import fastavro
import numpy as np
import polars as pl

from mega_toys.ingestion.formats.avro_counts import Counts
from mega_toys.ingestion.formats.avro_schema import SYNC_BYTES, Shape, schema_in
from mega_toys.ingestion.formats.avro_values import any_value
from mega_toys.ingestion.formats.json_records import objects_of, of_lines
from mega_toys.ingestion.formats.records import Records, UnreadableFileError, of_columns, of_objects
from mega_toys.ingestion.formats.text import most_expanded
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.texts import BLANKS

SCHEMA_KEY = "schema:"  # before the id, in the metadata of a file
JSON_BODY = "JSON"  # in the place of a schema: the body is JSON
_MAGIC, _HEAD = b"\0", 5
_CHECK, _FIRST = "mega_toys_check", 7.25e12
_FEWEST = 32  # of a broken batch that are decoded together
_AS_COLUMNS = {"string", "int", "long", "double", "boolean"}
_INSTANTS = {"timestamp-millis", "timestamp-micros"}


def schema_ids(values: pl.Series) -> list[int]:
    """The ids of the schemas that records name, ascending."""
    heads = values.filter(_is_framed(values)).bin.head(_HEAD).unique().sort()
    return [int.from_bytes(head[1:], "big") for head in heads]


def _is_framed(values: pl.Series) -> pl.Series:
    starts = values.bin.starts_with(_MAGIC) & (values.bin.size() >= _HEAD)
    return starts.fill_null(value=False)


@dataclass(frozen=True)
class Decoder:
    """What decodes the bodies of one schema."""

    schema: Mapping[str, Any]
    shape: Shape
    most: int  # values that a batch may have

    @classmethod
    def of(cls, text: str | None, most: int) -> "Decoder | None":
        """None where the schema is not known, or is of no record, or cannot be read."""
        try:
            schema, shape = schema_in((text or "null").encode())
            if not (isinstance(schema, dict) and schema.get("type") == "record"):
                return None
            fastavro.parse_schema(dict(schema))
            return cls(schema, shape, most)
        except (UnreadableFileError, ValueError, KeyError, TypeError, RecursionError):
            return None
        except fastavro.schema.SchemaParseException:
            return None

    def columns(self, bodies: Sequence[bytes]) -> pl.DataFrame | None:
        """The records; none where one cannot be decoded, or is not held exactly by columns."""
        if not all(_fits_column(one["type"]) for one in self.schema["fields"]):
            return None
        try:
            frame = pl.read_avro(io.BytesIO(self._container(bodies)))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        expected = np.arange(len(bodies)) + _FIRST
        if frame.height != len(bodies) or not (frame[_CHECK].to_numpy() == expected).all():
            return None
        enums = [name for name, dtype in frame.schema.items() if dtype == pl.Categorical]
        return frame.drop(_CHECK).with_columns(pl.col(enums).cast(pl.String))

    def objects(self, bodies: Sequence[bytes]) -> Iterator[dict[str, Any] | None]:
        """The objects of bodies, none for each that cannot be decoded."""
        try:
            found = self._together(bodies)
        except Exception:  # a broken body makes fastavro fail in any way
            found = None
        if found is not None:
            yield from found
        elif len(bodies) == 1:
            yield None
        else:
            many = len(bodies) // 2 if len(bodies) > _FEWEST else 1
            for first in range(0, len(bodies), many):
                yield from self.objects(bodies[first : first + many])

    def _together(self, bodies: Sequence[bytes]) -> list[dict[str, Any]] | None:
        """The objects, or none where decoding comes out at another place than at the next body."""
        container = self._container(bodies)
        if self.shape.lists_of_empty:
            counts = Counts(self._checked, self.most)
            counts.add(self._block(bodies), len(bodies))
            if counts.values > self.most:
                raise ValueError("more values than the size of the file can give")
        try:
            rows: list[Any] = list(fastavro.reader(io.BytesIO(container)))
        except (OverflowError, ValueError):  # an instant that no calendar has, or a broken body
            with any_value():
                rows = list(fastavro.reader(io.BytesIO(container)))
        checks = [row.pop(_CHECK) for row in rows]
        return rows if checks == [_FIRST + at for at in range(len(bodies))] else None

    @property
    def _checked(self) -> dict[str, Any]:
        check = {"name": _CHECK, "type": "double"}
        return {**self.schema, "fields": [check, *self.schema["fields"]]}

    def _block(self, bodies: Sequence[bytes]) -> bytes:
        numbers = (np.arange(len(bodies)) + _FIRST).astype("<f8").tobytes()
        return b"".join(
            part for at, body in enumerate(bodies) for part in (numbers[8 * at : 8 * at + 8], body)
        )

    def _container(self, bodies: Sequence[bytes]) -> bytes:
        """An Avro file of one block."""
        text, block = json.dumps(self._checked).encode(), self._block(bodies)
        sync = bytes(SYNC_BYTES)
        told = b"avro.schema", text, b"avro.codec", b"null"
        meta = b"".join(_number(len(part)) + part for part in told)
        head = b"Obj\x01" + _number(2) + meta + _number(0) + sync
        return head + _number(len(bodies)) + _number(len(block)) + block + sync


@dataclass
class Values:
    """The values of a stream's delivery, as records."""

    fields: Sequence[str]
    file: LandingFile
    decoders: dict[int, Decoder | None] = field(default_factory=dict)

    @cached_property
    def _schemas(self) -> dict[str, str]:
        return pl.read_parquet_metadata(self.file.location)

    def _decoder(self, number: int) -> Decoder | None:
        if number not in self.decoders:
            schema = self._schemas.get(f"{SCHEMA_KEY}{number}")
            self.decoders[number] = Decoder.of(schema, most_expanded(self.file))
        return self.decoders[number]

    def records(self, values: pl.Series) -> Records:
        """The records of some values; one that cannot be decoded is unreadable."""
        ids, weight = schema_ids(values), int(values.bin.size().sum() or 0)
        if not ids:
            return of_lines([value or b"" for value in values.to_list()], self.fields)
        decoder = self._decoder(ids[0])
        if decoder and len(ids) == 1 and _is_framed(values).all():
            frame = decoder.columns([value[_HEAD:] for value in values.to_list()])
            if frame is not None:
                return of_columns(frame, self.fields, {}, weight)
        return self._of_objects(values, weight)

    def _of_objects(self, values: pl.Series, weight: int) -> Records:
        """The records, which may be of several schemas, and plain JSON among them."""
        objects: list[Any] = [None] * len(values)
        unreadable: dict[int, str] = {}
        framed = _is_framed(values)
        for number in (None, *schema_ids(values)):
            places = (~framed if number is None else framed & _is_of(values, number)).arg_true()
            bodies = [value or b"" for value in values.gather(places).to_list()]
            for at, body, found in zip(places, bodies, self._decoded(bodies, number), strict=True):
                objects[at] = found
                if found is None:
                    unreadable[at] = body.decode("utf-8", "backslashreplace").strip(BLANKS)
        return of_objects(objects, self.fields, unreadable, weight)

    def _decoded(self, values: Sequence[bytes], number: int | None) -> Iterable[Any]:
        """The object of each value, none where there is none."""
        schema = None if number is None else self._schemas.get(f"{SCHEMA_KEY}{number}")
        if number is None or schema == JSON_BODY:
            lines = values if number is None else [value[_HEAD:] for value in values]
            objects, unreadable = objects_of(lines)
            return [None if at in unreadable else found for at, found in enumerate(objects)]
        decoder = self._decoder(number)
        if decoder is None:
            return [None] * len(values)
        return decoder.objects([value[_HEAD:] for value in values])


def _is_of(values: pl.Series, number: int) -> pl.Series:
    return values.bin.starts_with(_MAGIC + number.to_bytes(4, "big")).fill_null(value=False)


def _fits_column(kind: Any) -> bool:
    if isinstance(kind, list):
        return len(kind) == 2 and kind[0] == "null" and _fits_column(kind[1])
    if isinstance(kind, dict):
        logical = kind.get("logicalType")
        if logical is not None:
            return kind.get("type") == "long" and logical in _INSTANTS
        return kind.get("type") == "enum" or kind.get("type") in _AS_COLUMNS
    return kind in _AS_COLUMNS


def _number(value: int) -> bytes:
    """A whole number that is not negative, as Avro writes it."""
    found, left = bytearray(), value << 1
    while left > 0x7F:
        found.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*found, left])
