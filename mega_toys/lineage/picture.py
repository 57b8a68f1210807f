"""The way of columns as a picture: tables from left to right, values as lines, rows dashed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from html import escape

from mega_toys.lineage.origins import Source
from mega_toys.lineage.way import Step, columns_in

_LINE, _SIGN, _PAD = 20, 7.2, 10  # pixels: height of a line, width of a sign, space around
_BETWEEN = (90, 24)  # pixels from table to table, across and down
_STYLE = (
    "text{font:12px ui-monospace,monospace;fill:#1b1f24}.t{font-weight:bold}"
    ".b{fill:#fff;stroke:#8a949e}.h{fill:#e8edf2;stroke:#8a949e}.a{fill:#fff1c2}"
    ".v{fill:none;stroke:#1f6feb}.r{fill:none;stroke:#8a949e;stroke-dasharray:4 3}"
)


@dataclass(frozen=True)
class _Box:
    """A table with those of its columns that are on the way; `x` and `y` are pixels."""

    name: str
    columns: list[str]
    x: float
    y: float

    @property
    def width(self) -> float:
        return _width(self.name, self.columns)

    @property
    def height(self) -> float:
        return _LINE * (len(self.columns) + 1)

    def middle(self, column: str | None) -> float:
        """How far down the line of a column is, or that of the table's name."""
        at = 0 if column is None else self.columns.index(column) + 1
        return self.y + _LINE * (at + 0.5)


def _width(name: str, columns: Iterable[str]) -> float:
    return _SIGN * max(map(len, (name, *columns))) + 2 * _PAD


def picture(asked: Sequence[Source], steps: Sequence[Step]) -> str:
    """An SVG of the steps; the columns asked for are marked, titles say what dashed lines do.

    What rules alone ask is not drawn: they ask every field.
    """
    steps = [step for step in steps if step.by != ("rule",)]
    boxes = _placed(asked, steps)
    width = max(box.x + box.width for box in boxes.values()) + _PAD
    height = max(box.y + box.height for box in boxes.values()) + _PAD
    names = escape(", ".join(".".join(one) for one in asked))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img">',
            f"<title>Lineage of {names}</title><style>{_STYLE}</style>",
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
            *_lines(boxes, steps),
            *(part for box in boxes.values() for part in _drawn(box, asked)),
            "</svg>\n",
        ]
    )


def _placed(asked: Sequence[Source], steps: Sequence[Step]) -> dict[str, _Box]:
    """The tables, each to the right of all that it is made of."""
    columns = {one.frame: list[str]() for one in columns_in(steps, asked)}
    for one in columns_in([step for step in steps if not step.by], asked):
        columns[one.frame].append(one.column)
    for step in steps:
        if step.source.column not in columns[step.source.frame]:
            columns[step.source.frame].append(step.source.column)
    placed: dict[str, _Box] = {}
    x = float(_PAD)
    for names in _from_left(columns, steps):
        y = float(_PAD)
        for name in names:
            placed[name] = _Box(name, columns[name], x, y)
            y += placed[name].height + _BETWEEN[1]
        x += max(placed[name].width for name in names) + _BETWEEN[0]
    return placed


def _from_left(tables: Iterable[str], steps: Sequence[Step]) -> list[list[str]]:
    made_of: dict[str, set[str]] = {name: set() for name in tables}
    for step in steps:
        made_of[step.made.frame].add(step.source.frame)
    depth: dict[str, int] = {}
    for name in TopologicalSorter(made_of).static_order():
        depth[name] = max((depth[one] + 1 for one in made_of[name]), default=0)
    return [
        [name for name in made_of if depth[name] == at] for at in range(max(depth.values()) + 1)
    ]


def _lines(boxes: dict[str, _Box], steps: Sequence[Step]) -> list[str]:
    """Values go from column to column; what chooses rows goes to the table as a whole."""
    values = [step for step in steps if not step.by]
    drawn = [_line(boxes, one.source, one.made.frame, one.made.column, "v") for one in values]
    rows: dict[tuple[Source, str], set[str]] = {}
    for step in steps:
        if step.by:
            rows.setdefault((step.source, step.made.frame), set()).update(step.by)
    return [
        *(
            _line(boxes, source, made, None, "r", ", ".join(sorted(by)))
            for (source, made), by in rows.items()
        ),
        *drawn,
    ]


def _line(
    boxes: dict[str, _Box], source: Source, made: str, column: str | None, kind: str, told: str = ""
) -> str:
    left, right = boxes[source.frame], boxes[made]
    x1, y1, x2, y2 = left.x + left.width, left.middle(source.column), right.x, right.middle(column)
    middle = (x1 + x2) / 2
    path = f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    name = ".".join((made, *([column] if column else [])))
    title = f"{'.'.join(source)} → {name}{f' ({told})' if told else ''}"
    return f'<path class="{kind}" d="{path}"><title>{escape(title)}</title></path>'


def _drawn(box: _Box, asked: Sequence[Source]) -> list[str]:
    at = f'x="{box.x:.0f}" width="{box.width:.0f}"'
    parts = [
        f'<rect class="b" {at} y="{box.y:.0f}" height="{box.height:.0f}"/>',
        f'<rect class="h" {at} y="{box.y:.0f}" height="{_LINE}"/>',
        _text(box, None, box.name, ' class="t"'),
    ]
    for column in box.columns:
        if Source(box.name, column) in asked:
            y = box.middle(column) - _LINE / 2
            parts.append(f'<rect class="a" {at} y="{y:.0f}" height="{_LINE}"/>')
        parts.append(_text(box, column, column))
    return parts


def _text(box: _Box, column: str | None, told: str, kind: str = "") -> str:
    x, y = box.x + _PAD, box.middle(column) + 4
    return f'<text{kind} x="{x:.0f}" y="{y:.0f}">{escape(told)}</text>'
