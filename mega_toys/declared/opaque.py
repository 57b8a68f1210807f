"""What a function of Python does to a frame, which no plan tells."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

Bears = Literal["filter", "join", "group", "sort", "window"]
TOLD = "__columns_from__"
_Function = TypeVar("_Function", bound=Callable[..., object])


@dataclass(frozen=True)
class Told:
    """The columns that a function makes, with those they come from; and what chooses the rows."""

    columns: Mapping[str, tuple[str, ...]]
    uses: tuple[tuple[Bears, tuple[str, ...]], ...]


def columns_from(
    columns: Mapping[str, Iterable[str]], **uses: Iterable[str]
) -> Callable[[_Function], _Function]:
    """Say of a function that `LazyFrame.map_batches` is given what its columns come from.

    `columns` names each column that it makes with the columns of its frame that its values come
    from; those that only choose the rows are named as `filter=`, `join=`, `group=`, `sort=` or
    `window=`.
    """
    told = Told(
        {name: tuple(sources) for name, sources in columns.items()},
        tuple((bears, tuple(names)) for bears, names in uses.items()),  # type: ignore[misc]
    )

    def tell(function: _Function) -> _Function:
        setattr(function, TOLD, told)
        return function

    return tell
