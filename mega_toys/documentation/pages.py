"""All pages that are made from the code, and the parts of others that are."""

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

import mega_toys.domains
from mega_toys.command import cli
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.documentation import commands, dictionary, index, lineage, rooms

LAKE = DATA_QUALITY.name.domain
DICTIONARY = Path("docs/data_dictionary")
ARCHITECTURE = Path("docs/architecture.md")
_FIGURE = re.compile(r"(<!-- \w+: `make docs` -->\n).*?(<!-- end -->)", re.DOTALL)


def made(root: Path) -> dict[Path, str]:
    """What each page should hold, by its path below the root of the project."""
    catalog = tables_in(mega_toys.domains)
    figures = {
        Path("README.md"): lineage.of_products(catalog),
        ARCHITECTURE: rooms.picture(root / "pyproject.toml"),
    }
    return {
        **{path: _with_figure(root / path, figure) for path, figure in figures.items()},
        Path("docs/commands.md"): commands.page(cli.app, "mega-toys"),
        DICTIONARY / "README.md": index.page(catalog),
        **{
            DICTIONARY / f"{domain}.md": dictionary.page(domain, _about(domain), catalog)
            for domain in sorted({table.name.domain for table in catalog})
        },
    }


def _about(domain: str) -> str:
    room = "declared" if domain == LAKE else "domains"
    return (importlib.import_module(f"mega_toys.{room}.{domain}").__doc__ or "").strip()


def _with_figure(page: Path, figure: Iterable[str]) -> str:
    lines = "\n".join(figure)
    text = page.read_text(encoding="utf-8")
    return _FIGURE.sub(lambda found: f"{found[1]}{lines}\n{found[2]}", text)
