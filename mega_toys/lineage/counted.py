"""What the lake counts of its other tables: the lineage of `lake.gold.data_quality_daily`."""

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.own.accounts import ACCEPTED, RECEIVED
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.quality import STANDING, counted
from mega_toys.lineage.frames import Frame
from mega_toys.lineage.origins import NOTHING, Origins, Source, Use
from mega_toys.lineage.transforms import given, read

_COLUMNS = {"day": "day", "rules": "rules", "file_group": "_file"}  # of a quarantine
_DECIDED = ("table", "_file", "_row", "content_hash", "file_hash")  # which record is meant


def counts(catalog: Catalog) -> Frame:
    """The counts by table, day, rule and group of files."""
    inputs = {
        "account": given(RECEIVED.name, RECEIVED.schema),
        "accepted": given(ACCEPTED.name, ACCEPTED.schema),
        "standing": _standing(catalog),
    }
    return read(counted, inputs)


def _standing(catalog: Catalog) -> Frame:
    """All quarantines, with how each record stands: what corrects it, or was decided about it."""
    names = [str(table.quarantine) for table in catalog.from_bronze]
    columns = {
        column: Origins(frozenset(Source(name, source) for name in names))
        for column, source in _COLUMNS.items()
    }
    claims = {Source(str(table.bronze), "_rescued") for table in catalog.from_bronze}
    meant = {Use("join", Source(DECISIONS.name, name)) for name in _DECIDED}
    places = {Use("join", Source(name, one)) for name in names for one in ("_file", "_row")}
    decided = frozenset({Source(DECISIONS.name, "decision"), *claims})
    columns |= {"table": NOTHING, "status": Origins(decided, frozenset(meant | places))}
    return Frame(STANDING, columns)
