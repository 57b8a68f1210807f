"""What became of the records of every day. `lake/quarantined/quality.py` counts it."""

from mega_toys.declared.columns import weakened
from mega_toys.declared.contract import Contract
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import Counted

_COUNT = "a count of records"


class DataQualityDaily(dy.Schema):
    """What became of the records of a day, by table, rule and group of files.

    The rule `any` counts each record once.
    """

    day = dy.Date(
        primary_key=True, description="Business day; of a table without days, landing day."
    )
    table = dy.String(
        primary_key=True, description="Silver table that the records were received for."
    )
    rule = dy.String(
        primary_key=True, description="Rule that was broken; `any` counts each record once."
    )
    file_group = dy.String(
        primary_key=True,
        description="Ending of the files, as `csv.gz`; `correction` for delivered corrections.",
    )
    received = dy.Int64(description="Records received.")
    accepted = dy.Int64(description="Records that are in the table.")
    duplicates = dy.Int64(description="Records whose key another record won.")
    quarantined = dy.Int64(description="Records that broke the rule.")
    open = dy.Int64(
        metadata=weakened("internal", because=_COUNT),
        description="Of these: neither corrected nor dismissed.",
    )
    corrected = dy.Int64(
        metadata=weakened("internal", because=_COUNT),
        description="Of these: a correction was received.",
    )
    dismissed = dy.Int64(
        metadata=weakened("internal", because=_COUNT),
        description="Of these: somebody decided that they stay.",
    )


TABLE = Counted(
    rows=DataQualityDaily,
    contract=Contract(owner="lake", published=True),
)
