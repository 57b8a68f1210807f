"""dataframely, without SQLAlchemy: to take that in is a third of what a command costs to start.

Dagster has installed it, and dataframely imports it where it is installed, for columns of a
database, of which there are none here.
"""

import sys

__all__ = ["dy"]
_IS_THERE = "sqlalchemy" in sys.modules

if not _IS_THERE:
    sys.modules["sqlalchemy"] = None  # type: ignore[assignment]  # as if it were not installed
try:
    import dataframely as dy
finally:
    if not _IS_THERE:
        del sys.modules["sqlalchemy"]
