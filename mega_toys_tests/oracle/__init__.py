"""The oracle: what a lake must hold, computed slowly and apart from mega_toys."""

from mega_toys_tests.oracle.write import write_expected

__all__ = ["write_expected"]
