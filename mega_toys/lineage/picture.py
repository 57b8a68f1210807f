"""The way of columns as a picture: tables from left to right, values as lines, rows dashed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from html import escape

from mega_toys.lineage.origins import Source
from mega_toys.lineage.way import Step, columns_in

_LINE, _SIGN, _PAD = 24, 7.2, 10  # pixels: height of a line, width of a sign, space around
_BETWEEN = (90, 24)  # pixels from table to table, across and down
_STYLE = (
    "text{font:12px ui-monospace,monospace;fill:#1b1f24}.t{font-weight:bold}.g{fill:#fff}"
    ".b{fill:#fff;stroke:#8a949e}.h{fill:#e8edf2;stroke:#8a949e}.a{fill:#fff1c2}"
    ".v{fill:none;stroke:#1f6feb}.r{fill:none;stroke:#8a949e;stroke-dasharray:4 3}"
)
Address = Callable[[Source], str]  # of a column, or of a table (`""`); none where it has none


@dataclass(frozen=True)
class _Box:
    """A table with those of its columns that are on the way; `x` and `y` are pixels."""

    name: str
    columns: list[str]
    x: float
    y: float

    @cached_property
    def width(self) -> float:
        return _SIGN * max(map(len, (self.name, *self.columns))) + 2 * _PAD

    @property
    def height(self) -> float:
        return _LINE * (len(self.columns) + 1)

    @cached_property
    def middle(self) -> dict[str, float]:
        """How far down the line of each column is, and that of the table's name (`""`)."""
        return {one: self.y + _LINE * (at + 0.5) for at, one in enumerate(("", *self.columns))}


def picture(asked: Sequence[Source], steps: Sequence[Step]) -> str:
    """An SVG of the steps, a file of its own; see `drawn`."""
    svg = drawn(asked, steps, style=f"<style>{_STYLE}</style>")
    return svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1) + "\n"


def drawn(
    asked: Sequence[Source],
    steps: Sequence[Step],
    address: Address = lambda one: "",
    *,
    style: str = "",
) -> str:
    """An SVG of the steps, a part of a page: the columns asked for are marked.

    Lines that are dashed choose rows; their titles say how.
    A source without a column is a table as a whole. What has an address links there. What rules
    alone ask is not drawn: they ask every field.
    """
    steps = [step for step in steps if step.by != ("rule",)]
    layers = _placed(asked, steps)
    boxes = {box.name: box for layer in layers for box in layer}
    width = max(box.x + box.width for box in boxes.values()) + _PAD
    lines, lowest = _lines(boxes, layers, steps)
    height = lowest + _PAD
    told = escape(f"Lineage of {', '.join(map(_name, asked))}")
    return "\n".join(
        [
            f'<svg class="lineage" role="group" aria-label="{told}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">',
            f"<title>{told}</title>{style}",
            f'<rect class="g" width="{width:.0f}" height="{height:.0f}"/>',
            *lines,
            *(part for box in boxes.values() for part in _drawn(box, asked, address)),
            "</svg>",
        ]
    )


def _placed(asked: Sequence[Source], steps: Sequence[Step]) -> list[list[_Box]]:
    """The tables in layers, each to the left of all that is made of it, and as near as can be."""
    columns = _on_the_way(asked, steps)
    layers: list[list[_Box]] = []
    x = float(_PAD)
    for names in _from_left(columns, steps):
        y, layer = float(_PAD), list[_Box]()
        for name in names:
            layer.append(_Box(name, list(columns[name]), x, y))
            y += layer[-1].height + _BETWEEN[1]
        layers.append(layer)
        x += max(box.width for box in layer) + _BETWEEN[0]
    return layers


def _on_the_way(asked: Sequence[Source], steps: Sequence[Step]) -> dict[str, dict[str, None]]:
    """The tables with those of their columns that are drawn: first those whose values are told."""
    columns: dict[str, dict[str, None]] = {one.frame: {} for one in asked}
    for step in steps:
        columns.setdefault(step.source.frame, {})
        columns.setdefault(step.made.frame, {})
    ends = columns_in([step for step in steps if not step.by], asked)
    for one in (*ends, *(step.source for step in steps)):
        if one.column:
            columns[one.frame][one.column] = None
    return columns


def _from_left(tables: Iterable[str], steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    return _layers(tuple(tables), frozenset((step.source.frame, step.made.frame) for step in steps))


@lru_cache(maxsize=1024)
def _layers(
    tables: tuple[str, ...], made: frozenset[tuple[str, str]]
) -> tuple[tuple[str, ...], ...]:
    """The tables by how far they are from the end; the columns of one mostly have the same way."""
    goes_into: dict[str, set[str]] = {name: set() for name in tables}
    for source, table in made:
        goes_into[source].add(table)
    to_end: dict[str, int] = {}
    for name in TopologicalSorter(goes_into).static_order():
        to_end[name] = max((to_end[one] + 1 for one in goes_into[name]), default=0)
    far = range(max(to_end.values()), -1, -1)
    return tuple(tuple(name for name in tables if to_end[name] == at) for at in far)


@dataclass(frozen=True)
class _Lane:
    """The way below a layer, for the lines that pass it."""

    left: float
    right: float
    y: float


def _lines(
    boxes: dict[str, _Box], layers: list[list[_Box]], steps: Sequence[Step]
) -> tuple[list[str], float]:
    """Values go from column to column, what chooses rows to the table; and how far down all is."""
    rows: dict[tuple[Source, Source], set[str]] = {}
    for step in steps:
        if step.by:
            rows.setdefault((step.source, Source(step.made.frame, "")), set()).update(step.by)
    told = [(*ends, "r", f" ({', '.join(sorted(by))})") for ends, by in rows.items()]
    told += [(one.source, one.made, "v", "") for one in steps if not one.by]
    at = {box.name: number for number, layer in enumerate(layers) for box in layer}
    far = dict.fromkeys(s for s, made, *_ in told if at[made.frame] - at[s.frame] > 1)
    beside = {source: number for number, source in enumerate(far)}
    lines = []
    for source, made, kind, words in told:
        between = layers[at[source.frame] + 1 : at[made.frame]]
        lanes = [_lane(layer, beside[source]) for layer in between]
        lines.append(_line(boxes, lanes, source, made, kind, words))
    bottom = max(box.y + box.height for box in boxes.values())
    return lines, bottom + (_lane(layers[0], len(far)).y - _lane(layers[0], 0).y + _PAD) * bool(far)


def _lane(layer: Sequence[_Box], number: int) -> _Lane:
    last = layer[-1]
    right = max(box.x + box.width for box in layer)
    return _Lane(last.x, right, last.y + last.height + _PAD + number * 5)


def _line(
    boxes: dict[str, _Box],
    lanes: Sequence[_Lane],
    source: Source,
    made: Source,
    kind: str,
    told: str,
) -> str:
    left, right = boxes[source.frame], boxes[made.frame]
    x, y = left.x + left.width, left.middle[source.column]
    path = f"M{x:.0f} {y:.0f}"
    for lane in lanes:
        path += f"{_curve(x, y, lane.left, lane.y)}H{lane.right:.0f}"
        x, y = lane.right, lane.y
    path += _curve(x, y, right.x, right.middle[made.column])
    title = f"{_named(source)} → {_named(made)}{told}"
    return f'<path class="{kind}" d="{path}"><title>{title}</title></path>'


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = (x1 + x2) / 2
    return f"C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"


def _name(one: Source) -> str:
    return ".".join(filter(None, one))


def _drawn(box: _Box, asked: Sequence[Source], address: Address) -> list[str]:
    at = f'x="{box.x:.0f}" width="{box.width:.0f}"'
    parts = [
        f'<rect class="b" {at} y="{box.y:.0f}" height="{box.height:.0f}"/>',
        f'<rect class="h" {at} y="{box.y:.0f}" height="{_LINE}"/>',
    ]
    for column in ("", *box.columns):
        one = Source(box.name, column)
        if one in asked:
            y = box.middle[column] - _LINE / 2
            parts.append(f'<rect class="a" {at} y="{y:.0f}" height="{_LINE}"/>')
        parts.append(_linked(_text(box, column), address(one)))
    return parts


def _text(box: _Box, column: str) -> str:
    x, y = box.x + _PAD, box.middle[column] + 4
    kind = "" if column else ' class="t"'
    return f'<text{kind} x="{x:.0f}" y="{y:.0f}">{_escaped(column or box.name)}</text>'


def _linked(text: str, to: str) -> str:
    return f'<a href="{_escaped(to)}">{text}</a>' if to else text


@lru_cache(maxsize=1 << 16)
def _named(one: Source) -> str:
    return escape(_name(one))


@lru_cache(maxsize=1 << 16)
def _escaped(told: str) -> str:
    """What is told in many pictures of a site, once."""
    return escape(told)
