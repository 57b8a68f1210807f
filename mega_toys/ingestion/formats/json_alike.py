"""Records of JSON lines that are laid out alike, without a Python object for each."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from mega_toys.ingestion.formats.json_together import plain_objects
from mega_toys.ingestion.formats.records import Records
from mega_toys.lake.fields import together
from mega_toys.lake.fields.alike import FEWEST, Layout, layouts, sampled
from mega_toys.lake.fields.fit import utf8
from mega_toys.lake.fields.native import Columnar, plain


def alike(
    lines: Sequence[bytes], fields: Sequence[str]
) -> tuple[list[tuple[pl.Series, Records]], Sequence[int]]:
    """The records of lines laid out as many are, with the places of these, and all other places."""
    if len(lines) < FEWEST:
        return [], range(len(lines))
    sent = pl.DataFrame({"line": pl.Series(lines, dtype=pl.Binary)}).with_row_index("at")
    is_short = pl.col("line").bin.size() <= together.LONGEST
    short = sent.select("at", pl.when(is_short).then("line"))
    left = short.with_columns(_texts(short["line"]))
    found = []
    for layout in layouts(plain_objects(sampled(lines))):
        places, captured = layout.captured(left["line"])
        mine = left[places]
        left = left.join(mine, on="at", how="anti", maintain_order="left")
        if mine.height:
            found.append((mine["at"].cast(pl.Int64), _records(layout, captured, fields, mine)))
    return found, left["at"].to_list()


def _texts(lines: pl.Series) -> pl.Series:
    """Lines as text; null where one is none."""
    try:
        return lines.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(lines.name, map(utf8, lines), dtype=pl.String)


def _records(
    layout: Layout, captured: dict[str, pl.Series], fields: Sequence[str], lines: pl.DataFrame
) -> Records:
    known = frozenset(fields)
    values = layout.columns(captured)
    extras: dict[int, dict[str, Any]] = {}
    for name in [name for name in values if name not in known]:
        sent = values[name]
        for place, value in enumerate(plain(sent) if isinstance(sent, Columnar) else sent):
            if value is not None:
                extras.setdefault(place, {})[name] = value
    nothing = pl.repeat(None, lines.height, dtype=pl.Null, eager=True)
    return Records(
        height=lines.height,
        columns={name: values.get(name, nothing) for name in fields},
        extras=extras,
        weight=int(lines["line"].str.len_bytes().sum()),
    )
