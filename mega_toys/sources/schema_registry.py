"""Schemas of records in the Confluent wire format: a zero, the schema's id in four bytes, the body.

They land with the records that they describe, so that the landing zone is enough to read these.
"""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl

from mega_toys.address import Address, password_in
from mega_toys.declared.errors import SourceError, UnreachableError
from mega_toys.ingestion.formats.wire_format import JSON_BODY, SCHEMA_KEY, schema_ids

_TIME_OUT_S = 10
_NO_SUCH_SCHEMA = 404


@dataclass
class Schemas:
    """The schemas of a topic, from a registry or a folder with a file `<id>.avsc` each."""

    address: Address
    known: dict[int, str | None] = field(default_factory=dict)  # none where there is none

    def of(self, rows: pl.DataFrame) -> dict[str, str]:
        """What the landing file of these records is to tell of their schemas.

        Raises SourceError where nothing says where schemas are, or records are of protobuf.
        """
        told = {}
        for number in schema_ids(rows["value"]):
            if number not in self.known:
                self.known[number] = self._asked(number, rows)
            if schema := self.known[number]:
                told[f"{SCHEMA_KEY}{number}"] = schema
        return told

    def _asked(self, number: int, rows: pl.DataFrame) -> str | None:
        options = self.address.options
        if folder := options.get("schemas"):
            return _in_folder(Path(folder), number)
        if registry := options.get("registry"):
            return self._registered(registry, number)
        first = rows.filter(pl.col("value").bin.starts_with(b"\0" + number.to_bytes(4, "big")))
        raise SourceError(
            f"the record at offset {first['offset'][0]} of partition {first['partition'][0]} is of "
            f"schema {number}, and nothing says where schemas are: let its address end with "
            "?registry=http://host:port or ?schemas=<folder>"
        )

    def _registered(self, registry: str, number: int) -> str | None:
        parts = urlsplit(registry)
        host = parts.netloc.rpartition("@")[2]
        bare = f"{parts.scheme}://{host}"
        if parts.scheme not in ("http", "https"):
            raise SourceError(f"its registry at {host} is no http:// or https:// address")
        request = urllib.request.Request(f"{bare}{parts.path.rstrip('/')}/schemas/ids/{number}")  # noqa: S310
        if parts.username:
            who = f"{unquote(parts.username)}:{self._password(parts.password)}"
            request.add_header("Authorization", f"Basic {base64.b64encode(who.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=_TIME_OUT_S) as answer:  # noqa: S310
                return _said(json.load(answer), number)
        except urllib.error.HTTPError as error:
            if error.code == _NO_SUCH_SCHEMA:
                return None
            why = f"{error.code} {error.reason}"
            raise SourceError(
                f"its schema registry at {bare} refuses schema {number}: {why}"
            ) from None
        except (OSError, ValueError) as error:
            why = self.address.without_secrets(str(getattr(error, "reason", error)))
            raise UnreachableError(f"its schema registry at {bare}: {why}") from None

    def _password(self, told: str | None) -> str:
        if file := self.address.options.get("registry_password_file"):
            return password_in(Path(file))
        return unquote(told or "")


def _in_folder(folder: Path, number: int) -> str | None:
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}, in which schemas are to be")
    try:
        return (folder / f"{number}.avsc").read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{folder}/{number}.avsc cannot be read: {error}") from None


def _said(answer: Any, number: int) -> str:
    kind = answer.get("schemaType", "AVRO")
    if kind == "PROTOBUF":
        raise SourceError(
            f"its records are protobuf (schema {number}), which is not read: send JSON or Avro"
        )
    if answer.get("references"):
        raise SourceError(f"schema {number} refers to other schemas: register it as one text")
    return str(answer["schema"]) if kind == "AVRO" else JSON_BODY
