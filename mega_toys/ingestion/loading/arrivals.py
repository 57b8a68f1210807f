"""What the landing zone has that `lake.files` and bronze have not: the news of a dataset."""

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from mega_toys.declared.errors import LakeError
from mega_toys.declared.sent_as import BY_DEFAULT, Declared
from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion import landing
from mega_toys.ingestion.formats.records import is_of_the_machine
from mega_toys.ingestion.landing_bucket import hash_ahead
from mega_toys.ingestion.landing_file import LandingFile, sent_as_of
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.file_versions import read_by
from mega_toys.lake.checks.delivered import FILES_ARE_IN_BRONZE
from mega_toys.lake.news.reconciled import Discrepancy, Settlement, discrepancies
from mega_toys.lake.own.files import (
    FILES,
    NOT_READ,
    SEEN_AS,
    UNREADABLE,
    dataset_of,
    last_read,
    newest,
)
from mega_toys.lake.run.work import Work


@dataclass(frozen=True)
class Arrivals:
    """The files of one dataset that are to be read, and those whose inode alone is new.

    A new object of a bucket has no hash until it is fetched. `given` are the paths that can be
    read, as far as one had to try; `lacking` the discrepancies of others; `read` the newest
    versions that could be read, by path.
    """

    files: list[LandingFile] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    seen_again: list[LandingFile] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    lacking: list[Discrepancy] = field(default_factory=list)
    read: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def landing_days(self) -> set[dt.date]:
        """The landing days with anything to do."""
        days = [file.landing_day for file in (*self.files, *self.seen_again)]
        return {day for day in (*days, *(one.landing_day for one in self.lacking)) if day}


def arrivals(table: Bronze, work: Work, listing: Listing) -> Arrivals:
    """Which files are news: by size, times and inode, and where these differ by content.

    A file that the store did not let be read is tried at every look, and is news once it can be.
    One of which bronze holds other rows than `lake.files` counts is read again.
    """
    known, read, read_by_path = versions_of(table, work)
    declared = table.dataset.sent_as
    files = [file for file in listing.of(dataset_of(table)) if is_data(file, declared)]
    again = (file for file in files if file.path in known)
    changed = (file for file in again if not _is_as_before(file, known[file.path]))
    differing = {one.path: one for one in discrepancies(table, work, read)}
    if listing.since and any(one.landing_day < listing.since for one in differing.values()):
        return arrivals(table, work, listing.whole())
    hash_ahead(changed, _remembered_hash)
    found = Arrivals(read=read_by_path)
    for file in files:
        in_doubt = file.path in differing or _to_try_again(known.get(file.path), table, work)
        if _look_at(file, known.get(file.path), found, in_doubt=in_doubt):
            found.given.add(file.path)
    found.lacking.extend(one for one in differing.values() if one.path not in found.given)
    return found


def hash_fetched(new: Arrivals, fetched: Sequence[LandingFile]) -> None:
    """Take in the hashes of objects that none was needed of before they were fetched."""
    for file in fetched:
        if file.path not in new.hashes:
            denied = file.why_not_opened and not file.is_here
            hashed = NOT_READ if denied else _hash(file, again=True, gave=False)
            new.hashes.update({file.path: hashed} if hashed is not None else {})


def still_lacking(table: Bronze, work: Work, new: Arrivals) -> list[Discrepancy]:
    """The discrepancies of files that are not given, once the others are taken in."""
    return [one for one in differing_files(table, work) if one.path not in new.given]


def differing_files(table: Bronze, work: Work) -> list[Discrepancy]:
    """The files of which bronze holds other rows than `lake.files` counts."""
    return discrepancies(table, work, versions_of(table, work).read)


class Versions(NamedTuple):
    """Of each file of a dataset the newest version, and the newest that could be read."""

    known: dict[str, dict[str, Any]]  # by path
    read: pl.DataFrame
    read_by_path: dict[str, dict[str, Any]]


def versions_of(table: Bronze, work: Work) -> Versions:
    """What `lake.files` knows of the files of a dataset."""
    seen = work.store.of_partition(FILES, dataset_of(table))
    newest_seen = newest(seen.lazy()).collect()
    known = _by_path(newest_seen)
    if NOT_READ in newest_seen["content_hash"]:
        read = last_read(seen.lazy()).collect()
        return Versions(known, read, _by_path(read))
    return Versions(known, newest_seen, known)


def _by_path(files: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in files.iter_rows(named=True)}


def _to_try_again(before: dict[str, Any] | None, table: Bronze, work: Work) -> bool:
    """Whether a file was unreadable for other readers, or for want of memory that there is now."""
    if before is None or before["status"] != UNREADABLE or before["content_hash"] == NOT_READ:
        return False
    return before.get("read_by") not in (read_by(table, work), read_by(table, work, memory=True))


def _look_at(
    file: LandingFile, before: dict[str, Any] | None, found: Arrivals, *, in_doubt: bool
) -> bool:
    """Note a file where it is news; whether it can be read, as far as one had to try."""
    as_before = _is_as_before(file, before)
    refused = before is not None and before["content_hash"] == NOT_READ
    if as_before and not refused and not in_doubt:
        return True
    if before is None and not (in_doubt or file.is_here):  # it is news, whatever it holds
        found.files.append(file)
        return True
    read = found.read.get(file.path)
    hashed = _hash(file, again=as_before, gave=bool(read and read["rows"]))
    if hashed is None or (refused and hashed == NOT_READ):
        return False
    if read and read["content_hash"] == hashed and not in_doubt:
        found.seen_again.append(file)
    else:
        found.files.append(file)
        found.hashes[file.path] = hashed
    return hashed != NOT_READ


def _is_as_before(file: LandingFile, before: dict[str, Any] | None) -> bool:
    return before is not None and tuple(before[name] for name in SEEN_AS) == file.seen_as


def _hash(file: LandingFile, *, again: bool, gave: bool) -> str | None:
    """The hash of a file's content, NOT_READ where its store refuses it, none where it is gone.

    It is remembered as long as the file is listed as the same, or made anew. What is never opened
    is refused, too, where it stands in the place of a file that gave rows.
    """
    if file.why_not_opened:
        return NOT_READ if gave else ""
    try:
        return file.content_hash() if again else _remembered_hash(file)
    except FileNotFoundError:  # gone since it was listed; it keeps what it gave
        return None
    except OSError as error:
        if is_of_the_machine(error):
            raise
        return NOT_READ  # the reading says why


@functools.lru_cache(maxsize=1 << 16)
def _remembered_hash(file: LandingFile) -> str:
    """New files are looked for by sensors, before a refresh and in it."""
    return file.content_hash()


def news_of_landing(table: Bronze, work: Work, listing: Listing) -> Arrivals:
    """The files that the table has not taken in, or that it holds otherwise.

    What bronze has lost is news until the table's check has failed of it.
    """
    new = arrivals(table, work, listing)
    state = work.store.state(table.name)
    if state and FILES_ARE_IN_BRONZE.name in state.failed:
        lost = Settlement.of(table, new.lacking, work).lost
        new.lacking[:] = [one for one in new.lacking if one not in lost]
    return new


def is_data(file: LandingFile, declared: Declared = BY_DEFAULT) -> bool:
    """Whether a file may hold records: it lies in a dataset's day and has a format of this."""
    is_taken = file.format != "xlsx" or sent_as_of(file.path, declared).sheet is not None
    is_file = file.landing_day is not None and not file.is_folder
    return file.format is not None and is_taken and is_file


def refused(work: Work, listing: Listing) -> list[str]:
    """The paths in the landing zone that its store does not let be read, when last tried."""
    seen = newest(work.store.scan(FILES.name)).filter(pl.col("content_hash") == NOT_READ)
    paths = seen.select("path", "dataset").collect()
    if paths.is_empty():
        return []
    there = {file.path for file in listing.whole().every()}
    return sorted(there & set(paths["path"]))


def refuse_unread(table: Table, anew: Work, listing: Listing) -> None:
    """Raise LakeError where a table made anew lacks what the landing zone does not let be read."""
    if not isinstance(table, Bronze):
        return
    folder = dataset_of(table).replace(".", "/")
    forbidden = landing.forbidden_folders(listing.root, folder)
    if unread := [*forbidden, *refused(anew, listing)]:
        raise LakeError(
            f"{table.name} cannot be made anew: {counted(len(unread), 'path')} of the landing zone "
            f"may not be read, such as {unread[0]}. Let it be read, and do this again."
        )
