"""A transform's lineage: it is run on stand-ins of its inputs, and its plan is read."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError
from polars.io.plugins import register_io_source

from mega_toys.declared.errors import LineageError
from mega_toys.lineage.asked import plan_of
from mega_toys.lineage.frames import Frame, UnreadError
from mega_toys.lineage.nodes import frame_of
from mega_toys.lineage.origins import Origins, Source

Transform = Callable[..., pl.LazyFrame]


@dataclass(frozen=True)
class _StandIn:
    """An input without rows: who collects it would see none, and so is refused."""

    name: str

    def __call__(self, *_: object) -> Iterator[pl.DataFrame]:
        raise LineageError(
            f"`{self.name}` is collected: a transform only says what is to be done, so that its "
            "lineage can be read; give back a LazyFrame made of its inputs"
        )


def standing_in(name: str, schema: pl.Schema) -> pl.LazyFrame:
    """A frame of these columns that the plans made of it name."""
    return register_io_source(_StandIn(name), schema=schema, explain_name=name)


def given(name: str, schema: pl.Schema) -> Frame:
    """An input as a frame whose columns come from themselves."""
    return Frame(schema, {one: Origins(frozenset({Source(name, one)})) for one in schema.names()})


def parameters(transform: Transform) -> list[str]:
    """The names of the frames that a transform takes."""
    return list(inspect.signature(transform).parameters)


def read(transform: Transform, inputs: Mapping[str, Frame]) -> Frame:
    """What the columns of a transform come from; its parameters are the names of the inputs.

    Raises LineageError where its plan has what cannot be read.
    """
    frames = {name: standing_in(name, frame.schema) for name, frame in inputs.items()}
    try:
        return frame_of(plan_of(transform(**frames)), inputs)
    except UnreadError as error:
        raise LineageError(f"`{_named(transform)}` has {error}.") from error
    except LineageError as error:
        raise LineageError(f"`{_named(transform)}`: {error}.") from error
    except PolarsError as error:
        raise LineageError(
            f"`{_named(transform)}` makes no plan that can be read: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _named(transform: Transform) -> str:
    """Where a transform stands."""
    code = inspect.unwrap(transform).__code__
    return f"{transform.__module__}.{transform.__qualname__}, line {code.co_firstlineno}"
