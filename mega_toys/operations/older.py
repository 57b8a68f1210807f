"""Tables that somebody put back as they were earlier, told before a refresh has seen it."""

from collections.abc import Iterator

from mega_toys.declared.table import Bronze
from mega_toys.declared.words import counted
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import differing_files
from mega_toys.lake.own.files import FILES, dataset_of
from mega_toys.lake.run.work import Work
from mega_toys.operations.put_back import put_back


def older(work: Work, listing: Listing) -> Iterator[str]:
    """What differs from what others noted of it, in words, with the way out."""
    for name, reader in put_back(work).items():
        yield (
            f"{name} was put back as it was before {reader} read it: "
            "the next refresh brings it up to date."
        )
    for table in work.catalog.bronze if work.store.is_whole(FILES.name) else ():
        if work.store.is_whole(table.name):
            yield from _differing(table, work, listing)


def _differing(table: Bronze, work: Work, listing: Listing) -> Iterator[str]:
    """Bronze and `lake.files`, where one of them is older."""
    differ = [one.path for one in differing_files(table, work)]
    if not differ:
        return
    given = listing.whole().of(dataset_of(table))
    gone = {*differ} - {file.path for file in given}
    told = (
        f"{table.name} and lake.files differ in {counted(len(differ), 'file')}, such as "
        f"{differ[0]}, as where one of them was put back as it was earlier: "
    )
    if gone:
        yield f"{told}{counted(len(gone), 'file')} of these are gone: put them back first."
    else:
        yield f"{told}the next refresh reads them again."
