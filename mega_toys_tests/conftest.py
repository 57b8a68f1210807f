"""What holds for all tests."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from mega_toys_tests.environment import environment

# How long an example takes says nothing on a machine that does other things as well.
settings.register_profile("mega_toys", deadline=None, print_blob=True)
settings.load_profile("mega_toys")
os.environ.pop("DAGSTER_HOME", None)  # of who runs them


@pytest.fixture(autouse=True, scope="module")
def _environment_of_a_module() -> Iterator[None]:
    """A refresh in this process sets Dagster's home: the next module begins without."""
    with environment():
        yield


@pytest.fixture(autouse=True)
def _environment_of_a_test(_environment_of_a_module: None) -> Iterator[None]:
    with environment():
        yield
