"""Alerts: a webhook is told of failed runs and failed checks, where one is set."""

import json
import urllib.request
from typing import Any

import dagster as dg

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


def run_failed(context: dg.RunFailureSensorContext, lakehouse: Lakehouse) -> None:
    """Tell of a failed run: its job, its id, its error, and the blocking checks that failed."""
    run = context.dagster_run
    evaluations = context.instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    failed = [
        f"{e.asset_key.to_user_string()}: {e.check_name}"
        for record in evaluations
        if record.event_log_entry.dagster_event is not None
        and not (e := record.event_log_entry.dagster_event.asset_check_evaluation_data).passed
    ]
    webhook = lakehouse.settings.alert_webhook
    if webhook:
        message = context.failure_event.message
        tell(
            webhook.get_secret_value(),
            {"job": run.job_name, "run": run.run_id, "error": message, "failed_checks": failed},
        )


def alert_sensors(lakehouse: Lakehouse) -> list[dg.SensorDefinition]:
    """The sensors, running only where a webhook is set."""
    on = dg.DefaultSensorStatus.RUNNING if lakehouse.settings.alert_webhook else None

    @dg.run_failure_sensor(
        name="alert_of_failed_runs",
        default_status=on or dg.DefaultSensorStatus.STOPPED,
        description="Posts failed runs and the checks that failed in them to the webhook.",
    )
    def alert(context: dg.RunFailureSensorContext) -> None:
        run_failed(context, lakehouse)

    return [alert]
