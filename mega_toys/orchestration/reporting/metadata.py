"""What Dagster shows of a table: its schema, its place, its rows, its checks."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.days import EVER, listed, said
from mega_toys.declared.described import (
    meanings_of,
    promised,
    type_of,
    unit_of,
    valid_in,
)
from mega_toys.declared.field import Sent
from mega_toys.declared.privacy import privacy_of
from mega_toys.declared.table import Bronze, Built, ByBusinessDay, Counted, FromBronze, Table
from mega_toys.declared.words import counted, harmless
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.own.files import FILES, dataset_of, newest
from mega_toys.lake.quarantined.quality import ANY
from mega_toys.lake.quarantined.standing import OPEN
from mega_toys.lake.reading import samples
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.operations.crash import code_of, short
from mega_toys.orchestration.reporting.column_lineage import both, column_lineage, made_from
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.settings import Settings

RECORDS = ("received", "accepted", "duplicates", "quarantined")
EACH = "each that is wrong"  # of a check: files, fields or days
_MOST_NAMED = 1000
DAYS = {"_landed_on": "landing day, UTC", "day": "business day"}  # by the column of the day


def described(table: Table, lakehouse: Lakehouse) -> dict[str, Any]:
    """The metadata of a definition: what the table is, where it lies, what it promises."""
    contract = table.contract
    key, days = table.key, DAYS.get(table.day_column or "")
    of_more = dg.TableConstraints(other=[f"key {', '.join(key)}"] if len(key) > 1 else [])
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=_columns(table, lakehouse.catalog), constraints=of_more
        ),
        "dagster/uri": lakehouse.store.uri(table.name),
        "dagster/table_name": str(table.name),
        "dagster/code_references": code_references(_declared(table), lakehouse.settings),
        **column_lineage(table, lakehouse.catalog),
        "kind": f"{table.kind}: {table.takes}",
        "key": ", ".join(key),
        **({"a day is": days} if days else {}),
        "contract": contract.version,
        **_told_by(contract),
        "fresh within": promised(contract.expected_within),
        "read by": ", ".join(sorted(contract.readers)),
        "other domains may read it": contract.published,
        "privacy": contract.privacy,
        **_in_catalog(table, lakehouse.settings),
    }


def _in_catalog(table: Table, settings: Settings) -> dict[str, dg.UrlMetadataValue]:
    """The page of the table in the catalog, where it is known where that is reached."""
    if settings.catalog_url is None:
        return {}
    address = f"{settings.catalog_url.rstrip('/')}/tables/{table.name}.html"
    return {"catalog": dg.MetadataValue.url(address)}


def _told_by(contract: Contract) -> dict[str, str]:
    """What a contract says beyond what every one does."""
    told = {
        "contact": contract.contact,
        "questions": contract.support.channel if contract.support else "",
        "ends": contract.ends.isoformat() if contract.ends else "",
        "limitations": contract.limitations,
    }
    return {name: said for name, said in told.items() if said}


def _declared(table: Table) -> Callable[..., Any] | type:
    """What a reader of its code looks for first."""
    return table.build if isinstance(table, Built) else table.rows


def code_references(
    declared: Callable[..., Any] | type, settings: Settings
) -> dg.CodeReferencesMetadataValue:
    """Where the code is: at the address that the settings say, else in this folder."""
    file, line = code_of(declared)
    reference: dg.LocalFileCodeReference | dg.UrlCodeReference
    if settings.code_url:
        url = settings.code_url.replace("{file}", short(file)).replace("{line}", f"{line}")
        reference = dg.UrlCodeReference(url=url, label=short(file))
    else:
        reference = dg.LocalFileCodeReference(file_path=file, line_number=line, label=short(file))
    return dg.CodeReferencesMetadataValue(code_references=[reference])


def _columns(table: Table, catalog: Catalog) -> list[dg.TableColumn]:
    """The columns, those that say where a row comes from last."""
    is_bronze, privacy = isinstance(table, Bronze), privacy_of(table)
    fields = table.fields if isinstance(table, Bronze) else {}
    meanings = meanings_of(table, catalog) if isinstance(table, Bronze) else {}
    columns = sorted(table.columns.items(), key=lambda one: one[0].startswith("_"))
    made_of = made_from(table, catalog)
    return [
        dg.TableColumn(
            name=name,
            type=type_of(column.dtype),
            description=both(column.description or meanings.get(name), made_of.get(name)),
            constraints=dg.TableColumnConstraints(
                nullable=column.nullable,
                unique=not is_bronze and table.key == [name],
                other=_sent(fields[name]) if name in fields else [],
            ),
            tags={"privacy": privacy[name]} | _unit(name, column.dtype),
        )
        for name, column in columns
    ]


def _sent(field: Sent) -> list[str]:
    """How a field of a source is sent, and what is valid in it."""
    sent = f"sent as {field.type}{'' if field.required else ', optional'}"
    return [sent, valid] if (valid := valid_in(field)) else [sent]


def _unit(name: str, dtype: pl.DataType) -> dict[str, str]:
    return {"unit": unit} if (unit := unit_of(name, dtype)) else {}


def of_table(table: Table, work: Work) -> dict[str, Any]:
    """The metadata of a table as a whole."""
    rows = work.store.scan(table.name).select(pl.len()).collect().item()
    return {"dagster/row_count": int(rows), "version": work.store.version(table.name)}


def of_days(table: Table, days: set[dt.date], work: Work) -> dict[dt.date, dict[str, Any]]:
    """The figures of some days of a table: rows, those of the whole table, records, files."""
    rows = work.store.rows_by_day(work.stored(table))
    total, counted = sum(rows.values()), _counted(table, days, work)
    return {
        day: {
            "dagster/partition_row_count": rows.get(day, 0),
            "dagster/row_count": total,
            **counted.get(day, {}),
        }
        for day in sorted(days)
    }


def _counted(table: Table, days: set[dt.date], work: Work) -> dict[dt.date, dict[str, int]]:
    """What became of the records of a day; of a landing day, its files."""
    if isinstance(table, Bronze):
        seen = newest(work.store.of_partition(FILES, dataset_of(table)).lazy())
        of_files = {"files": pl.len(), "bytes": pl.col("size").sum()}
        counts = seen.group_by(pl.col("landing_day").alias("day")).agg(**of_files)
    elif isinstance(table, FromBronze):
        counts = work.store.of_partition(ACCOUNTS, str(table.name)).lazy()
        of_landing = not isinstance(table, ByBusinessDay)  # as their accounts are
        as_told = {f"{name}, landed that day" if of_landing else name: name for name in RECORDS}
        counts = counts.select("day", **{told: pl.col(name) for told, name in as_told.items()})
    elif isinstance(table, Counted):
        counts = work.scan_days(table.name, "day", days).filter(pl.col("rule") == ANY)
        counts = counts.group_by("day").agg(pl.col(*RECORDS, OPEN).sum())
    else:
        return {}
    rows = counts.filter(pl.col("day").is_in(list(days))).collect().iter_rows(named=True)
    return {row.pop("day"): row for row in rows}


def sample(table: Table, day: dt.date | None, work: Work) -> dict[str, Any]:
    """A few rows, of that day where it has any, else of the newest one that has, which is named."""
    few = samples.sample(table, work, day)
    if few is None:
        return {}
    name = "sample" if few.day in (None, day) else f"sample of {few.day}"
    return {name: table_of(few.rows.iter_rows(named=True))}


def of_outcome(outcome: Outcome) -> dict[str, Any]:
    """What the run did to a table without days."""
    return {"rows written": outcome.rows, **outcome.accounts}


def sentence(found: Found) -> str:
    """What a check found, in a sentence."""
    looked = found.numbers.get("rows_looked_at")
    among = f" among {counted(looked, 'row')} looked at" if isinstance(looked, int) else ""
    earlier = f"{found.earlier[0].upper()}{found.earlier[1:]}." if found.earlier else ""
    if not found.rows and not earlier:
        no_news = ": no row is new since the last look" if looked == 0 else among
        return f"Nothing is wrong{no_news}."
    if not found.rows:
        return earlier
    on = f" on {counted(len(found.by_day), 'day')} ({said(found.by_day)})" if found.by_day else ""
    after = "; this is within what the table tolerates" if found.tolerated else ""
    return " ".join(filter(None, [f"{found.rows:,} found{among}{on}{after}.", earlier]))


def of_check(found: Found) -> dict[str, Any]:
    """The numbers and examples of a check's result, and the days that make it fail."""
    shown: dict[str, Any] = {"found": found.rows, "days": _failing(found)} | found.numbers
    if found.not_looked_at:
        left = listed(found.not_looked_at)
        shown["found earlier, not looked at since"] = said(left)
    if found.by_day:
        by_day = [dg.TableRecord({"day": str(d), "found": n}) for d, n in found.by_day.items()]
        shown["found by day"] = dg.MetadataValue.table(by_day)
    if found.examples:
        shown["examples"] = table_of(found.examples)
    if not found.passed and (each := found.each):
        shown[EACH] = dg.MetadataValue.json(each[-_MOST_NAMED:])
    return shown


def _failing(found: Found) -> str:
    if EVER in found.failing:
        return "the table as a whole"
    return said(listed(found.failing)) or "none"


def table_of(rows: Iterable[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a table, without signs in them that steer who shows it."""
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in plain])


def _plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, (int, float, bool, type(None))):
        return value
    return harmless(str(value))
