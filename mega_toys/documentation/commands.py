"""The command reference: every command with its arguments and options, as it tells them."""

from collections.abc import Iterator
from typing import Any

from typer import Typer
from typer.main import get_command


def page(app: Typer, program: str) -> str:
    """A table of the commands, then each of them."""
    command: Any = get_command(app)
    lines = [f"# `{program}`", "", command.help, "", "| command | what it does |", "|---|---|"]
    for name, one in command.commands.items():
        lines.append(
            f"| [{name}](#{program}-{name}) | {_said(one.help).split('. ')[0].rstrip('.')} |"
        )
    for name, one in command.commands.items():
        lines += _section(one, f"{program} {name}")
    return "\n".join(lines) + "\n"


def _section(command: Any, called: str) -> list[str]:
    """A command; of a group, each of its own."""
    inner = getattr(command, "commands", {})
    lines = [
        "",
        f"## {called}",
        "",
        *([_said(command.help)] if inner else _command(command, called)),
    ]
    for name, one in inner.items():
        lines += _section(one, f"{called} {name}")
    return lines


def _said(text: str | None) -> str:
    return " ".join((text or "").split())


def _command(command: Any, called: str) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    needed = [f"{one.opts[0]} {one.name.upper()}" for one in options if one.required]
    some = ["[OPTIONS]"] if len(options) > len(needed) else []
    yield f"    {' '.join([called, *map(_argument, arguments), *needed, *some])}"
    yield ""
    yield _said(command.help)
    if command.params:
        yield ""
        yield "| | | default |"
        yield "|---|---|---|"
    for one in arguments:
        yield f"| `{one.name.upper()}` | {_said(one.help)} | |"
    for one in options:
        default = "required" if one.required else _default(one)
        yield f"| `{', '.join(one.opts)}` | {_said(one.help)} | {default} |"


def _argument(one: Any) -> str:
    name: str = one.name.upper()
    return name if one.required else f"[{name}]"


def _default(option: Any) -> str:
    return "" if option.default is None else f"`{_plain(option.default)}`"


def _plain(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"
