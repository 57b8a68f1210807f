"""Which cases of a test are quick."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_quick(cases: Iterable[Any]) -> list[Any]:
    """The first case belongs to `make test`, the others to `make test-all`."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.slow) for case in others)]
