"""What is told of an error that nobody foresaw: what it is and where, never a value of a record.

An error of our own is written to be read. Of others the message may hold what was being computed:
what Polars says is told without what it quotes, of the rest only their kind.
"""

import inspect
import re
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import polars as pl

from mega_toys.declared import unnamed
from mega_toys.declared.errors import (
    BrokenLogError,
    DamagedTableError,
    LeaseLostError,
    MegaToysError,
    PlaceError,
)
from mega_toys.declared.table import Built, Table

_PACKAGE = Path(__file__).parents[1]
_NAMES_COLUMNS = (
    pl.exceptions.ColumnNotFoundError,
    pl.exceptions.DuplicateError,
    pl.exceptions.SchemaError,
    pl.exceptions.ShapeError,
    pl.exceptions.StructFieldNotFoundError,
)
_OF_THE_SYSTEM = re.compile(r"[A-Z][A-Za-z ]+ \(os error [0-9]+\)")  # as libraries in Rust tell it
_OF_CODE = (ArithmeticError, AttributeError, ImportError, MemoryError, NameError, OSError)


class CrashError(MegaToysError):
    """A table could not be built, for a reason that nobody foresaw."""

    def __init__(
        self, error: BaseException, table: Table | None = None, names: Collection[str] = ()
    ) -> None:
        self.kind = type(error).__name__
        self.stack = traceback.format_tb(error.__traceback__)
        self.message = " ".join(filter(None, [_what(error, names), _place(error, table)]))
        super().__init__(self.message)

    @classmethod
    def of(cls, error: BaseException, table: Table | None = None) -> Self:
        """The error, told as a crash of a table, if it is not told so already."""
        return error if isinstance(error, cls) else cls(error, table)


@contextmanager
def without_values(table: Table | None = None, names: Collection[str] = ()) -> Iterator[None]:
    """Whatever goes wrong inside is told without values of records; names of columns stay."""
    try:
        yield
    except (MegaToysError, OSError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
        raise CrashError(error, table, names).with_traceback(error.__traceback__) from None


def _what(error: BaseException, names: Collection[str]) -> str:
    kind = type(error).__name__
    if isinstance(error, MegaToysError):
        return str(error)
    if isinstance(error, _NAMES_COLUMNS + _OF_CODE):
        return f"{kind}: {str(error).splitlines()[0]}" if str(error) else kind
    if of_system := _OF_THE_SYSTEM.search(str(error)):
        return f"{kind}: {of_system[0]}"
    of_polars = type(error).__module__.startswith("polars")
    return f"{kind}: {unnamed.without_values(str(error), names)}" if of_polars else kind


def _place(error: BaseException, table: Table | None) -> str:
    """The last line of the domains' code that was reached, else the transform, else any of ours.

    A lazy frame fails when it is collected, long after the transform has returned it.
    """
    if isinstance(error, (BrokenLogError, DamagedTableError)):  # no code is at fault
        return ""
    if isinstance(error, MegaToysError):
        return f"({_declared(table.build)})" if isinstance(table, Built) else ""
    frames = traceback.walk_tb(error.__traceback__)
    ours = [at for at in frames if Path(at[0].f_code.co_filename).is_relative_to(_PACKAGE)]
    domains = [at for at in ours if "domains" in Path(at[0].f_code.co_filename).parts]
    if domains:
        return f"in {_frame(*domains[-1])}"
    if isinstance(table, Built):
        return f"in {_declared(table.build)}"
    return f"in {_frame(*ours[-1])}" if ours else ""


def _frame(frame: FrameType, line: int) -> str:
    return f"{frame.f_code.co_name}, {short(frame.f_code.co_filename)}:{line}"


def _declared(function: Callable[..., Any]) -> str:
    file, line = code_of(function)
    return f"{function.__name__}, {short(file)}:{line}"


def code_of(function: Callable[..., Any] | type) -> tuple[str, int]:
    """The file of a function or class, and the line on which it begins."""
    return inspect.getfile(function), inspect.getsourcelines(function)[1]


def short(file: str) -> str:
    """A file as below the project: `mega_toys/operations/crash.py`."""
    path = Path(file)
    below = _PACKAGE.parent
    return str(path.relative_to(below)) if path.is_relative_to(below) else path.name


def ends_all(error: BaseException) -> bool:
    """Whether nothing else can be done, either: the lake was taken over, or its store is away."""
    return isinstance(error, LeaseLostError) or (
        isinstance(error, PlaceError) and not error.is_denied
    )
