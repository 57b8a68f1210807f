"""Command line: `python -m mega_toys_tests.oracle LANDING_ROOT OUT_FOLDER`."""

import argparse
from pathlib import Path

from mega_toys_tests.oracle.write import write_expected


def main() -> None:
    """Write what the lake made from a landing zone must hold."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("landing_root", type=Path)
    parser.add_argument("out_folder", type=Path)
    given = parser.parse_args()
    write_expected(given.landing_root, given.out_folder)


if __name__ == "__main__":
    main()
