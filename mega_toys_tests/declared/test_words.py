"""One thing is told in the singular."""

import pytest

from mega_toys.declared.words import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1234, "1,234 days")]
)
def test_a_number_of_things_is_told_in_words(number: int, said: str) -> None:
    assert counted(number, "day") == said
