"""Errors that name the culprit, the place and the way out.

::

    MegaToysError
    ├── SettingsError       the environment or `.env` is wrong
    ├── UnknownTableError   no table of that name
    ├── UnknownRuleError    no rule of that name
    ├── UnknownMetricError  no metric of that name
    ├── UnknownDimensionError  a metric cannot be asked by that
    ├── DeclarationError    a table's file says something that cannot be
    ├── ContractError       a contract cannot be read, or not be released
    ├── ColumnsError        a transform made other columns than its schema declares
    ├── RowsError           a transform made rows that its schema does not allow
    ├── StoredSchemaError   a table in the lake has another schema than the code
    ├── BrokenLogError      a table's log in the lake cannot be read
    ├── DamagedTableError   a data file of a table in the lake is gone, or another one
    ├── LakeBusyError       another refresh holds the lake
    ├── LakeError           the lake lacks what was asked for, or cannot lie there
    │   └── LineageError    the lineage of a table cannot be read off its code
    ├── PlaceError          a store of objects cannot be reached, or refuses
    ├── LeaseLostError      another writer holds the lake that this one held
    ├── SourceError         what a system has cannot be pulled
    │   ├── DriverMissingError  what reads its kind is not installed
    │   └── UnreachableError  it does not answer, or lets nobody in
    ├── CrashError          a table could not be built for a reason nobody foresaw (`crash.py`)
    ├── CorrectionError     a correction of quarantined records cannot be delivered
    └── QueryError          a SQL query could not be answered
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from mega_toys.declared.extras import installed_by

_SHOWN = 10  # problems that one error tells


def near(name: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.5)), None)


class MegaToysError(Exception):
    """Base of the family, so that a caller can tell our refusals from a crash."""


class SettingsError(MegaToysError):
    """A setting is misspelt or has a value that does not fit."""


class UnknownTableError(MegaToysError):
    """No table of that name is declared."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        super().__init__(f"No table `{name}`.{hint} `mega-toys tables` lists all.")


class UnknownRuleError(MegaToysError):
    """No rule of that name is one of those that were asked about."""

    def __init__(self, name: str, tables: Sequence[str], known: Collection[str]) -> None:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        one = len(tables) == 1
        said = f"{tables[0]} has no rule `{name}`." if one else f"No table has a rule `{name}`."
        rules = f" Its rules are {', '.join(known)}." if one else ""
        super().__init__(f"{said}{hint}{rules}")


class UnknownMetricError(MegaToysError):
    """No metric, or more than one, has that name."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        same = sorted(one for one in known if one.rpartition(".")[2] == name)
        shorts = {one.rpartition(".")[2]: one for one in known}
        near = get_close_matches(name, [*known, *shorts], n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        said = f" Several have that name: {', '.join(same)}." if len(same) > 1 else hint
        super().__init__(f"No metric `{name}`.{said} `mega-toys metric` lists all.")


class UnknownDimensionError(MegaToysError):
    """A metric is not known by that."""

    def __init__(self, metric: str, name: str, known: Collection[str]) -> None:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        has = f"Its dimensions are {', '.join(known)}." if known else "It has no dimensions."
        super().__init__(f"{metric} cannot be asked by `{name}`.{hint} {has}")


class DeclarationError(MegaToysError):
    """A table's declaration contradicts itself."""


class ContractError(MegaToysError):
    """A contract cannot be read, or may not be released as it is."""


class ColumnsError(MegaToysError):
    """A transform's frame differs from the schema of its table."""

    def __init__(self, table: str, problems: Collection[str]) -> None:
        path = f"mega_toys/domains/{table.replace('.', '/')}.py"
        lines = [f"{table} was built with other columns than it declares, in {path}."]
        super().__init__("\n".join([*lines, *(f"  - {problem}" for problem in problems)]))


class RowsError(MegaToysError):
    """A transform made rows that its schema does not allow."""

    def __init__(self, table: str, problem: str, example: object) -> None:
        path = f"mega_toys/domains/{table.replace('.', '/')}.py"
        super().__init__(f"{table} was built wrong: {problem}, for example {example}. See {path}.")


class StoredSchemaError(MegaToysError):
    """The table in the lake has other columns than the code declares."""

    def __init__(self, table: str, uri: str, problems: Collection[str], way_out: str) -> None:
        lines = [f"{table} in the lake differs from its declaration, at {uri}."]
        lines += [f"  - {problem}" for problem in problems]
        super().__init__("\n".join([*lines, way_out]))


class BrokenLogError(MegaToysError):
    """The log of a table in the lake is torn, or lacks a commit."""

    def __init__(self, table: str, why: str, way_out: str) -> None:
        super().__init__(f"{table} in the lake cannot be opened: {why}. {way_out}")


class DamagedTableError(MegaToysError):
    """A data file that a table's log names is gone, or not as it was written."""

    def __init__(self, table: str, damage: Sequence[str], way_out: str) -> None:
        more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
        super().__init__(f"{table} in the lake is damaged: {damage[0]}{more}. {way_out}")


class LakeBusyError(MegaToysError):
    """Another process is refreshing this lake."""

    def __init__(self, root: str, seconds: float) -> None:
        super().__init__(
            f"Another refresh has held the lake {root} for the last {seconds:.0f} s. "
            "Wait for it, or end it; the lock is freed when that process ends."
        )


class LakeError(MegaToysError):
    """The lake lacks what was asked for."""


class LineageError(LakeError):
    """The lineage of a table cannot be read off its code."""


class PlaceError(MegaToysError):
    """A store of objects cannot be reached, has no such bucket, or refuses."""

    def __init__(self, said: str, *, is_denied: bool = False) -> None:
        super().__init__(said)
        self.is_denied = is_denied  # else it does not answer, or not in time


class SourceError(MegaToysError):
    """A system refuses, or holds what cannot be pulled."""


class DriverMissingError(SourceError):
    """What reads a kind of system is not installed."""

    def __init__(self, kind: str, extra: str) -> None:
        super().__init__(f"the driver of {kind} is missing: {installed_by(extra)}")


class UnreachableError(SourceError):
    """A system does not answer, or does not let us in."""


class LeaseLostError(MegaToysError):
    """Another writer has taken over, or committed to, the lake that this one held."""

    def __init__(self, root: str, why: str) -> None:
        super().__init__(
            f"{root}: {why}. What this run has not committed is not written, and nothing is lost: "
            "the next refresh does it."
        )


class CorrectionError(MegaToysError):
    """Corrections that cannot be delivered, with the first things that are wrong with them."""

    def __init__(self, file: object, problems: Sequence[str]) -> None:
        shown = [f"  - {problem}" for problem in problems[:_SHOWN]]
        more = len(problems) - len(shown)
        rest = [f"  … and {more} more"] if more else []
        super().__init__("\n".join([f"Nothing of {file} is delivered.", *shown, *rest]))


class QueryError(MegaToysError):
    """DuckDB refused a query."""
