"""All pages that are made from the code, and the part of the README that is."""

import importlib
import re
from pathlib import Path

import mega_toys.domains
from mega_toys.command import cli
from mega_toys.declared.catalog import Catalog, tables_in
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.documentation import commands, dictionary, index, lineage

LAKE = DATA_QUALITY.name.domain
DICTIONARY = Path("docs/data_dictionary")
_FIGURE = re.compile(r"(<!-- lineage: `make docs` -->\n).*?(<!-- end -->)", re.DOTALL)


def made(root: Path) -> dict[Path, str]:
    """What each page should hold, by its path below the root of the project."""
    catalog = tables_in(mega_toys.domains)
    readme = (root / "README.md").read_text(encoding="utf-8")
    return {
        Path("README.md"): _with_figure(readme, catalog),
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


def _with_figure(readme: str, catalog: Catalog) -> str:
    figure = "\n".join(lineage.of_products(catalog))
    return _FIGURE.sub(lambda found: f"{found[1]}{figure}\n{found[2]}", readme)
