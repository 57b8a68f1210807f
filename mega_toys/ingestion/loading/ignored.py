"""The files of the landing zone that belong to no dataset, and the folders that are not listed."""

from collections.abc import Iterator, Sequence
from typing import Any

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


def ignore_others(tables: Sequence[Bronze], work: Work, listing: Listing) -> int:
    """Record the files that belong to no dataset, each once; how many are new.

    A folder that may not be listed is recorded too, and again once it may.
    """
    datasets, at, recorded = {dataset_of(table) for table in tables}, work.now(), _recorded(work)
    told = {"status": IGNORED, "rows": 0}
    rows = [
        version_of(file, NO_DATASET, at, **told, **_why_ignored(file, datasets))
        for file in _others(tables, recorded, listing)
    ]
    listed = {"status": EMPTY, "error": None, "content_hash": None, "ingested_at": at}
    again = [recorded[path] | listed for path in _listed_again(recorded, listing)]
    if rows or again:
        note_files([*rows, *again], work)
    return len(rows)


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
        if before and (before["content_hash"] == NOT_READ or not file.is_folder):
            continue
        if file.dataset not in datasets or not is_data(file, datasets[file.dataset]):
            yield file


def _listed_again(recorded: Versions, listing: Listing) -> list[str]:
    """The folders that could not be listed and now can, or are gone."""
    refused = {path for path, row in recorded.items() if row["content_hash"] == NOT_READ}
    there = {file.path for file in listing.every() if file.is_folder} if refused else set()
    return sorted(refused - there)


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
