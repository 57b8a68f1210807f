"""The log of a refresh as its run page shows it: a step a table, with what was done in it.

The refresh itself is one step of one run (decision 0007). The steps of its tables are written
straight into the run's events, those of a table's end in one transaction. The page draws a bar for
each, since the jobs of a refresh have a place for as many steps as there come.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import dagster as dg
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.plan.objects import StepFailureData, StepSuccessData
from dagster_shared.error import SerializableErrorInfo

from mega_toys.declared.table import Table
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.operations.crash import CrashError
from mega_toys.orchestration.reporting.checks_shown import shown_otherwise
from mega_toys.orchestration.resources.lakehouse import Lakehouse

TABLE_STEPS = "table"  # the step of a job whose steps, one a table, are written here
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation
Type = dg.DagsterEventType
_log_entry: Callable[..., EventLogEntry] = EventLogEntry  # Dagster leaves these three untyped
_success: Callable[..., StepSuccessData] = StepSuccessData
_failure: Callable[..., StepFailureData] = StepFailureData


@dataclass(frozen=True)
class RunLog:
    """The events of one run of a job."""

    instance: dg.DagsterInstance
    run_id: str
    job: str

    @classmethod
    def of(cls, context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Self:
        """The log of the run that is under way."""
        return cls(context.instance, context.run.run_id, context.run.job_name)

    def shows_otherwise(self, lakehouse: Lakehouse, work: Work) -> list[Table]:
        """The tables of which Dagster shows checks otherwise than the lake has noted them."""
        return shown_otherwise(lakehouse, self.instance, work)

    def begin(self, key: dg.AssetKey) -> None:
        """The step of an asset is at work."""
        self._store([self._entry(step_of(key), Type.STEP_START, f"{_name(key)}: begun")])

    def say(self, key: dg.AssetKey, text: str) -> None:
        """A line of the log in the step of an asset."""
        self._store([self._of_run(step_of(key), f"{_name(key)}: {text}", logging.INFO)])

    def tell(self, events: Iterable[Event]) -> None:
        """Events outside of a step."""
        self._store([self._told(None, event) for event in events])

    def done(self, key: dg.AssetKey, events: Iterable[Event], outcome: Outcome) -> None:
        """The step is done, with what it did; red, where blocking checks failed."""
        step, said = step_of(key), f"{_name(key)}: {outcome.summary}"
        if outcome.failed:
            said = f"{said}; blocking checks failed: {', '.join(outcome.failed)}"
            error = _failure(SerializableErrorInfo(said, [], None), None)
            ended = self._entry(step, Type.STEP_FAILURE, said, error, logging.ERROR)
        else:
            success = _success(duration_ms=outcome.seconds * 1000)
            ended = self._entry(step, Type.STEP_SUCCESS, said, success)
        self._store([*(self._told(step, event) for event in events), ended])

    def failed(self, key: dg.AssetKey, crash: CrashError, days: Collection[dt.date]) -> None:
        """The step failed; the asset is shown as failed, with the reason, and these days of it."""
        error = SerializableErrorInfo(crash.message, crash.stack, crash.kind)
        message, data = f"{_name(key)}: {crash.message}", _failure(error, None)
        ended = self._entry(step_of(key), Type.STEP_FAILURE, message, data, logging.ERROR)
        self._store([*self._not_built(key, crash.message, days), ended])

    def skipped(self, key: dg.AssetKey, why: str, days: Collection[dt.date]) -> None:
        """The step could not be begun; the asset and these days are shown as failed."""
        ended = self._entry(step_of(key), Type.STEP_SKIPPED, why)
        self._store([*self._not_built(key, why, days), ended])

    def _not_built(
        self, key: dg.AssetKey, why: str, days: Collection[dt.date]
    ) -> Iterator[EventLogEntry]:
        """What was to be made and is not: a run that ends so makes Dagster show it as failed."""
        step, message = step_of(key), f"{_name(key)} was to be built"
        for partition in (None, *(day.isoformat() for day in sorted(days))):
            data = AssetMaterializationPlannedData(key, partition=partition)
            planned = Type.ASSET_MATERIALIZATION_PLANNED
            yield self._entry(step, planned, message, data, logging.DEBUG)
        yield self._told(step, not_built(key, why))

    def _told(self, step: str | None, event: Event) -> EventLogEntry:
        if isinstance(event, dg.AssetMaterialization):
            said = event.description or "Materialized."
            materialized = StepMaterializationData(event)
            return self._entry(step, Type.ASSET_MATERIALIZATION, said, materialized)
        if isinstance(event, dg.AssetObservation):
            said = event.description or "Observed."
            return self._entry(step, Type.ASSET_OBSERVATION, said, AssetObservationData(event))
        result = event.description or ("passed" if event.passed else "failed")
        said = f"{event.check_name}: {result}"
        return self._entry(step, Type.ASSET_CHECK_EVALUATION, said, event)

    def _entry(
        self,
        step: str | None,
        kind: dg.DagsterEventType,
        message: str,
        data: object = None,
        level: int = logging.INFO,
    ) -> EventLogEntry:
        event = DagsterEvent(
            event_type_value=kind.value,
            job_name=self.job,
            message=message,
            event_specific_data=data,  # type: ignore[arg-type]  # its union is not exported
            step_key=step,
        )
        return self._of_run(step, "", level, event)

    def _of_run(
        self, step: str | None, text: str, level: int, event: DagsterEvent | None = None
    ) -> EventLogEntry:
        return _log_entry(
            error_info=None,
            level=level,
            user_message=text,
            run_id=self.run_id,
            timestamp=time.time(),
            step_key=step,
            job_name=self.job,
            dagster_event=event,
        )

    def _store(self, entries: list[EventLogEntry]) -> None:
        if entries:
            self.instance.event_log_storage.store_event_batch(entries)


def not_built(key: dg.AssetKey, why: str) -> dg.AssetObservation:
    """That an asset could not be built, and why, as its own page shows it among its events."""
    return dg.AssetObservation(key, description=why, metadata={"not built": why})


def step_of(key: dg.AssetKey) -> str:
    """The step of an asset, of those that the jobs of a refresh have room for."""
    return f"{TABLE_STEPS}[{key.to_python_identifier()}]"


def _name(key: dg.AssetKey) -> str:
    return ".".join(key.path)
