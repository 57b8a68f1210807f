"""Alerts: a webhook is told of failed runs, failed checks, stuck writers, where one is set."""

import json
import urllib.request
from typing import Any

import dagster as dg

from mega_toys.lake.lock import Holder, holder
from mega_toys.orchestration.lakehouse import Lakehouse

_TIMEOUT_S = 10


def tell(webhook: str, message: dict[str, Any]) -> None:
    """Post a message as JSON. Errors never name the address, which may hold a secret."""
    request = urllib.request.Request(  # noqa: S310, the operator's own address
        webhook,
        data=json.dumps(message).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()  # noqa: S310
    except (OSError, ValueError) as error:
        raise RuntimeError(f"The alert could not be sent: {type(error).__name__}.") from None


def failed_checks(run_id: str, instance: dg.DagsterInstance) -> list[dict[str, Any]]:
    """The checks that failed in a run, with how much was found."""
    told = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [record.event_log_entry.dagster_event for record in told.records]
    evaluations = [event.asset_check_evaluation_data for event in events if event]
    return [
        {
            "table": ".".join(one.asset_key.path),
            "check": one.check_name,
            "severity": one.severity.value.lower(),
            "found": one.metadata["found"].value if "found" in one.metadata else None,
        }
        for one in evaluations
        if not one.passed
    ]


def message_of(context: dg.RunStatusSensorContext) -> dict[str, Any] | None:
    """What there is to tell of a run that ended; nothing of one in which all went well."""
    run = context.dagster_run
    failed = failed_checks(run.run_id, context.instance)
    ended_well = run.status is dg.DagsterRunStatus.SUCCESS
    if ended_well and not failed:
        return None
    error = None if ended_well else context.dagster_event.message
    return {"job": run.job_name, "run": run.run_id, "error": error, "failed_checks": failed}


def alert_sensors(lakehouse: Lakehouse) -> list[dg.SensorDefinition]:
    """The sensors of failed runs, failed checks and stuck writers, on where a webhook is set."""
    webhook = lakehouse.settings.alert_webhook
    on = dg.DefaultSensorStatus.RUNNING if webhook else dg.DefaultSensorStatus.STOPPED

    def alert(context: dg.RunStatusSensorContext) -> None:
        message = message_of(context)
        if webhook and message:
            tell(webhook.get_secret_value(), message)

    failed_runs = dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.FAILURE,
        name="alert_of_failed_runs",
        default_status=on,
        description="Posts failed runs, and the checks that failed in them, to the webhook.",
    )
    failed_in_good_runs = dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="alert_of_failed_checks",
        default_status=on,
        description="Posts the checks that failed in runs that went well to the webhook.",
    )

    @dg.sensor(
        name="alert_of_stuck_writer",
        minimum_interval_seconds=300,
        default_status=on,
        description="Posts to the webhook, once, that the process which holds the lake is stuck.",
    )
    def stuck_writer(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        who = holder(lakehouse.settings.lake_root)
        if who is None or not who.is_stuck:
            context.update_cursor("")
            return dg.SkipReason(f"Well: {who or 'nobody holds the lake'}.")
        if webhook and context.cursor != f"{who.process}":
            tell(webhook.get_secret_value(), stuck_message(who))
            context.update_cursor(f"{who.process}")
        return dg.SkipReason(f"Told: {who}.")

    return [failed_runs(alert), failed_in_good_runs(alert), stuck_writer]


def stuck_message(who: Holder) -> dict[str, Any]:
    """What there is to tell of a process that does not go on."""
    return {"job": None, "run": None, "error": str(who), "failed_checks": []}
