"""When an event may land, of a business day."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Window:
    """From so many days before the business day to so many after; with `after=None` however late.

    What landed until the day `first_load`, as a first load of what was before, may be of any
    earlier business day.
    """

    before: int = 1
    after: int | None = 3
    first_load: dt.date | None = None


WINDOW = Window()  # unless declared
