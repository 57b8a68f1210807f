"""`mega-toys catalog`: the tables as pages, for people."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

import mega_toys
from mega_toys.command.terminal import console
from mega_toys.declared.words import counted

commands = typer.Typer(
    no_args_is_help=True,
    help="A site of all tables, in which people find, understand and trust them.",
)
Output = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the site, that of the settings by default; a former one is replaced."
    ),
]


@commands.command()
def build(output: Output = None) -> None:
    """Write the site: it opens from the disk, asks no server, and tells the lake as it stands."""
    from mega_toys.catalog_site.site import Site, pages
    from mega_toys.catalog_site.written import write
    from mega_toys.command.planned import plan_of
    from mega_toys.settings import Settings

    lake, settings = mega_toys.open(), Settings.load()
    folder = output or settings.catalog_root
    number = write(pages(Site.of(lake, plan_of(lake)), settings.ui_url), folder)
    told = f"{counted(number, 'page')} written: open {folder / 'index.html'}"
    console.print(escape(told), soft_wrap=True, highlight=False)


@commands.command()
def show(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the site, that of the settings by default.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0: one that is free.")] = 0,
) -> None:
    """Serve the site to this machine, until Ctrl-C."""
    from mega_toys.catalog_site.served import server
    from mega_toys.settings import Settings

    with server(folder or Settings.load().catalog_root, port) as serving:
        host, at = serving.server_address[:2]
        console.print(f"The catalog is at http://{host!s}:{at}", soft_wrap=True, highlight=False)
        serving.serve_forever()
