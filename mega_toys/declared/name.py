"""The name of a table, which is the place of the file that declares it."""

from typing import NamedTuple, Self

from mega_toys.declared.errors import DeclarationError


class TableName(NamedTuple):
    """Where a table lives. File, asset key, storage path and SQL name are all this triple."""

    domain: str
    layer: str
    table: str

    @classmethod
    def of(cls, declared: object) -> Self:
        """The name of the table whose file declares this schema or function."""
        return cls(*declared.__module__.split(".")[-3:])

    @classmethod
    def parse(cls, text: str) -> Self:
        """The name as written in SQL: `commerce.gold.daily_sales`."""
        parts = text.split(".")
        if len(parts) != 3:
            raise DeclarationError(
                f"`{text}` is no table name: <domain>.<layer>.<table> is wanted."
            )
        return cls(*parts)

    def __str__(self) -> str:
        return ".".join(self)
