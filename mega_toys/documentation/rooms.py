"""The picture of the rooms: the layers that import-linter holds, of `pyproject.toml`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def picture(project: Path) -> Iterator[str]:
    """Each contract of layers as a column of a Mermaid chart, who may import most at the top."""
    contracts = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]
    yield "```mermaid"
    yield "flowchart TD"
    for contract in contracts["contracts"]:
        if contract["type"] == "layers":
            yield from _column(contract, project.parent)
    yield "```"


def _column(contract: dict[str, Any], root: Path) -> Iterator[str]:
    (container,) = contract["containers"]
    column = container.rpartition(".")[2]
    yield f'    subgraph {column}["{container}"]'
    yield "        direction TB"
    folder = root.joinpath(*container.split("."))
    layers = [list(_rooms(layer, folder)) for layer in contract["layers"]]
    boxes = [" · ".join(rooms) for rooms in layers if rooms]
    nodes = [f'{column}{at}["{box}"]' for at, box in enumerate(boxes)]
    yield f"        {nodes[0]}"
    for at, node in enumerate(nodes[1:]):
        yield f"        {column}{at} --> {node}"
    yield "    end"


def _rooms(layer: str, folder: Path) -> Iterator[str]:
    """The rooms of a layer; one in brackets may not be there."""
    for room in layer.split(" | "):
        name = room.strip("()")
        if room == name or (folder / name).exists():
            yield name
