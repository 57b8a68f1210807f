"""The streams that the command writes to; no data steers a terminal or stops the output."""

import codecs
import io
import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from mega_toys.command.ending import end_unread
from mega_toys.declared.words import harmless

NOTHING_NEW = "Nothing new: every table is up to date."
_PLAIN = {"…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "•": "*", "·": "."}
_PLAIN |= dict.fromkeys("─━╌╴╶╸╺", "-")


def of_older_code(number: int) -> str:
    """That so many tables were built by older code, and the way out."""
    were, them = ("tables were", "them") if number > 1 else ("table was", "it")
    made_anew = f"`mega-toys refresh --changed-code` makes {them} anew."
    return f"{number} {were} built by older code: {made_anew}"


class _Harmless:
    """What is to be printed, without steering signs in its texts."""

    def __init__(self, printed: ConsoleRenderable) -> None:
        self._printed = printed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._printed, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)


class _HarmlessHook(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Harmless(printed) for printed in renderables]


def _degraded(error: UnicodeError) -> tuple[str, int]:
    """Signs that an encoding has not: our own as ASCII has them, others by their number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    plain = (_PLAIN.get(s) or s.encode("ascii", "backslashreplace").decode() for s in signs)
    return "".join(plain), error.end


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would raise, in the middle of a run that takes it for a failure of its own."""
        end_unread()


def _console(*, is_error: bool = False) -> Console:
    width = None if is_error or sys.stdout.isatty() else 160
    made = _Console(width=width, stderr=is_error, soft_wrap=is_error)
    made.push_render_hook(_HarmlessHook())
    return made


def _degrade(streams: Iterable[object]) -> None:
    codecs.register_error("mega_toys.degraded", _degraded)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="mega_toys.degraded")


_degrade([sys.stdout, sys.stderr])
console, errors = _console(), _console(is_error=True)
