"""mega_toys: the open lakehouse of Mega Awesome Toys."""

import os

TYPE_CHECKING = False  # as that of `typing`, whose import takes longer than all else here
if TYPE_CHECKING:
    from mega_toys.lake.reading.reader import Reader

if "_MEGA_TOYS_TIED_TO" in os.environ:  # few are, and what it takes to be tied takes a while
    from mega_toys.tied import tie

    tie()


def open(lake_root: str | None = None) -> "Reader":  # noqa: A001, `mega_toys.open()` reads well
    """The lake of the settings, or the one at `lake_root`."""
    import mega_toys.domains
    from mega_toys.declared.catalog import tables_in
    from mega_toys.lake.reading.reader import Reader
    from mega_toys.lake.store.store import Store
    from mega_toys.settings import Settings

    settings = Settings.load()
    store = Store(lake_root or settings.lake_root)
    return Reader(store, tables_in(mega_toys.domains), memory_mb=settings.memory_mb)
