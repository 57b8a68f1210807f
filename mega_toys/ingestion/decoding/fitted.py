"""Bronze rows: records with their values fitted to the declared types and all else rescued."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, Declared, SentAs
from mega_toys.ingestion.decoding.bounds import Bounds
from mega_toys.ingestion.formats import csv_records, excel, json_records
from mega_toys.ingestion.formats.as_declared import asked_names, reshaped
from mega_toys.ingestion.formats.records import (
    Records,
    UnreadableFileError,
    UnreadNowError,
    is_of_the_machine,
    merged,
)
from mega_toys.ingestion.landing_file import LandingFile, below_day, sent_as_of
from mega_toys.lake.fields.as_sent import by_default
from mega_toys.lake.fields.fit import STORED, Fitted, fit_values
from mega_toys.lake.fields.native import Columnar, JsonTexts, Values, json_text, plain

_AS_DECLARED = {
    "csv": csv_records.records,
    "ndjson": json_records.ndjson,
    "json": json_records.whole,
    "xlsx": excel.records,
}


@dataclass(frozen=True)
class Batch:
    """Some records of a file, with the position of the first where they are consecutive."""

    file: LandingFile
    first: int
    records: Records
    sent_as: SentAs = BY_DEFAULT

    @property
    def places(self) -> pl.Series:
        """The position of each record in the file."""
        if self.records.at is not None:
            return self.records.at
        return pl.int_range(self.first, self.first + self.records.height, eager=True)


def read(
    file: LandingFile, fields: Mapping[str, Sent], declared: Declared = BY_DEFAULT
) -> Iterator[Batch]:
    """The records of a file, some tens of thousands at a time, by what is declared of it.

    Raises UnreadableFileError where the file cannot be read as a whole.
    """
    if file.why_not_opened:
        raise UnreadableFileError(file.why_not_opened)
    if not file.size:
        return
    first, sent_as = 0, sent_as_of(file.path, declared)
    for records in map(Bounds.of(file).within, _records(file, fields, sent_as)):
        yield Batch(file, first, records, sent_as)
        first += records.height


def frames(
    batches: Sequence[Batch], fields: Mapping[str, Sent], at: dt.datetime
) -> Iterator[pl.DataFrame]:
    """Bronze rows of the batches; those alike are fitted together: tiny files come by thousands."""
    alike: dict[tuple[int, tuple[str, ...]], list[Batch]] = {}
    for batch in batches:
        shape = (id(batch.sent_as), _shape(batch.records, fields))
        alike.setdefault(shape, []).append(batch)
    for group in alike.values():
        records = merged([batch.records for batch in group])
        yield pl.concat(
            [rows(records, fields, group[0].sent_as), _places(group)],
            how="horizontal",
        ).with_columns(_ingested_at=pl.lit(at, dtype=pl.Datetime("us", "UTC")))


def _shape(records: Records, fields: Mapping[str, Sent]) -> tuple[str, ...]:
    values = [records.columns.get(name) for name in fields]
    return tuple(map(_kind, values))


def _kind(values: Values | None) -> str:
    if isinstance(values, JsonTexts):
        return values.kind.__name__
    return str(values.dtype) if isinstance(values, pl.Series) else type(values).__name__


def _places(batches: Sequence[Batch]) -> pl.DataFrame:
    """File, position and landing day of every record."""
    parts = pl.DataFrame(
        {
            "_file": [batch.file.path for batch in batches],
            "_landed_on": pl.Series([b.file.landing_day for b in batches], dtype=pl.Date),
            "height": [batch.records.height for batch in batches],
        }
    )
    repeated = pl.col("_file", "_landed_on").repeat_by("height").explode(empty_as_null=False)
    return parts.select(repeated).with_columns(_row=pl.concat(one.places for one in batches))


def _records(file: LandingFile, fields: Mapping[str, Sent], sent_as: SentAs) -> Iterator[Records]:
    names = asked_names(fields, sent_as)
    try:
        if file.format in _AS_DECLARED:
            found = _AS_DECLARED[file.format](file, names, sent_as)
        else:
            from mega_toys.ingestion.formats.binary_records import BINARY  # of the decoder alone

            found = BINARY[file.format or ""](file, names)
        yield from reshaped(found, list(fields), sent_as, below_day(file.path))
    except UnreadableFileError:
        _refuse_unread(file)  # a library that was given no bytes calls them broken
        raise
    except OSError as error:
        if error.errno is None:  # not the store's, but that of a codec, about the bytes
            raise UnreadableFileError(f"cannot be read: {error}") from error
        raise _of_the_store(error) from error


def _refuse_unread(file: LandingFile) -> None:
    """Raise where the store does not give all bytes of a file."""
    try:
        file.content_hash()
    except OSError as error:
        raise _of_the_store(error) from error


def _of_the_store(error: OSError) -> OSError | UnreadNowError:
    return error if is_of_the_machine(error) else UnreadNowError(error)


def rows(
    records: Records, fields: Mapping[str, Sent], sent_as: SentAs = BY_DEFAULT
) -> pl.DataFrame:
    """The declared fields, and what did not fit, as it was sent, in `_rescued` and `_unfit`."""
    fitted = {}
    for name, sent in fields.items():
        values = records.columns.get(name)
        values = None if values is None else by_default(values, name, sent, sent_as)
        fitted[name] = _fitted(values, sent, records.height)
    left: dict[int, dict[str, Any]] = {}
    for name, (_, bad) in fitted.items():
        places = bad.arg_true().to_list() if bad.any() else []
        for at, value in zip(places, _taken(records.columns.get(name), places), strict=True):
            left.setdefault(at, {})[name] = value
    whole = {at: left[at] | extra if at in left else extra for at, extra in records.extras.items()}
    rescued = {at: json_text(fields) for at, fields in (left | whole).items()}
    rescued |= {at: json_text(text) for at, text in records.unreadable.items()}
    return pl.DataFrame({name: values for name, (values, _) in fitted.items()}).with_columns(
        _sparse(rescued, records.height), _unfit({name: bad for name, (_, bad) in fitted.items()})
    )


def _fitted(values: Values | None, sent: Sent, height: int) -> Fitted:
    if values is None:
        nothing = pl.repeat(None, height, dtype=STORED[sent.type], eager=True)
        return Fitted(nothing, pl.repeat(False, height, dtype=pl.Boolean, eager=True))
    return fit_values(values, sent.type)


def _taken(values: Values | None, places: list[int]) -> list[Any]:
    if isinstance(values, Columnar):
        return plain(values.gather(places)) if places else []
    return [values[at] for at in places] if values is not None else []


def _sparse(found: Mapping[int, str], height: int) -> pl.Series:
    values: list[str | None] = [None] * height
    for at, value in found.items():
        values[at] = value
    return pl.Series("_rescued", values, dtype=pl.String)


def _unfit(found: Mapping[str, pl.Series]) -> pl.Series:
    """The names of the fields whose value does not fit, by record; null where all fit."""
    some = {name: bad for name, bad in found.items() if bad.any()}
    if not some:
        height = len(next(iter(found.values())))
        return pl.repeat(None, height, dtype=pl.List(pl.String), eager=True).alias("_unfit")
    bad = pl.DataFrame(some)
    at = bad.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    named = [pl.when(name).then(pl.lit(name)) for name in some]
    names = bad[at].select(_unfit=pl.concat_list(named).list.drop_nulls(), at=at)
    every = pl.DataFrame({"at": pl.int_range(bad.height, eager=True)}).cast(at.dtype)
    return every.join(names, on="at", how="left", maintain_order="left")["_unfit"]
