"""How the files of a table are written."""

from deltalake import ColumnProperties, WriterProperties

from mega_toys.declared.field import STATISTICS_BYTES
from mega_toys.lake.store.tables import Stored


def writer_of(stored: Stored) -> WriterProperties:
    """How Parquet is written for a table."""
    return WriterProperties(
        compression="ZSTD",
        compression_level=1,
        statistics_truncate_length=STATISTICS_BYTES,
        column_properties=dict.fromkeys(
            stored.distinct, ColumnProperties(dictionary_enabled=False)
        ),
    )
