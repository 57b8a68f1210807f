"""Which cases of a test are quick."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_quick(cases: Iterable[Any]) -> list[Any]:
    """The first case belongs to `make test`, the others to `make test-all`."""
    cases = [*cases]
    return few_quick(cases, len(cases))


def few_quick(cases: Iterable[Any], each: int = 4) -> list[Any]:
    """The first case and every so manieth belong to `make test`, the others to `make test-all`."""
    return [
        pytest.param(case, marks=pytest.mark.slow) if number % each else case
        for number, case in enumerate(cases)
    ]
