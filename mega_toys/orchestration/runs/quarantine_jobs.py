"""The jobs that work with the quarantine: what `mega-toys quarantine` does, with config."""

from enum import Enum

import dagster as dg
import polars as pl
from pydantic import Field

from mega_toys.declared.days import day_of
from mega_toys.declared.words import DAY_OF_THE_ACCOUNTS, harmless
from mega_toys.declared.words import counted as said
from mega_toys.lake.quarantined.standing import OPEN, Choice
from mega_toys.operations.quarantine import (
    Decide,
    admit,
    counted,
    dismiss,
    explained,
    exported,
    replay,
    undo,
)
from mega_toys.operations.replay import deliver
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs import exports
from mega_toys.orchestration.runs.choices import ByChoice, JudgedTable, StatusChoice, first
from mega_toys.orchestration.runs.jobs import refreshed

_SHOWN = 100  # records that a run shows


class Chosen(dg.Config):
    """Which quarantined records; what is left out is not asked."""

    day: str | None = Field(
        None, description=f"Only of this day of the accounts, YYYY-MM-DD. {DAY_OF_THE_ACCOUNTS}"
    )
    rule: str | None = Field(None, description="Only what breaks this rule.")
    file: str | None = Field(None, description="Only of this file; * stands for any text.")
    row: int | None = Field(None, description="Only the record at this place of its file.")

    def choice(self, status: str | None = OPEN) -> Choice:
        """The records meant."""
        day = day_of(self.day) if self.day else None
        return Choice(day=day, rule=self.rule, file=self.file, row=self.row, status=status)


class ToCount(Chosen):
    """Which records to count, of all tables or one, and by what."""

    table: JudgedTable | None = Field(None, description="One of these tables; all by default.")
    by: ByChoice = Field(ByChoice["rule"], description="What to count by.")


class ToShow(Chosen):
    """Which records of a table to show."""

    table: JudgedTable = Field(first(JudgedTable), description="One of these tables.")
    status: StatusChoice = Field(StatusChoice[OPEN], description="How the records stand.")


class ToExport(Chosen):
    """Which records of a table to write, and into which file."""

    table: JudgedTable = Field(description="One of these tables.")
    output: str = Field(description="Name of the new file in the export folder.")


class ToReplay(Chosen):
    """The days of which open records to judge again."""

    table: JudgedTable | None = Field(None, description="One of these tables; all by default.")


class ToDecide(Chosen):
    """Which records of a table stay as they are, or are open again; who says so, and why."""

    table: JudgedTable = Field(description="One of these tables.")
    who: str
    why: str


class ToDeliver(dg.Config):
    """The file of mended records, who mended them, and what."""

    file: str = Field(description="Name of the file in the export folder.")
    who: str
    why: str | None = None


@dg.op(description="Count the records in quarantine: open, corrected, dismissed.")
def count_quarantined(
    context: dg.OpExecutionContext, config: ToCount, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Show the counts with the run."""
    work = lakehouse.work(context.run.run_id)
    rows = counted(work, config.choice(status=None), config.by.value, _name(config.table))
    context.add_output_metadata({"quarantined": _table(rows)})


@dg.op(description="Show where records lie and which rules they break.")
def show_quarantined(
    context: dg.OpExecutionContext, config: ToShow, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Show the places of the first records with the run, and nothing of what they hold.

    Dagster keeps what a run shows for good. `mega-toys quarantine show` has the records.
    """
    work = lakehouse.work(context.run.run_id)
    root = lakehouse.settings.landing_root
    rows = explained(work, config.choice(config.status.value), config.table.value, root, _SHOWN)
    columns = ["day", "_file", "_row", "status", pl.col("rules").list.join(" ")]
    context.add_output_metadata({"records": _table(rows.select(columns))})


@dg.op(description="Write open records as lines of JSON, to be mended and delivered.")
def export_quarantined(
    context: dg.OpExecutionContext, config: ToExport, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Write the file."""
    work, root = lakehouse.work(context.run.run_id), lakehouse.settings.landing_root
    lines = list(exported(work, config.choice(), config.table.value, root))
    file = exports.write(lakehouse.settings.export_root, config.output, lines)
    context.log.info(f"{len(lines)} records written to {file}")


@dg.op(
    description="Deliver mended records as new files of the landing zone.", out=dg.Out(dg.Nothing)
)
def deliver_corrections(
    context: dg.OpExecutionContext, config: ToDeliver, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Land the corrections."""
    work, root = lakehouse.work(context.run.run_id), lakehouse.settings.landing_root
    file = exports.to_read(lakehouse.settings.export_root, config.file)
    done = deliver(file, root, work, config.who, config.why)
    context.log.info(f"{done.records} records delivered: {', '.join(done.files)}")


@dg.op(description="Ask that the days of open records be judged again.", out=dg.Out(dg.Nothing))
def ask_to_replay(
    context: dg.OpExecutionContext, config: ToReplay, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Note the days; the refresh judges them."""
    work = lakehouse.work(context.run.run_id)
    for name, days in replay(work, config.choice(), _name(config.table)).items():
        context.log.info(f"{name}: {days} days are judged again")


@dg.op(description="Decide that open records stay as they are.", out=dg.Out(dg.Nothing))
def dismiss_quarantined(
    context: dg.OpExecutionContext, config: ToDecide, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Write the decisions down."""
    _decide(dismiss, "dismissed", context, config, lakehouse)


@dg.op(description="Let events in that landed outside their window.", out=dg.Out(dg.Nothing))
def admit_quarantined(
    context: dg.OpExecutionContext, config: ToDecide, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Write the decisions down; the refresh judges the records again."""
    _decide(admit, "admitted", context, config, lakehouse)


@dg.op(description="Take back that records were dismissed or admitted.", out=dg.Out(dg.Nothing))
def undo_decisions(
    context: dg.OpExecutionContext, config: ToDecide, lakehouse: dg.ResourceParam[Lakehouse]
) -> None:
    """Write the decisions down."""
    _decide(undo, "open again", context, config, lakehouse)


def _decide(
    decide: Decide,
    become: str,
    context: dg.OpExecutionContext,
    config: ToDecide,
    lakehouse: Lakehouse,
) -> None:
    work = lakehouse.work(context.run.run_id)
    done = decide(work, config.choice(), config.table.value, config.who, config.why)
    context.log.info(f"{said(done, 'record')} {become}")


def _name(table: Enum | None) -> str | None:
    return table.value if table else None


def _table(rows: pl.DataFrame) -> dg.TableMetadataValue:
    texts = rows.with_columns(pl.col(pl.Date).cast(pl.String))
    texts = texts.with_columns(pl.col(pl.String).map_elements(harmless, return_dtype=pl.String))
    columns = [dg.TableColumn(name) for name in rows.columns]
    records = [dg.TableRecord(row) for row in texts.iter_rows(named=True)]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


@dg.job(name="quarantine_list", description="Count the records in quarantine.")
def list_job() -> None:
    """Count."""
    count_quarantined()


@dg.job(name="quarantine_show", description="Show where quarantined records lie, and the rules.")
def show_job() -> None:
    """Show."""
    show_quarantined()


@dg.job(name="quarantine_export", description="Write quarantined records, to be mended.")
def export_job() -> None:
    """Export."""
    export_quarantined()


@dg.job(name="quarantine_deliver", description="Deliver mended records, and refresh.")
def deliver_job() -> None:
    """Deliver."""
    refreshed(deliver_corrections())


@dg.job(name="quarantine_replay", description="Judge the days of open records again.")
def replay_job() -> None:
    """Replay."""
    refreshed(ask_to_replay())


@dg.job(name="quarantine_dismiss", description="Decide that records stay in quarantine.")
def dismiss_job() -> None:
    """Dismiss."""
    refreshed(dismiss_quarantined())


@dg.job(name="quarantine_admit", description="Let events in that landed outside their window.")
def admit_job() -> None:
    """Admit."""
    refreshed(admit_quarantined())


@dg.job(name="quarantine_undo", description="Take back that records were dismissed or admitted.")
def undo_job() -> None:
    """Undo."""
    refreshed(undo_decisions())


QUARANTINE_JOBS = [
    *(list_job, show_job, export_job, deliver_job),
    *(replay_job, dismiss_job, admit_job, undo_job),
]
