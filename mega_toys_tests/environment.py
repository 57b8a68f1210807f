"""The environment of a test, which ends with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """These variables as well; afterwards all is as before.

    Only what differs is set back: threads of native libraries read the environment at any time,
    and one that is emptied and filled meanwhile ends their process (`patch.dict` does it).
    """
    before = dict(os.environ)
    try:
        _set(variables)
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        _set(before)


def _set(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
