"""The release of contracts: what is promised from now on."""

import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path

from mega_toys.contracts import files
from mega_toys.contracts.change import Change, Weight
from mega_toys.contracts.gate import Contracts, Released, changed, file_of, former, problems
from mega_toys.contracts.versions import Version
from mega_toys.declared.errors import ContractError


def release(
    names: Collection[str],
    contracts: Contracts,
    root: Path,
    today: dt.date,
    confirmed: Collection[str] = (),
) -> Iterator[str]:
    """Keep the contracts of these tables as released; says which versions.

    With a new major version goes the table that keeps the former one. What of the changes a person
    must confirm, `confirmed` names. ContractError where the gate is shut, and nothing is written.
    """
    released = Released.below(root)
    wanted = [name for name in contracts if name in _with_former_ones(names, contracts)]
    _refuse(wanted, contracts, root, today, released, confirmed)
    to_write = [name for name in wanted if _is_new(name, contracts, released)]
    for name in to_write:
        version = _version(name, contracts)
        path = files.release_path(name, version, root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.text(contracts[name]), encoding="utf-8")
        yield f"{name} {version}"


def _with_former_ones(names: Collection[str], contracts: Contracts) -> set[str]:
    majors = {name: _version(name, contracts).major for name in names}
    kept = {former(name, below) for name, major in majors.items() for below in range(major)}
    return {*names} | (kept & contracts.keys())


def _version(name: str, contracts: Contracts) -> Version:
    return Version.parse(contracts[name]["version"], file_of(name))


def _is_new(name: str, contracts: Contracts, released: Released) -> bool:
    return _version(name, contracts) not in released.versions.get(name, ())


def _refuse(
    names: Collection[str],
    contracts: Contracts,
    root: Path,
    today: dt.date,
    released: Released,
    confirmed: Collection[str],
) -> None:
    """Raise ContractError for what is in the way of a release."""
    asked = {name: _asked(name, contracts, released) for name in names}
    known = {change.at for changes in asked.values() for change in changes}
    if strange := sorted({*confirmed} - known):
        raise ContractError(
            f"Of `{strange[0]}` nothing is to be confirmed: `mega-toys contract diff` tells."
        )
    shut = [
        problem
        for problem in problems(contracts, root, today)
        if problem.table in names and not _is_confirmed(problem.changes, confirmed)
    ]
    if shut:
        raise ContractError("\n".join(map(str, shut)))
    for name in names:
        if not _is_new(name, contracts, released) and changed(name, contracts, released):
            version = _version(name, contracts)
            raise ContractError(
                f"{name}: {version} is released already, and its contract is another one. Raise "
                f'the last number, `version="{version._replace(patch=version.patch + 1)}"`, in '
                f"{file_of(name)}."
            )


def _asked(name: str, contracts: Contracts, released: Released) -> list[Change]:
    """What a person is to confirm of a table."""
    changes = changed(name, contracts, released)
    return [change for change in changes if change.weight is Weight.ASKS]


def _is_confirmed(changes: Collection[Change], confirmed: Collection[str]) -> bool:
    """Whether all that shuts the gate is a matter of words that somebody confirmed."""
    fine = (change.weight is Weight.ASKS and change.at in confirmed for change in changes)
    return bool(changes) and all(fine)
