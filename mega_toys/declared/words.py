"""Numbers, long texts and signs that steer, in words."""

import re

DAY_OF_THE_ACCOUNTS = (
    "Of a table with business days the day of the accounts is a record's business day, or its "
    "landing day where that cannot be read or is outside the window; else its landing day."
)
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def counted(number: int, what: str) -> str:
    """So many of something: `1 day`, `2 days`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """A text in backticks; one of more characters than `most` is cut, and its length told."""
    if len(text) <= most:
        return f"`{text}`"
    return f"`{text[:most]}…` ({len(text):,} characters)"


def harmless(text: str) -> str:
    r"""The text with signs that steer who shows it, or turn its writing, as \x1b or \u202e."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
