"""How many values an Avro file's records hold, where its bytes do not bound them."""

import io
from typing import Any, BinaryIO

import fastavro

from mega_toys.ingestion.formats.avro_numbers import whole_number

_BYTES = {"boolean": 1, "float": 4, "double": 8}


class Counts:
    """Goes through records by their schema, and counts what they hold, also what takes no byte."""

    def __init__(self, schema: Any, most: int) -> None:
        self._types: dict[str, Any] = {}
        self._schema, self._most, self.values = fastavro.parse_schema(schema), most, 0

    def add(self, block: bytes, records: int) -> None:
        """Count a block of so many records, or so many of them as bring too many values."""
        opened = io.BytesIO(block)
        for _ in range(records):
            self._pass(self._schema, opened)
            if self.values > self._most:
                return

    def _pass(self, told: Any, opened: BinaryIO) -> None:
        """Go over one value of a type."""
        self.values += 1
        if isinstance(told, list):
            self._pass(told[_whole(opened)], opened)
        elif isinstance(told, dict):
            self._pass_declared(told, opened)
        elif told in self._types:
            self._pass(self._types[told], opened)
        elif told in ("int", "long"):
            _whole(opened)
        elif told in ("string", "bytes"):
            opened.seek(max(_whole(opened), 0), io.SEEK_CUR)
        else:
            opened.seek(_BYTES.get(told, 0), io.SEEK_CUR)

    def _pass_declared(self, told: dict[str, Any], opened: BinaryIO) -> None:
        kind = told["type"]
        if "name" in told:
            self._types[told["name"]] = told
        if kind in ("record", "error"):
            for field in told["fields"]:
                self._pass(field["type"], opened)
        elif kind in ("array", "map"):
            self._pass_many(told, opened)
        elif kind == "fixed":
            opened.seek(told["size"], io.SEEK_CUR)
        elif kind == "enum":
            _whole(opened)
        else:
            self._pass(kind, opened)

    def _pass_many(self, told: dict[str, Any], opened: BinaryIO) -> None:
        while count := _whole(opened):
            if count < 0:
                _whole(opened)  # the size of the block
            if "items" in told and _takes_nothing(told["items"]):
                self.values += abs(count)
                count = 0
            if self.values > self._most:
                return
            for _ in range(abs(count)):
                if "values" in told:
                    self._pass("string", opened)
                self._pass(told.get("items", told.get("values")), opened)
                if self.values > self._most:
                    return


def _takes_nothing(told: Any) -> bool:
    """Whether no value of a type, where it is declared, takes a byte."""
    if not isinstance(told, dict):
        return bool(told == "null")
    if told["type"] in ("record", "error"):
        return all(_takes_nothing(field["type"]) for field in told["fields"])
    return told["type"] == "null" or bool(told["type"] == "fixed" and told["size"] == 0)


def _whole(opened: BinaryIO) -> int:
    number = whole_number(opened)
    if number is None:
        raise EOFError("a block ends within a record")
    return number
