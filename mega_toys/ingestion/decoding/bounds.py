"""What a file may make of its bytes: records that cannot be read, and names told once.

The formats bound what they decompress and hold; this bounds what is made of it afterwards.
"""

from dataclasses import dataclass, replace

from mega_toys.ingestion.formats.records import Records, UnreadableFileError

MOST_UNREADABLE = 250_000  # records of a file, where they are more than the others
MOST_NAMED = 64 << 20  # bytes of names, beside twice what was read


@dataclass
class Bounds:
    """What was read of a file so far."""

    records: int = 0
    unreadable: int = 0
    weight: int = 0
    named: int = 0  # bytes of the names that records are rescued with

    def within(self, records: Records) -> Records:
        """Further records of the file, with the names they are rescued with in their weight.

        Raises UnreadableFileError where the file goes beyond its bounds.
        """
        named = sum(sum(map(len, extra)) for extra in records.extras.values())
        self.records += records.height
        self.unreadable += len(records.unreadable)
        self.weight += records.weight
        self.named += named
        self._refuse_no_records()
        self._refuse_names()
        return replace(records, weight=records.weight + named)

    def _refuse_no_records(self) -> None:
        """Refuse what is mostly no records: each costs time, here and in the quarantine."""
        if self.unreadable > MOST_UNREADABLE and 2 * self.unreadable > self.records:
            raise UnreadableFileError(
                f"has more than {MOST_UNREADABLE:,} records that cannot be read, and fewer that can"
            )

    def _refuse_names(self) -> None:
        """Refuse long names that a file tells once and that each record is rescued with."""
        if self.named > MOST_NAMED + 2 * self.weight:
            raise UnreadableFileError(
                "has unknown columns whose names, in each record that is rescued, take more than "
                f"{MOST_NAMED >> 20} MiB and twice its size"
            )
