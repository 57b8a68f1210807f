"""The gate: whether the contracts are as declared, and break nobody who reads a released one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mega_toys.contracts import files
from mega_toys.contracts.change import Change, Weight, needed
from mega_toys.contracts.compare import compare
from mega_toys.contracts.document import Document
from mega_toys.contracts.versions import Version
from mega_toys.declared.name import TableName

Contracts = Mapping[str, Document]
_EXPORT = "Run `mega-toys contract export`, and commit what it writes."


@dataclass(frozen=True)
class Problem:
    """Why the gate is shut for a table, and the way out."""

    table: str
    told: str
    way_out: str
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        changes = [f"  - {change}" for change in self.changes]
        return "\n".join([f"{self.table}: {self.told}", *changes, f"  {self.way_out}"])


@dataclass(frozen=True)
class Released:
    """What was released of the tables, below a folder."""

    root: Path
    versions: Mapping[str, list[Version]]
    _read: dict[tuple[str, Version], Document] = field(default_factory=dict)

    @classmethod
    def below(cls, root: Path) -> "Released":
        """All that was released there."""
        return cls(root, files.releases(root))

    def newest(self, name: str, major: int | None = None) -> Version | None:
        """The newest version of a table, or of one of its major ones."""
        return files.newest(self.versions.get(name, ()), major)

    def contract(self, name: str, version: Version) -> Document:
        """The contract as it was released."""
        key = (name, version)
        if key not in self._read:
            self._read[key] = files.read(files.release_path(name, version, self.root))
        return self._read[key]

    def end(self, name: str) -> dt.date | None:
        """The last day of a table, as its newest release announced it."""
        version = self.newest(name)
        return end_of(self.contract(name, version)) if version else None


def end_of(contract: Document) -> dt.date | None:
    """The last day that a contract announces."""
    levels = {one["property"]: one["value"] for one in contract.get("slaProperties", ())}
    return dt.date.fromisoformat(str(levels["endOfSupport"])) if "endOfSupport" in levels else None


def former(name: str, major: int) -> str:
    """The name of the table that keeps a former major version published."""
    return f"{name}_v{major}"


def file_of(name: str) -> str:
    """Where a table is declared."""
    return f"mega_toys/domains/{'/'.join(TableName.parse(name))}.py"


def changed(name: str, contracts: Contracts, released: Released) -> list[Change]:
    """What changed of a table since it was released last; nothing where it was not."""
    version = released.newest(name)
    if version is None:
        return []
    return compare(released.contract(name, version), contracts[name])


def problems(contracts: Contracts, root: Path, today: dt.date) -> Iterator[Problem]:
    """All that shuts the gate: of files, versions, former versions, and tables that are gone."""
    released = Released.below(root)
    yield from _of_files(contracts, root, released)
    for name in contracts:
        yield from _of_version(name, contracts, released)
        yield from _of_former_ones(name, contracts, released, today)
    for name in released.versions:
        if name not in contracts:
            yield from _of_gone(name, released, today)


def _of_files(contracts: Contracts, root: Path, released: Released) -> Iterator[Problem]:
    there = files.written(root)
    if not there and not released.versions:
        told = f"{root} has none of the {len(contracts)} contracts that tables declare."
        yield Problem("contracts", told, _EXPORT)
        return
    for name in files.differing(contracts, root):
        told = f"{files.path_of(name, root)} is not the contract that the table declares."
        if name not in there:
            told = f"{files.path_of(name, root)}, its contract, is missing."
        elif name not in contracts:
            told = f"{files.path_of(name, root)} is of a table that no file declares."
        yield Problem(name, told, _EXPORT)


def _of_version(name: str, contracts: Contracts, released: Released) -> Iterator[Problem]:
    before = released.newest(name)
    if before is None:
        return
    now = Version.parse(contracts[name]["version"], file_of(name))
    if now < before:
        yield Problem(
            name,
            f"its version {now} is older than {before}, which is released.",
            f'Say `version="{before}"` or higher in {file_of(name)}.',
        )
        return
    changes = changed(name, contracts, released)
    least = needed(before, changes)
    if now < least:
        yield _too_low(name, now, before, least, changes)


def _too_low(
    name: str, now: Version, before: Version, least: Version, changes: list[Change]
) -> Problem:
    heavy = [change for change in changes if change.weight > Weight.WORDS]
    if least.major == before.major:
        told = f"what was added since {before} asks for version {least}; declared is {now}."
        way_out = f'Say `version="{least}"` in its contract, in {file_of(name)}.'
        return Problem(name, told, way_out, tuple(heavy))
    breaking = tuple(change for change in heavy if change.weight >= Weight.ASKS)
    told = f"what was changed since {before} breaks who reads it, and asks for version {least}."
    return Problem(name, told, _way_out(name, before, least, breaking), breaking)


def _way_out(name: str, before: Version, least: Version, breaking: tuple[Change, ...]) -> str:
    said = (
        f"Take it back; or keep {before} published in {file_of(former(name, before.major))}, with "
        f'`version="{before}"` and `ends=` its last day, and say `version="{least}"` in '
        f"{file_of(name)}."
    )
    asked = [change.at for change in breaking if change.weight is Weight.ASKS]
    if not asked:
        return said
    confirm = " ".join(f"--confirm {_quoted(at)}" for at in asked)
    return (
        f"{said} Where it means the same in other words, a person confirms that: raise the last "
        f"number of its version, and `mega-toys contract release {name} {confirm}`."
    )


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _of_former_ones(
    name: str, contracts: Contracts, released: Released, today: dt.date
) -> Iterator[Problem]:
    """Each former major version is a table of its own until its announced end."""
    now = Version.parse(contracts[name]["version"], file_of(name))
    majors = {version.major for version in released.versions.get(name, ()) if version < now}
    for major in sorted(majors - {now.major}):
        other = former(name, major)
        last = released.newest(name, major)
        if last is not None and other in contracts:
            yield from _of_former(name, last, other, contracts, released)
        elif last is not None and not _is_over(released.end(other), today):
            yield Problem(
                name,
                f"version {now} takes the place of {last}, which is published no longer.",
                f"Keep it in {file_of(other)} until an end that is announced and released: "
                f'`version="{last}"`, `ends=` its last day.',
            )


def _is_over(end: dt.date | None, today: dt.date) -> bool:
    return end is not None and end < today


def _of_former(
    name: str, last: Version, other: str, contracts: Contracts, released: Released
) -> Iterator[Problem]:
    """The table that keeps a former version: as it was promised, with an end."""
    changes = compare(released.contract(name, last), contracts[other])
    broken = tuple(change for change in changes if change.weight >= Weight.ASKS)
    if broken:
        told = f"it is to keep {last} of {name} published, and does not keep its promises."
        yield Problem(other, told, f"Make {file_of(other)} as {last} was.", broken)
    if end_of(contracts[other]) is None:
        told = f"it keeps {last} of {name} published, and says no end."
        yield Problem(other, told, f"Say in {file_of(other)} its last day: `ends=dt.date(…)`.")


def _of_gone(name: str, released: Released, today: dt.date) -> Iterator[Problem]:
    end = released.end(name)
    if _is_over(end, today):
        return
    told = f"it was released as {released.newest(name)}, and no file declares it any longer"
    ends = f"; its last day is {end}." if end else "; no end of it was announced."
    yield Problem(
        name,
        told + ends,
        f"Get {file_of(name)} back by git until then; an end is announced by `ends=` in its "
        "contract and `mega-toys contract release`.",
    )
