"""Numbers and long texts in words."""


def counted(number: int, what: str) -> str:
    """So many of something: `1 day`, `2 days`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """A text in backticks; one of more characters than `most` is cut, and its length told."""
    if len(text) <= most:
        return f"`{text}`"
    return f"`{text[:most]}…` ({len(text):,} characters)"
