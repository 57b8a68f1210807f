"""Silver tables made from bronze: each kind takes in what is new, in batches bounded by rows.

Per batch the quarantine is written, then the accounts, then silver: who sees a day in silver sees
its quarantine and its account.
"""

from mega_toys.declared.table import Current, Events, FromBronze, History, Reference
from mega_toys.lake.building import current, events, versions
from mega_toys.lake.building.accepted import keep_accepted
from mega_toys.lake.building.counting import tell_accounts
from mega_toys.lake.building.taking import Progress, Taking
from mega_toys.lake.news.received import news
from mega_toys.lake.news.stale import versions as versions_of
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.scratch import folder_of_load

TAKES = {
    Events: events.take,
    Current: current.take,
    History: versions.take,
    Reference: versions.take,
}


def build_from_bronze(table: FromBronze, work: Work, say: Progress) -> Outcome:
    """Take in all that is new; the outcome tells the days whose rows changed."""
    reads = versions_of(table, work)
    found = news(table, work)
    with folder_of_load(work.store.place) as folder:
        taking = Taking(table, work, say, folder, found.takes_away, reads)
        if not found.nothing:
            TAKES[type(table)](taking, found)
            keep_accepted(taking, found)
            tell_accounts(taking)
    taking.outcome.reads = reads
    return taking.outcome
