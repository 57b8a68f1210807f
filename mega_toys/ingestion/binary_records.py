"""Records of Avro and Parquet files, and of stream deliveries in Parquet."""

from collections.abc import Iterator, Sequence
from typing import Any

import fastavro
import polars as pl

from mega_toys.ingestion.json_records import of_lines
from mega_toys.ingestion.landing import LandingFile
from mega_toys.ingestion.records import Records, UnreadableFileError, of_columns, of_objects

_BATCH = 50_000


def avro(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The records of an Avro container file."""
    batch: list[Any] = []
    try:
        with file.location.open("rb") as opened:
            for record in fastavro.reader(opened):
                batch.append(record)
                if len(batch) == _BATCH:
                    yield _of_avro(batch, fields)
                    batch = []
    except OSError:
        raise
    except Exception as error:  # a broken file makes fastavro fail in any way
        raise UnreadableFileError(f"cannot be read as Avro: {_short(error)}") from error
    if batch:
        yield _of_avro(batch, fields)


def _of_avro(batch: list[Any], fields: Sequence[str]) -> Records:
    unreadable = {at: str(row) for at, row in enumerate(batch) if type(row) is not dict}
    return of_objects(batch, fields, unreadable)


def parquet(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The rows of a Parquet file."""
    for frame in _frames(file):
        yield of_columns(frame, fields, {})


def kafka(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The values of a stream's delivery, each one record of JSON."""
    for frame in _frames(file):
        if "value" not in frame.columns:
            raise UnreadableFileError("has no column `value`, as a stream's delivery must")
        values = frame["value"].cast(pl.Binary).to_list()
        yield of_lines([value or b"" for value in values], fields)


def _frames(file: LandingFile) -> Iterator[pl.DataFrame]:
    try:
        scan = pl.scan_parquet(file.location, glob=False, hive_partitioning=False)
        height = scan.select(pl.len()).collect().item()
        for first in range(0, height, _BATCH):
            yield scan.slice(first, _BATCH).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnreadableFileError(f"cannot be read as Parquet: {_short(error)}") from error


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0][:300]
