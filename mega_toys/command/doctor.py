"""What is wrong with the set-up, and how to mend it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mega_toys.command.dev import remnants
from mega_toys.command.pull_commands import waits_told
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.words import counted
from mega_toys.ingestion.decoding.being_read import suspects
from mega_toys.ingestion.landing import why_missing
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import is_data, refused
from mega_toys.lake.own.files import FILES
from mega_toys.lake.quarantined.decisions import broken_lines
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import holder
from mega_toys.lake.store.mending import WRITTEN_DECISIONS
from mega_toys.lake.store.place import Place, place_of
from mega_toys.lake.store.store import Store
from mega_toys.operations.older import older
from mega_toys.operations.problems import landed, missing
from mega_toys.operations.pulling import asked, waiting
from mega_toys.operations.refresh import every_stored, way_out_of
from mega_toys.operations.retired import retired, retired_told
from mega_toys.settings import Settings

LEAST_FREE_MB = 1000


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and if not what to do."""

    what: str
    well: bool
    said: str


def findings(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    """Look at Python, the folders, the room on the disk, the lake and who writes it."""
    version = ".".join(map(str, sys.version_info[:3]))
    new = sys.version_info >= (3, 11)
    yield Finding("Python", new, version if new else f"{version}; 3.11 or newer is needed")
    yield Finding("packages", True, ", ".join(_versions()))
    yield _landing(settings.landing_root)
    yield _lake_itself(place_of(settings.lake_root))
    yield _writable("Dagster's home", Path(os.environ.get("DAGSTER_HOME") or settings.dagster_home))
    yield _room(place_of(settings.lake_root).scratch)
    yield from _systems(settings, catalog)
    work = Work(Store(settings.lake_root), catalog)
    listing = Listing(settings.landing_root)
    looked_at = list(_lake(work, listing))
    yield from looked_at
    if found := _not_read(work, listing):
        yield found
    yield from _retired(work)
    yield _decisions(work)
    if all(one.well for one in looked_at):
        yield _columns(Store(settings.lake_root), catalog)
    yield _writer(settings.lake_root)
    yield _remnants(Path(os.environ.get("DAGSTER_HOME") or settings.dagster_home).absolute())
    if found := _ended_within(settings):
        yield found
    if os.environ.get("AWS_S3_ALLOW_UNSAFE_RENAME"):
        yield Finding("storage", False, "AWS_S3_ALLOW_UNSAFE_RENAME loses commits; unset it")


def _versions() -> Iterator[str]:
    for package in ("dagster", "polars", "deltalake", "duckdb"):
        yield f"{package} {metadata.version(package)}"


def _landing(root: Place) -> Finding:
    if why := why_missing(root):
        return Finding("landing zone", False, why)
    readable = _may_be_listed(root)
    said = "is readable" if readable else "cannot be read: give this user the right to"
    return Finding("landing zone", readable, f"{root} {said}")


def _systems(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    """Whether each system of the settings answers, and has what is pulled from it."""
    root = settings.landing_root
    tables = [] if why_missing(root) else asked(catalog, settings.sources, root)
    found = waiting(tables)
    for system in dict.fromkeys(one.source.system for one in tables):
        mine = [
            told for one, told in zip(tables, found, strict=True) if one.source.system == system
        ]
        wrong = dict.fromkeys(told.error for told in mine if told.error)
        well = ". ".join(f"{told.table}: {waits_told(told.waits)}" for told in mine if told.waits)
        yield Finding(f"system {system}", not wrong, "; ".join(wrong) or well)


def _may_be_listed(root: Place) -> bool:
    return root.folder is None or os.access(root.folder, os.R_OK | os.X_OK)


def _not_read(work: Work, listing: Listing) -> Finding | None:
    """The files and folders of the landing zone that cannot be read; none where all can."""
    root = listing.root
    if why_missing(root) or not _may_be_listed(root):
        return None
    forbidden = {file.path for file in listing.every() if not _may_be_read(file)}
    before = set(refused(work, listing)) if work.store.is_whole(FILES.name) else set()
    listed_before = (file for file in listing.every() if file.path in before)
    failing = {file.path for file in listed_before if not file.is_given()}
    if not (found := sorted(forbidden | failing)):
        return None
    mend = "give this user the right to (`chmod u+rX`)" if forbidden else "mend their store"
    said = f"{counted(len(found), 'path')} cannot be read, such as {root}/{found[0]}: {mend}; then"
    return Finding("landing zone", False, f"{said} refresh. What they gave before stays")


def _may_be_read(file: LandingFile) -> bool:
    """Whether its rights let it be read; what lies outside or is no data is not asked for."""
    if file.is_folder:
        return False  # which stands here for what it holds, since it may not be listed
    return bool(file.why_not_opened) or not is_data(file) or file.may_be_read()


def _writable(what: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding(what, True, f"{folder} is writable")
    except OSError as error:
        return Finding(what, False, f"{folder} cannot be written: {error.strerror}")


def _lake_itself(place: Place) -> Finding:
    if place.folder:
        return _writable("lake", place.folder)
    try:
        place.refuse_unreachable()
    except MegaToysError as error:
        return Finding("lake", False, str(error))
    return Finding("lake", True, f"{place} can be reached")


def _room(folder: Path) -> Finding:
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free >> 20
    enough = free > LEAST_FREE_MB
    wanted = "" if enough else f"; {LEAST_FREE_MB} MB are wanted"
    return Finding("disk", enough, f"{free} MB free at {there}{wanted}")


def _writer(root: str) -> Finding:
    """Whether a refresh that is under way goes on."""
    found = holder(root)
    if found is None:
        return Finding("writer", True, "no other process holds the lake")
    return Finding("writer", not found.is_stuck, str(found))


def _remnants(home: Path) -> Finding:
    """Whether a killed `mega-toys dev` left processes behind."""
    left = remnants(home)
    return Finding("dev", not left, left or "no killed `mega-toys dev` left anything running")


def _ended_within(settings: Settings) -> Finding | None:
    """What a refresh was reading when it ended; none where one reads now, or the file has gone."""
    if holder(settings.lake_root) is not None:
        return None
    suspected = suspects(place_of(settings.lake_root))
    there = [path for path in suspected if settings.landing_root.look(path)]
    if not there:
        return None
    more = f" or one of {len(there) - 1} others" if len(there) > 1 else ""
    return Finding(
        "last refresh",
        False,
        f"it ended while it read {there[-1]}{more}. `mega-toys refresh` reads these in a process "
        "of its own: the one that ends it becomes unreadable",
    )


def _lake(work: Work, listing: Listing) -> Iterator[Finding]:
    """Whether every table that is there can be opened, and has the files that its log names."""
    absent = list(missing(work, listing))
    for table in absent:
        yield Finding("tables", False, table.told)
    broken = bool(absent)
    for name in names(work.catalog):
        try:
            if work.store.exists(name):
                work.store.scan(name).collect_schema()
                work.store.refuse_damage(name, within=True)
        except (MegaToysError, OSError, ValueError, RuntimeError) as error:
            broken = True
            told = [str(error).splitlines()[0], *landed(name, work, listing)]
            yield Finding("tables", False, " ".join(told))
    for one in older(work, listing):
        broken = True
        yield Finding("tables", False, one)
    if not broken:
        said = "every table in the lake can be opened, and has all its files"
        yield Finding("tables", True, said)


def _retired(work: Work) -> Iterator[Finding]:
    """What is no fault, but may be forgotten."""
    for one in retired(work):
        yield Finding("retired", True, retired_told(one))


def _decisions(work: Work) -> Finding:
    """Whether every line of the decisions written down can be read."""
    path, place = f"{work.store.root}/{WRITTEN_DECISIONS}", work.store.place
    if lines := broken_lines(work):
        mend = "put the file back from a backup, or remove the line, which the table may still have"
        return Finding("decisions", False, f"line {lines[0]} of {path} is broken: {mend}")
    there = place.look(WRITTEN_DECISIONS)
    said = f"{path} can be read" if there else "none is written down yet"
    return Finding("decisions", True, said)


def _columns(store: Store, catalog: Catalog) -> Finding:
    """Whether every table has the columns that are declared."""
    work = Work(store, catalog)
    found = [(stored, store.other_columns(stored)) for stored in every_stored(work)]
    told = [
        f"{stored.name} is not as declared ({', '.join(problems)}). {way_out_of(stored, work)}"
        for stored, problems in found
        if problems
    ]
    if told:
        return Finding("columns", False, " ".join(told))
    return Finding("columns", True, "every table has the columns that its file declares")
