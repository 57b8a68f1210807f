"""Alerts: a webhook is told, once each, what begins to be wrong and what ends to be."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

import dagster as dg

from mega_toys.declared.words import counted
from mega_toys.orchestration.alerting.webhook import post
from mega_toys.orchestration.alerting.wrong import Wrong, all_wrong
from mega_toys.orchestration.resources.lakehouse import Lakehouse

_KEPT = "mega_toys_alerts"  # under which Dagster keeps what was seen and what is not sent yet
_MOST_WAITING = 100  # messages; a receiver that is away for longer misses the oldest
_MOST_TOLD = 50  # things that one message tells


def alert_sensors(lakehouse: Lakehouse) -> list[dg.SensorDefinition]:
    """The sensor that tells the webhook; none where no webhook is set."""
    webhook = lakehouse.settings.alert_webhook
    if webhook is None:
        return []

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Posts to the webhook what begins to be wrong and what ends: failed checks, "
        "failed runs, a writer that is stuck, a landing zone that is not there.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        code = cast(dg.RepositoryDefinition, context.repository_def)  # the daemon gives it
        wrong = all_wrong(lakehouse, context.instance, code)
        sent = told(wrong, context.instance, webhook.get_secret_value(), _link(lakehouse))
        return dg.SkipReason(f"{counted(sent, 'message')} sent." if sent else "Nothing new.")

    return [alerts]


def _link(lakehouse: Lakehouse) -> str:
    return (lakehouse.settings.ui_url or "").rstrip("/")


def told(wrong: Iterable[Wrong], instance: dg.DagsterInstance, webhook: str, ui: str) -> int:
    """Post what changed since the last time, and what could not be posted then; how many messages.

    What is to be told is kept before it is sent, and lost by no receiver that is down, of which
    LakeError tells.
    """
    kept = _kept(instance)
    now = {one.key: asdict(one) | {"link": one.link(ui)} for one in wrong}
    began = [one for key, one in now.items() if key not in kept["seen"]]
    ended = [one for key, one in kept["seen"].items() if key not in now]
    if began or ended:
        waiting = [*kept["waiting"], message(began, ended)][-_MOST_WAITING:]
        kept = _keep({"seen": now, "waiting": waiting}, instance)
    sent = 0
    while kept["waiting"]:
        first, *rest = kept["waiting"]
        post(webhook, first)
        kept = _keep(kept | {"waiting": rest}, instance)
        sent += 1
    return sent


def _kept(instance: dg.DagsterInstance) -> dict[str, Any]:
    text = instance.run_storage.get_cursor_values({_KEPT}).get(_KEPT)
    kept: dict[str, Any] = json.loads(text) if text else {"seen": {}, "waiting": []}
    return kept


def _keep(kept: dict[str, Any], instance: dg.DagsterInstance) -> dict[str, Any]:
    instance.run_storage.set_cursor_values({_KEPT: json.dumps(kept)})
    return kept


def message(began: list[dict[str, Any]], ended: list[dict[str, Any]]) -> dict[str, Any]:
    """What is posted: `text` for people, as Slack shows it; `began` and `ended` for programs."""
    lines = [f"{_SEVERE.get(one['severity'], one['severity'])} {_line(one)}" for one in began]
    lines += [f"well again: {_title(one)}" for one in ended]
    more = [f"… and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []
    text = "\n".join([*lines[:_MOST_TOLD], *more])
    return {"text": text, "began": began[:_MOST_TOLD], "ended": ended[:_MOST_TOLD]}


_SEVERE = {"error": "failed:", "warn": "warning:"}


def _title(one: dict[str, Any]) -> str:
    return ", ".join(filter(None, [one["table"], one["check"]])) or one["what"]


def _line(one: dict[str, Any]) -> str:
    link = f" {one['link']}" if one["link"] else ""
    return f"{_title(one)}. {one['reason']}{link}"
