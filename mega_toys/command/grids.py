"""Tables on a terminal: nothing in them is cut, however narrow it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.table import Table as Grid
from rich.text import Text

from mega_toys.declared.words import harmless

_BETWEEN = 2  # blanks between two columns
_LEAST = 16  # of a column whose words may stand on several lines


@dataclass(frozen=True)
class Column:
    """A column of a table for people.

    `wraps`: its words may stand on several lines. `spare`: it is left out where the terminal is
    narrow, the highest first; 0 stays.
    """

    name: str
    cells: Sequence[str | Text]
    wraps: bool = False
    spare: int = 0
    right: bool = False

    @property
    def least(self) -> int:
        """How wide it must be."""
        widest = max([len(harmless(self.name)), *(_text(cell).cell_len for cell in self.cells)])
        return min(widest, _LEAST) if self.wraps else widest

    @property
    def wanted(self) -> int:
        """How wide it must be for no word to be broken."""
        words = [len(word) for cell in self.cells for word in _text(cell).plain.split()]
        return max([self.least, *words]) if self.wraps else self.least


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(harmless(cell))


def fits(console: Console, columns: Sequence[Column]) -> bool:
    """Whether the columns stand beside each other on the terminal."""
    return _within(console, [column.least for column in columns])


def _within(console: Console, widths: Sequence[int]) -> bool:
    return sum(widths) + _BETWEEN * (len(widths) - 1) <= console.width


def put(console: Console, columns: Sequence[Column]) -> None:
    """Print the columns, as many as fit, and say which do not."""
    kept = _kept(console, columns)
    stiff = fits(console, kept)
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in kept:
        name, side = Text(harmless(column.name)), "right" if column.right else "left"
        unbroken = stiff and not column.wraps
        grid.add_column(name, justify=side, no_wrap=unbroken, overflow="fold")  # type: ignore[arg-type]
    for row in zip(*(column.cells for column in kept), strict=True):
        grid.add_row(*map(_text, row))
    _without_trailing_blanks(console, grid)
    if left_out := ", ".join(column.name for column in columns if column not in kept):
        console.print(f"Left out, since the terminal is narrow: {left_out}.", highlight=False)


def _kept(console: Console, columns: Sequence[Column]) -> list[Column]:
    """The columns without those that may be spared, as long as they do not all fit."""
    kept = list(columns)
    while any(column.spare for column in kept):
        if _within(console, [column.wanted for column in kept]):
            break
        kept.remove(max(kept, key=lambda column: column.spare))
    return kept


def _without_trailing_blanks(console: Console, grid: Grid) -> None:
    for line in console.render_lines(grid, pad=False):
        told = "".join(segment.text for segment in line).rstrip()
        kept = Segment.adjust_line_length(line, cell_len(told), pad=False)
        console.print(Segments([*kept, Segment.line()]))


def columns_of(rows: pl.DataFrame) -> list[Column]:
    """The columns of a frame, each value as it is."""
    return [
        Column(
            series.name,
            ["" if value is None else str(value) for value in series],
            right=series.dtype.is_numeric(),
        )
        for series in rows
    ]


def put_records(console: Console, columns: Sequence[Column]) -> None:
    """Print the rows one below the other: a line for each value, a blank line between two rows."""
    rows = zip(*(column.cells for column in columns), strict=True)
    for at, row in enumerate(rows):
        if at:
            console.print()
        for column, cell in zip(columns, row, strict=True):
            line = Text.assemble((f"{harmless(column.name)}: ", "bold"), _text(cell))
            console.print(line, soft_wrap=True, highlight=False)
