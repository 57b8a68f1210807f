"""Contracts as files: the current ones, and each version that was released."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from mega_toys.contracts.document import Document, document, products
from mega_toys.contracts.versions import Version
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import ContractError

ROOT, RELEASED, ENDING = Path("contracts"), "released", ".odcs.yaml"
_WIDTH = 120
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def text(contract: Document) -> str:
    """A contract as YAML, its parts in their order."""
    made: str = yaml.dump(
        contract, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return made


def read(path: Path) -> Document:
    """The contract of a file; ContractError where it holds none."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506, a safe one
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        why = str(error).partition("\n")[0]
        raise ContractError(f"{path} cannot be read as YAML: {why}. Get it back by git.") from error
    if not isinstance(found, dict) or not found.get("schema"):
        raise ContractError(f"{path} holds no contract with a `schema`. Get it back by git.")
    return found


def current(catalog: Catalog) -> dict[str, Document]:
    """The contracts as declared, by the names of their tables."""
    return {str(table.name): document(table, catalog) for table in products(catalog)}


def path_of(name: str, root: Path = ROOT) -> Path:
    """Where the current contract of a table lies."""
    return root / f"{name}{ENDING}"


def written(root: Path = ROOT) -> dict[str, Path]:
    """The files of current contracts that are there, by the names of their tables."""
    files = sorted(root.glob(f"*{ENDING}"))
    return {path.name.removesuffix(ENDING): path for path in files}


def write(contracts: Mapping[str, Document], root: Path = ROOT) -> Iterator[Path]:
    """Write the current contracts, remove those of tables that are gone; the files that changed."""
    for name, contract in contracts.items():
        path, made = path_of(name, root), text(contract)
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="utf-8")
            yield path
    for name, path in written(root).items():
        if name not in contracts:
            path.unlink()
            yield path


def differing(contracts: Mapping[str, Document], root: Path = ROOT) -> Iterator[str]:
    """The tables whose file is not the contract that they declare, is missing, or is one too many.

    Texts are compared first: whoever changed nothing reads no YAML.
    """
    there = written(root)
    for name in sorted(contracts.keys() | there.keys()):
        declared, path = contracts.get(name), there.get(name)
        if declared is None or path is None or path.read_text(encoding="utf-8") != text(declared):
            yield name


def releases(root: Path = ROOT) -> dict[str, list[Version]]:
    """The versions of each table that were released, the oldest first."""
    found: dict[str, list[Version]] = {}
    for path in (root / RELEASED).glob(f"*/*{ENDING}"):
        version = Version.parse(path.name.removesuffix(ENDING), str(path))
        found.setdefault(path.parent.name, []).append(version)
    return {name: sorted(versions) for name, versions in sorted(found.items())}


def release_path(name: str, version: Version, root: Path = ROOT) -> Path:
    """Where a released version lies."""
    return root / RELEASED / name / f"{version}{ENDING}"


def newest(versions: Iterable[Version], major: int | None = None) -> Version | None:
    """The newest version, or the newest of a major one."""
    return max((one for one in versions if major in (None, one.major)), default=None)
