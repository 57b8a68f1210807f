"""A cell of a table in Markdown."""


def cell(text: str) -> str:
    """Text for a cell of a table in Markdown, on one line."""
    return " ".join(text.split()).replace("|", "\\|")
