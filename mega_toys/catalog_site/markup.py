"""How values become HTML: each is escaped, and none steers a browser or turns its writing."""

import base64
import functools
import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).with_name("templates")
_UNSHOWN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LONGEST = 300  # signs of a value that are shown
_CODE = re.compile(r"`([^`]+)`")


def environment() -> Environment:
    """The templates with all that they use."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "words": words,
        "short": short,
        "count": count,
        "at": at,
        "web": web,
        "dotted": dotted,
    }
    made.filters |= {"anchor": anchor, "page": page}
    style, script = (TEMPLATES / name for name in ("style.css", "filter.js"))
    made.globals |= {
        "style": Markup(style.read_text(encoding="utf-8")),  # noqa: S704, our own files
        "script": Markup(script.read_text(encoding="utf-8")),  # noqa: S704
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    }
    return made


def _hash(file: Path) -> str:
    """What a policy names a text by that may run, or style, in a page."""
    digest = hashlib.sha256(file.read_bytes()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def shown(value: Any) -> Any:
    r"""A value as it is put into a page: signs that steer as \x1b or \u202e, none as nothing."""
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def harmless(text: str) -> str:
    r"""A text, its signs that steer as \x1b or \u202e."""
    return _UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def words(text: object) -> Markup:
    """A text of a declaration: what stands in backticks as code."""
    parts = _CODE.split(harmless(str(text)))
    told = (Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
            for at, part in enumerate(parts))  # fmt: skip
    return Markup("").join(told)


def dotted(name: object) -> Markup:
    """A name that may go on in the next line after each dot and each `_`."""
    return _dotted(str(name))


@functools.lru_cache(maxsize=1 << 16)
def _dotted(name: str) -> Markup:
    parts = (Markup("_<wbr>").join(one.split("_")) for one in harmless(name).split("."))
    return Markup(".<wbr>").join(parts)


def short(value: object) -> str:
    """A value of the lake, cut where it is long."""
    if value is None:
        return "null"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def count(number: int | None) -> str:
    """A number with its thousands told apart."""
    return "unknown" if number is None else f"{number:,}"


def at(instant: datetime | None) -> str:
    """An instant to the minute."""
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"


def web(address: str) -> str:
    """An address that may be followed; empty of any other."""
    return address if address.startswith(("https://", "http://", "mailto:")) else ""


def anchor(name: object) -> str:
    """The fragment of a part of a page."""
    return _quoted(str(name))


def page(name: object) -> str:
    """Where the page of a table lies below the site."""
    return f"tables/{_quoted(str(name))}.html"


@functools.lru_cache(maxsize=1 << 16)
def _quoted(name: str) -> str:
    return quote(name, safe="")
