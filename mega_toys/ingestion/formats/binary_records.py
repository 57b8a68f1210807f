"""Records of Avro and Parquet files, and of stream deliveries in Parquet."""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import fastavro
import polars as pl

from mega_toys.ingestion.formats.avro_blocks import refuse_bombs
from mega_toys.ingestion.formats.avro_values import any_value
from mega_toys.ingestion.formats.parquet_footer import read_footer
from mega_toys.ingestion.formats.parquet_types import own_types, readable
from mega_toys.ingestion.formats.records import Records, UnreadableFileError, of_columns, of_objects
from mega_toys.ingestion.formats.text import refuse_expansion
from mega_toys.ingestion.formats.wire_format import Values
from mega_toys.ingestion.landing_file import LandingFile

_BATCH = 50_000
_BATCH_BYTES = 8 << 20
_FIRST_ROWS = 1000  # by which the size of a row is judged


def avro(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The records of an Avro container file."""
    try:
        mean, given = refuse_bombs(file), 0
        try:
            for batch in _avro_batches(file, mean):
                yield _of_avro(batch, fields, mean * len(batch))
                given += len(batch)
        except (OverflowError, ValueError):  # an instant that no calendar has, or a broken file
            with any_value():
                for batch in _avro_batches(file, mean, given):
                    yield _of_avro(batch, fields, mean * len(batch))
    except (OSError, MemoryError, UnreadableFileError):
        raise
    except Exception as error:  # a broken file makes fastavro fail in any way
        raise UnreadableFileError(f"cannot be read as Avro: {_short(error)}") from error


def _avro_batches(file: LandingFile, mean_bytes: int, first: int = 0) -> Iterator[list[Any]]:
    """The records from a place on."""
    with file.location.open("rb") as opened:
        records = itertools.islice(fastavro.reader(opened), first, None)
        while batch := list(itertools.islice(records, _rows_at_once(mean_bytes))):
            yield batch


def _rows_at_once(mean_bytes: int) -> int:
    return max(1, min(_BATCH, _BATCH_BYTES // (mean_bytes + 1)))


def _of_avro(batch: list[Any], fields: Sequence[str], weight: int) -> Records:
    unreadable = {at: str(row) for at, row in enumerate(batch) if type(row) is not dict}
    return of_objects(batch, fields, unreadable, weight)


def parquet(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The rows of a Parquet file."""
    for frame, again in _frames(file, fields):
        yield of_columns(frame, fields, {}, int(frame.estimated_size()), again)


def kafka(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The values of a stream's delivery, each one record of JSON, or of Avro with its schema."""
    values = Values(fields, file)
    for frame, _ in _frames(file, ["value"]):
        if "value" not in frame.columns:
            raise UnreadableFileError("has no column `value`, as a stream's delivery must")
        if frame["value"].dtype not in (pl.Binary, pl.String, pl.Null):
            raise UnreadableFileError("has a column `value` that is neither bytes nor text")
        yield values.records(frame["value"].cast(pl.Binary))


def _frames(
    file: LandingFile, once: Collection[str]
) -> Iterator[tuple[pl.DataFrame, Mapping[str, str]]]:
    """The rows, so many at once as fit into some megabytes; refuses what expands too far.

    With the names of columns that have them after others, by those that they get; none of `once`.
    """
    try:
        height = _checked_height(file)
        types = own_types(file.location)
        if twice := sorted({name for name in types.again.values() if name in once}):
            raise UnreadableFileError(f"names {', '.join(twice)} twice")
        with readable(file.location, types) as location:
            scan = pl.scan_parquet(location, glob=False, hive_partitioning=False)
            first, many, expanded = 0, _FIRST_ROWS, 0
            while first < height:
                frame = scan.slice(first, many).collect()
                size = _size(frame)
                expanded += size
                refuse_expansion(expanded, file)
                yield types.values(frame), types.again
                first += many
                many = min(_rows_at_once(size // max(frame.height, 1)), 8 * many)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnreadableFileError(f"cannot be read as Parquet: {_short(error)}") from error


def _checked_height(file: LandingFile) -> int:
    """The number of rows; refuses a footer that tells of more than the size can honestly give.

    A value counts at least one byte: a few bytes can say that they hold a billion of nothing.
    """
    footer = read_footer(file.location)
    refuse_expansion(max([footer.rows, *footer.values, *footer.sizes]), file)
    return footer.rows


def _size(frame: pl.DataFrame) -> int:
    """The bytes of a frame; a text that is repeated lies in it once, and counts every time."""
    lengths = frame.select(
        pl.col(pl.String).str.len_bytes().sum(), pl.col(pl.Binary).bin.size().sum()
    )
    texts = sum(lengths.row(0)) if lengths.width else 0
    return max(int(frame.estimated_size()), texts)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0]


BINARY = {"avro": avro, "parquet": parquet, "kafka": kafka}
