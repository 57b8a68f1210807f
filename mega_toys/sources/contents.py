"""What is in a landing file: rows in Parquet, or documents, one a line."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

import polars as pl

from mega_toys.ingestion.formats.text import MOST_EXPANSION

DOCUMENT = "document"  # the one column of documents: each as JSON text
HASHES = ("_first_hash", "_second_hash")
_MOST_EXPANSION = MOST_EXPANSION // 2
_NOTHING: Mapping[str, str] = MappingProxyType({})


def rows_in(content: bytes, *, is_documents: bool) -> pl.DataFrame:
    """The rows of a file; none of one that is gone, or cannot be read: they land again."""
    try:
        if is_documents:
            lines = content.decode().split("\n")[:-1]
            return pl.DataFrame({DOCUMENT: lines}, {DOCUMENT: pl.String})
        return pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeDecodeError):
        return pl.DataFrame()


def hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """128 bits of each row, in two columns."""
    return pl.DataFrame({name: rows.hash_rows(seed) for seed, name in enumerate(HASHES)})


def of_documents(rows: pl.DataFrame) -> bytes:
    """Documents, one a line."""
    return "".join(f"{line}\n" for line in rows[DOCUMENT]).encode()


def of_rows(rows: pl.DataFrame, told: Mapping[str, str] = _NOTHING) -> bytes:
    """The content of a landing file, whose metadata tell something.

    Rows that are much alike take so few bytes that it would be refused as a bomb: it is padded.
    """
    content = _written(rows, told)
    lengths = rows.select(pl.col(pl.String).str.len_bytes().sum())
    texts = sum(lengths.row(0)) if lengths.width else 0
    least = max(int(rows.estimated_size()), texts, rows.height * rows.width) // _MOST_EXPANSION
    return content if len(content) >= least else _written(rows, {**told, "padding": " " * least})


def _written(rows: pl.DataFrame, told: Mapping[str, str]) -> bytes:
    made = BytesIO()
    rows.write_parquet(made, compression="zstd", compression_level=1, metadata=dict(told))
    return made.getvalue()
