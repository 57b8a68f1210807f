"""An answer as a file."""

from pathlib import Path

import polars as pl

from mega_toys.declared.errors import QueryError

WRITERS = {".csv": "write_csv", ".parquet": "write_parquet", ".json": "write_json"}


def save(rows: pl.DataFrame, path: Path) -> None:
    """Write rows as CSV, Parquet or JSON, by the name of the file."""
    if path.suffix.lower() not in WRITERS:
        raise QueryError(f"`{path}` ends in none of {', '.join(WRITERS)}.")
    try:
        _write(rows, path)
    except pl.exceptions.PolarsError as error:
        raise QueryError(
            f"{path} cannot hold these rows: {error}. Try .parquet or .json."
        ) from None


def _write(rows: pl.DataFrame, path: Path) -> None:
    ending = path.suffix.lower()
    getattr(rows if ending == ".parquet" else of_texts(rows), WRITERS[ending])(path)


def of_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with bytes as hexadecimal text, for what cannot hold them."""
    return rows.with_columns(pl.col(pl.Binary).bin.encode("hex"))
