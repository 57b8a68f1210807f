"""All that is wrong now, as far as somebody should be told of it."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import dagster as dg

from mega_toys.ingestion.landing import why_missing
from mega_toys.lake.store.lock import holder
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.reporting.events import error_of
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys.orchestration.reporting.metadata import EACH
from mega_toys.orchestration.resources.alive import NOTHING_LEFT
from mega_toys.orchestration.resources.lakehouse import Lakehouse

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_MOST_LINES = 10  # of the log of a failed run, beside those of tables
_OF_TABLE = re.compile(r"(?P<table>[a-z]\w*(\.[a-z]\w*){1,2})(: | in the lake )")
_CHECKS_FAILED = "blocking check"  # of which their results tell
_NUMBER = re.compile(r"[\da-f-]*\d[\da-f-]*")  # also the name of a run
_LONGEST = 500  # characters of such a line


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One thing that is wrong: a check, a table, a job, the writer or the landing zone."""

    what: str
    reason: str
    severity: str = "error"
    table: str | None = None
    check: str | None = None
    run: str | None = None
    each: dict[str, str] = field(default_factory=dict)  # of what is wrong, with more of it if known

    @property
    def key(self) -> str:
        """By which the same thing is known the next time."""
        parts = (self.what, self.table, self.check, self.severity)
        return "/".join(part for part in parts if part)

    def link(self, ui: str) -> str | None:
        """The page of the run that found it, or of the landing zone."""
        if ui and self.check == landing_zone.CHECK:
            return f"{ui}/assets/{'/'.join(landing_zone.KEY.path)}?view=checks"
        return f"{ui}/runs/{self.run}" if ui and self.run else ui or None


def all_wrong(
    lakehouse: Lakehouse, instance: dg.DagsterInstance, code: dg.RepositoryDefinition
) -> Iterator[Wrong]:
    """Everything that is wrong, as Dagster and the lake show it now."""
    if why := why_missing(lakehouse.settings.landing_root):
        yield Wrong(what="landing zone", check=landing_zone.CHECK, reason=why)
    who = holder(lakehouse.settings.lake_root)
    if who and who.is_stuck:
        yield Wrong(what=f"process {who.process}", reason=f"{who}.")
    yield from _failed_checks(instance, code)
    for job in code.get_all_jobs():
        if not _materializes(job):
            yield from _failed_run(job.name, instance)


def _materializes(job: dg.JobDefinition) -> bool:
    """Whether somebody materializes assets by it, and looks on.

    What fails of it is told by checks, or stays stale, so that a refresh tries it and tells.
    """
    return bool(job.asset_layer.executable_asset_keys)


def _failed_checks(instance: dg.DagsterInstance, code: dg.RepositoryDefinition) -> Iterator[Wrong]:
    keys = [key for key in code.asset_graph.asset_check_keys if key.name != landing_zone.CHECK]
    for key, (found, run) in sorted(latest_results(keys, instance).items(), key=str):
        if not found.passed:
            yield Wrong(
                what="check",
                table=".".join(key.asset_key.path),
                check=key.name,
                severity=found.severity.value.lower(),
                reason=_reason(found),
                run=run,
                each=_each(found),
            )


def _reason(found: dg.AssetCheckEvaluation) -> str:
    """What the check found, with the first of it."""
    said = _said(next(iter(_examples(found)), {}))
    return " ".join(filter(None, [found.description, f"The first: {said}." if said else ""]))


def _each(found: dg.AssetCheckEvaluation) -> dict[str, str]:
    """The files, fields or days that the check found wrong; with what its examples say of them."""
    each = found.metadata.get(EACH)
    more = {str(one.pop("path", "")): _said(one) for one in _examples(found)}
    names = each.data if isinstance(each, dg.JsonMetadataValue) else None
    return {name: more.get(name, "") for name in names or [] if isinstance(name, str)}


def _examples(found: dg.AssetCheckEvaluation) -> list[dict[str, Any]]:
    examples = found.metadata.get("examples")
    records = examples.records if isinstance(examples, dg.TableMetadataValue) else []
    return [dict(record.data) for record in records]


def _said(example: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in example.items() if value not in (None, "")
    )


def _failed_run(job: str, instance: dg.DagsterInstance) -> Iterator[Wrong]:
    """The reasons of a job's last run, if that failed: a table each, or of the run as a whole."""
    ended = instance.get_runs(dg.RunsFilter(job_name=job, statuses=_ENDED), limit=1)
    if not ended or ended[0].status is dg.DagsterRunStatus.SUCCESS or NOTHING_LEFT in ended[0].tags:
        return
    (run,) = ended
    tables, others = _errors(run.run_id, instance)
    for table, reason in tables:
        yield _of_job(job, run.run_id, reason, table)
    if not tables:
        reason = " ".join(others) or _end_of(run.run_id, instance)
        yield _of_job(job, run.run_id, reason)


def _of_job(job: str, run: str, reason: str, table: str | None = None) -> Wrong:
    """Known by its reason, too, since it may fail of another one next: a sentence, less numbers."""
    each = {_NUMBER.sub("", reason.partition(". ")[0].rstrip(".")): ""}
    return Wrong(what=f"job {job}", table=table, reason=reason, run=run, each=each)


@lru_cache(maxsize=32)
def _errors(
    run: str, instance: dg.DagsterInstance
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What the log of a run that ended calls an error: by table, and of the run."""
    tables, others = dict[str, str](), list[str]()
    for line in _error_lines(run, instance):
        if named := _OF_TABLE.match(line):
            tables.setdefault(named["table"], line.removeprefix(f"{named['table']}: "))
        else:
            others.append(line)
    return tuple(tables.items()), tuple(dict.fromkeys(others[:_MOST_LINES]))


def _end_of(run: str, instance: dg.DagsterInstance) -> str:
    """How a run ended whose log tells no error, as where its process is gone."""
    ends = instance.all_logs(run, of_type=dg.DagsterEventType.RUN_FAILURE)
    said = [end.dagster_event.message for end in ends if end.dagster_event]
    return said[-1] if said and said[-1] else "The run failed."


def _error_lines(run: str, instance: dg.DagsterInstance) -> Iterator[str]:
    for entry in instance.all_logs(run):
        event = entry.dagster_event
        if event is None:
            if int(entry.level) >= logging.ERROR and _CHECKS_FAILED not in entry.user_message:
                yield entry.user_message[:_LONGEST]
        elif event.is_failure:
            said = error_of(event)
            if said is not None and _CHECKS_FAILED not in said:
                yield said[:_LONGEST]
