"""What is wrong with the lake or its landing zone, beside what tables have left to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from mega_toys.declared.errors import BrokenLogError, DamagedTableError
from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion import landing
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.ingestion.loading.file_versions import rows_of_files_gone
from mega_toys.ingestion.loading.ignored import of_no_dataset
from mega_toys.lake.checks import noted
from mega_toys.lake.own.files import FILES
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.mending import of_missing
from mega_toys.operations.plan import Plan

DAMAGED = "damaged"
MISSING = "missing"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in a word and in words."""

    kind: str
    told: str
    table: str = ""  # whose rows cannot be read


def damaged(work: Work, *, within: bool = False) -> Iterator[Problem]:
    """The tables whose log cannot be read, or that lack data files; none of these is opened."""
    for name in names(work.catalog):
        try:
            work.store.refuse_damage(name, within=within)
        except (BrokenLogError, DamagedTableError) as error:
            yield Problem(DAMAGED, str(error), name)


def missing(work: Work, listing: Listing) -> Iterator[Problem]:
    """The tables that are not in a lake that has others."""
    every = names(work.catalog)
    absent = [name for name in every if not work.store.exists(name)]
    for name in absent if len(absent) < len(every) else []:
        told = [f"{name} is not in the lake: {of_missing(name, work.store.place)}"]
        yield Problem(MISSING, " ".join([*told, *landed(name, work, listing)]), name)


def landed(name: str, work: Work, listing: Listing) -> Iterator[str]:
    """Whether a bronze table could be read again from the landing zone as it is."""
    table = next((one for one in work.catalog.bronze if str(one.name) == name), None)
    if table is None or not work.store.is_whole(FILES.name):
        return
    gone = rows_of_files_gone(table, work, listing)
    if gone:
        yield f"{counted(gone, 'row')} came from files that are gone: put these back first."
    else:
        yield "All its files are in the landing zone."


def problems(plan: Plan, *, within: bool = False) -> Iterator[Problem]:
    """What could not be built, and what is wrong with bronze, its files and all tables' files."""
    work = plan.work
    yield from missing(work, plan.listing)
    yield from damaged(work, within=within)
    yield from _not_built(work)
    bronze = [table for table in _that_open(work) if isinstance(table, Bronze)]
    for table in bronze:
        if failed := noted(table, work).failed:
            yield Problem("failed", f"{table.name}: {', '.join(failed)}")
    if why := landing.why_missing(plan.listing.root):
        yield Problem(MISSING, why)
    elif work.store.is_whole(FILES.name):
        yield from _of_landing(bronze, plan)


def _not_built(work: Work) -> Iterator[Problem]:
    """The tables whose last build came to no end, and why."""
    for table in _that_open(work):
        state = work.store.state(table.name)
        if state and state.crashed:
            yield Problem("failed", f"{table.name}: {' '.join(state.crashed.split())}")


def _that_open(work: Work) -> list[Table]:
    return [table for table in work.catalog if work.store.can_be_opened(table.name)]


def findings_that_stop_nothing(work: Work) -> Iterator[Problem]:
    """What checks that do not block found in any table, called as a refresh calls it."""
    for table in _that_open(work):
        stands = noted(table, work)
        if stands.grave:
            yield Problem("failed", f"{table.name}: {', '.join(stands.grave)}")
        if warned := [name for name in stands.warned if name not in stands.grave]:
            yield Problem("warning", f"{table.name}: {', '.join(warned)}")
    if work.store.is_whole(FILES.name) and (ignored := of_no_dataset(work.catalog.bronze, work)):
        told = f"{counted(len(ignored), 'file')} of no dataset, such as {ignored[0]['path']}"
        yield Problem("warning", f"landing zone: {told}")


def _of_landing(bronze: list[Bronze], plan: Plan) -> Iterator[Problem]:
    for table in bronze:
        new = plan.of(table).arrivals if plan.work.store.is_whole(table.name) else None
        if new and new.files:
            yield Problem("waiting", f"{table.name}: {counted(len(new.files), 'file')}")
        if new and new.lacking:
            lacking = counted(len(new.lacking), "file")
            yield Problem("differs", f"{table.name} from lake.files in {lacking}: refresh")
    if unread := refused(plan.work, plan.listing):
        told = f"{counted(len(unread), 'path')} of the landing zone, such as {unread[0]}"
        yield Problem("not read", f"{told}: what was given stays")
