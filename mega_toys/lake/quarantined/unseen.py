"""Differences between texts that a reader does not see: their characters are named."""

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

_HIDDEN = {"Cc", "Cf", "Co", "Cn"}  # categories of characters that have no picture
_MOST = 3  # characters that are named
_TWINS = str.maketrans(
    "АВЕЅЗІЈКМНОРСТУХасеіјорхуѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲ‐‑‒–—−‘’“”",
    "ABES3IJKMHOPCTYXaceijopxysABEZHIKMNOPTYXoc------''\"\"",
)


def seen(text: str) -> str:
    """A text as a reader takes it: by its look, with plain blanks and without what has none."""
    plain = unicodedata.normalize("NFKC", text).translate(_TWINS)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _HIDDEN)


def twin(text: str, valid: Iterable[str]) -> str | None:
    """A valid text that looks the same."""
    look = seen(text)
    return next((other for other in valid if other != text and seen(other) == look), None)


def difference(text: str, other: str) -> str:
    """In which characters a text differs from one that looks the same; a sentence."""
    parts = SequenceMatcher(None, text, other, autojunk=False).get_opcodes()
    changed = [(text[a:b], other[c:d]) for kind, a, b, c, d in parts if kind != "equal"]
    told = [f"{named(mine)} where that has {named(its)}" for mine, its in changed[:_MOST]]
    same = unicodedata.normalize("NFC", text) == unicodedata.normalize("NFC", other)
    forms = [form for form in ("NFD", "NFC") if unicodedata.is_normalized(form, text)]
    form = f", in Unicode's form {forms[0]}" if same and forms else ""
    return f"It only looks like `{other}`: it has {'; '.join(told)}{form}."


def strange(text: str) -> str:
    """The characters of a text that one does not see or takes for others; mostly nothing."""
    odd = [sign for sign in text if not sign.isascii() and seen(sign) != sign]
    return f" It has {named(''.join(dict.fromkeys(odd)))}." if odd else ""


def named(signs: str) -> str:
    """Characters by number and name."""
    told = [f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".strip() for sign in signs[:_MOST]]
    return " and ".join(told) or "nothing"
