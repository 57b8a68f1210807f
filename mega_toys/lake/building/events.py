"""Events: a touched business day gets what came, or is built anew from the rows of its window."""

from mega_toys.declared.days import chunks, spans
from mega_toys.lake.building.accepted import accepted_by_group
from mega_toys.lake.building.additions import add
from mega_toys.lake.building.counting import (
    count_received,
    landed_days,
    received_by_day,
    write_batch,
)
from mega_toys.lake.building.judged import judged
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.news.received import News
from mega_toys.lake.run.progress import by_days
from mega_toys.lake.run.work import in_spans


def take(taking: Taking, found: News) -> None:
    """Build the days of what came and of what went."""
    days = count_received(taking, found)
    days |= taking.left_days(found) | taking.placed_days(taking.again(found))
    days |= found.unfinished | found.asked
    if found.everything:
        days |= taking.own_days()
    days -= add(taking, found, days)
    sizes = received_by_day(taking)
    for part in by_days(chunks(days, sizes, taking.work.rows_at_once), sizes, taking.say):
        rows = taking.placed_on(landed_days(taking, part))
        found_of_part = judged(taking, rows.filter(in_spans("_account_day", spans(part))))
        won = winners.events(found_of_part.valid, taking.key)
        taking.accepted.append(accepted_by_group(won.lazy(), "day"))
        write_batch(taking, set(part), taking.mapped(won), found_of_part.rejected)
