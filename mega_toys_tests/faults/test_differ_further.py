"""Further sequences of the differential tester, in a module of their own for the other core."""

from pathlib import Path

import pytest

from mega_toys_tests.faults.test_differ import leaves_the_lake_as_a_fresh_one


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(21, 41))
def test_a_random_sequence_leaves_the_lake_as_a_fresh_one(seed: int, tmp_path: Path) -> None:
    leaves_the_lake_as_a_fresh_one(seed, tmp_path)
