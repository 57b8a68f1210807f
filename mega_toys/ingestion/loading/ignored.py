"""The files of the landing zone that belong to no dataset, and the folders that are not listed."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mega_toys.declared.table import Bronze
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import is_data
from mega_toys.ingestion.loading.file_versions import note_files, version_of
from mega_toys.lake.own.files import EMPTY, FILES, IGNORED, NO_DATASET, NOT_READ, dataset_of, newest
from mega_toys.lake.run.work import Work

Versions = dict[str, dict[str, Any]]


def ignored_files(tables: Sequence[Bronze], work: Work, listing: Listing) -> list[LandingFile]:
    """The files that belong to no dataset and are not recorded yet."""
    return list(_others(tables, _recorded(work), listing))


class Ignored(NamedTuple):
    """How many files are newly recorded as ignored, and how many are no longer."""

    new: int
    no_longer: int


def ignore_others(tables: Sequence[Bronze], work: Work, listing: Listing) -> Ignored:
    """Record the files that belong to no dataset, each once, and again once it is gone.

    A folder that may not be listed is recorded too, and again once it may.
    """
    datasets, at, recorded = {dataset_of(table) for table in tables}, work.now(), _recorded(work)
    told = {"status": IGNORED, "rows": 0}
    rows = [
        version_of(file, NO_DATASET, at, **told, **_why_ignored(file, datasets))
        for file in _others(tables, recorded, listing)
    ]
    listed = {"status": EMPTY, "error": None, "content_hash": None, "ingested_at": at}
    no_longer = _no_longer(recorded, listing)
    if rows or no_longer:
        again = (recorded[path] | listed for path in no_longer)
        note_files([*rows, *again], work)
    return Ignored(len(rows), len(no_longer))


def of_no_dataset(tables: Sequence[Bronze], work: Work) -> list[dict[str, Any]]:
    """The path of each ignored file that lies in the folder of no dataset, and why it is ignored.

    Those that lie in one are told of its bronze table.
    """
    datasets = {dataset_of(table) for table in tables}
    return [
        {"path": path, "error": row["error"]}
        for path, row in sorted(_recorded(work).items())
        if row["status"] == IGNORED and ".".join(path.split("/")[:2]) not in datasets
    ]


def no_longer_ignored(work: Work, listing: Listing) -> list[str]:
    """The paths that are recorded as ignored and no longer are."""
    return _no_longer(_recorded(work), listing)


def _no_longer(recorded: Versions, listing: Listing) -> list[str]:
    return [*_listed_again(recorded, listing), *_gone(recorded, listing)]


def _recorded(work: Work) -> Versions:
    """The newest versions of the files of no dataset."""
    seen = work.store.of_partition(FILES, NO_DATASET).lazy()
    return {row["path"]: row for row in newest(seen).collect().iter_rows(named=True)}


def _others(
    tables: Sequence[Bronze], recorded: Versions, listing: Listing
) -> Iterator[LandingFile]:
    datasets = {dataset_of(table): table.dataset.sent_as for table in tables}
    for file in listing.every():
        before = recorded.get(file.path)
        if (
            before
            and before["status"] == IGNORED
            and (before["content_hash"] == NOT_READ or not file.is_folder)
        ):
            continue
        if file.dataset not in datasets or not is_data(file, datasets[file.dataset]):
            yield file


def _listed_again(recorded: Versions, listing: Listing) -> list[str]:
    """The folders that could not be listed and now can, or are gone."""
    refused = {path for path, row in recorded.items() if row["content_hash"] == NOT_READ}
    there = {file.path for file in listing.every() if file.is_folder} if refused else set()
    return sorted(refused - there)


def _gone(recorded: Versions, listing: Listing) -> list[str]:
    """The ignored files that lie in the landing zone no longer, as far as it is listed."""
    every = listing.every()
    there = {file.path for file in every}
    unlisted = tuple(f"{file.path}/" for file in every if file.is_folder)
    return [
        path
        for path, row in sorted(recorded.items())
        if row["status"] == IGNORED and row["content_hash"] != NOT_READ
        if path not in there and not path.startswith(unlisted)
        if not (listing.since and row["landing_day"]) or row["landing_day"] >= listing.since
    ]


def _why_ignored(file: LandingFile, datasets: set[str]) -> dict[str, Any]:
    if file.why_not_opened:
        return {"error": file.why_not_opened}
    if file.is_folder:
        return {"error": "is a folder that may not be listed", "content_hash": NOT_READ}
    if file.landing_day is None:
        return {"error": "is not below <domain>/<dataset>/<YYYY-MM-DD>/"}
    if file.dataset not in datasets:
        return {"error": f"`{file.dataset}` is no dataset"}
    return {"error": "has an extension of no format"}
