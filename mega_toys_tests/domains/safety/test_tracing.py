"""What is declared of the closure over lots, against what a change of its frame changes."""

import random

import polars as pl
import pytest

from mega_toys.declared.opaque import TOLD, Told
from mega_toys.domains.safety.tracing import ANCESTOR, DESCENDANT, _closure


def _steps(draw: random.Random) -> pl.DataFrame:
    lots = "abcdef"
    rows = [(draw.choice(lots), draw.choice(lots), draw.choice([True, None])) for _ in range(6)]
    return pl.DataFrame(rows, schema=[ANCESTOR, DESCENDANT, "begins"], orient="row").unique(
        [ANCESTOR, DESCENDANT], maintain_order=True
    )


@pytest.mark.parametrize("seed", range(20))
def test_each_pair_is_of_the_lots_that_its_columns_are_declared_to_come_from(seed: int) -> None:
    told = getattr(_closure, TOLD)
    steps = _steps(random.Random(seed))

    found = _closure(steps, most_steps=5)

    assert isinstance(told, Told)
    assert found.columns == list(told.columns)
    for name in (ANCESTOR, DESCENDANT):
        (source,) = told.columns[name]
        assert set(found[name]) <= set(steps[source])
    assert {name for _, names in told.uses for name in names} == set(steps.columns)
