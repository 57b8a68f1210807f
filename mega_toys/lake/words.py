"""Numbers of things in words."""


def counted(number: int, what: str) -> str:
    """So many of something: `1 day`, `2 days`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
