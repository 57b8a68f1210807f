"""Lineage against what a change of an input column changes in the output."""

import random
from collections.abc import Iterator

import polars as pl
import pytest

from mega_toys.lineage.origins import Source
from mega_toys.lineage.transforms import given, read
from mega_toys_tests.lineage.random_plans import INPUTS, Transform, rows_of, transform_of, values_of

CHANGES = 3


def _changed(
    frames: dict[str, pl.DataFrame], draw: random.Random
) -> Iterator[tuple[Source, dict[str, pl.DataFrame]]]:
    for frame, schema in INPUTS.items():
        for name, dtype in schema.items():
            for _ in range(CHANGES):
                other = pl.Series(name, values_of(dtype, draw), dtype)
                yield Source(frame, name), frames | {frame: frames[frame].with_columns(other)}


def _made(transform: Transform, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return transform(**{name: rows.lazy() for name, rows in frames.items()}).collect()


def _agrees(seed: int) -> None:
    transform, draw = transform_of(seed), random.Random(seed)
    frames = {name: rows_of(schema, draw) for name, schema in INPUTS.items()}
    before = _made(transform, frames)
    told = read(transform, {name: given(name, schema) for name, schema in INPUTS.items()}).told
    assert list(told) == before.columns
    for source, other in _changed(frames, draw):
        after = _made(transform, other)
        for name, origins in told.items():
            if not before[name].equals(after[name], null_equal=True):
                assert source in origins.values or source in origins.rows, (seed, name, source)


@pytest.mark.parametrize("seeds", [range(25)], ids=["25"])
def test_what_a_change_changes_was_told(seeds: range) -> None:
    for seed in seeds:
        _agrees(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(25, 225), range(225, 425)], ids=["200", "200 more"])
def test_what_a_change_changes_was_told_of_many_plans(seeds: range) -> None:
    for seed in seeds:
        _agrees(seed)
