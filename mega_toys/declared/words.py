"""Numbers and long texts in words."""

DAY_OF_THE_ACCOUNTS = (
    "Of a table with business days the day of the accounts is a record's business day, or its "
    "landing day where that cannot be read or is outside the window; else its landing day."
)


def counted(number: int, what: str) -> str:
    """So many of something: `1 day`, `2 days`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """A text in backticks; one of more characters than `most` is cut, and its length told."""
    if len(text) <= most:
        return f"`{text}`"
    return f"`{text[:most]}…` ({len(text):,} characters)"
