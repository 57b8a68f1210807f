"""Semantic versions of contracts."""

import re
from typing import NamedTuple, Self

from mega_toys.declared.errors import ContractError

_WRITTEN = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class Version(NamedTuple):
    """What breaks a consumer raises the first number, what adds the second, words the third."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """The version of a text; ContractError, which names the place, where it is none."""
        found = _WRITTEN.fullmatch(str(text))
        if found is None:
            raise ContractError(f"{where}: {text!r} is no version, three numbers are: 1.0.0.")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return ".".join(map(str, self))
