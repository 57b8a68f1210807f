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
_MOST_NAMED = 5  # files or days of one thing
Told = dict[str, Any]


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
    seen = kept["seen"]
    began = [more for key, one in now.items() if (more := _newly(one, seen.get(key)))]
    ended = [one for key, one in seen.items() if key not in now]
    if began or ended:
        waiting = [*kept["waiting"], message(began, ended)][-_MOST_WAITING:]
        kept = kept | {"waiting": waiting}
    if began or ended or _named(now) != _named(seen):
        kept = _keep(kept | {"seen": now}, instance)
    sent = 0
    while kept["waiting"]:
        first, *rest = kept["waiting"]
        post(webhook, first)
        kept = _keep(kept | {"waiting": rest}, instance)
        sent += 1
    return sent


def _newly(one: Told, before: Told | None) -> Told | None:
    """What is wrong and was not before: all of it, or its further files and days; else nothing."""
    if before is None:
        return one
    known = before["each"] if "each" in before else one["each"]  # of an older version: all
    further = {name: said for name, said in one["each"].items() if name not in known}
    if not further:
        return None
    if one["check"] is None:  # a job that fails of something else than before
        return one
    named = [f"{name} ({said})" if said else name for name, said in further.items()]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    reason = "" if all(further.values()) else f" {one['reason']}"
    return one | {"reason": f"Also {', '.join(named[:_MOST_NAMED])}{more}.{reason}"}


def _named(wrong: dict[str, Told]) -> dict[str, list[str]]:
    return {key: list(one.get("each", ())) for key, one in wrong.items()}


def _kept(instance: dg.DagsterInstance) -> Told:
    text = instance.run_storage.get_cursor_values({_KEPT}).get(_KEPT)
    kept: Told = json.loads(text) if text else {"seen": {}, "waiting": []}
    return kept


def _keep(kept: Told, instance: dg.DagsterInstance) -> Told:
    instance.run_storage.set_cursor_values({_KEPT: json.dumps(kept)})
    return kept


def message(began: list[Told], ended: list[Told]) -> Told:
    """What is posted: `text` for people, as Slack shows it; `began` and `ended` for programs."""
    lines = [f"{_SEVERE.get(one['severity'], one['severity'])} {_line(one)}" for one in began]
    lines += [f"well again: {_title(one)}" for one in ended]
    more = [f"… and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []
    text = "\n".join([*lines[:_MOST_TOLD], *more])
    posted = ([_posted(one) for one in many[:_MOST_TOLD]] for many in (began, ended))
    return {"text": text, **dict(zip(("began", "ended"), posted, strict=True))}


def _posted(one: Told) -> Told:
    return {name: value for name, value in one.items() if name != "each"}


_SEVERE = {"error": "failed:", "warn": "warning:"}


def _title(one: Told) -> str:
    return ", ".join(filter(None, [one["table"], one["check"]])) or one["what"]


def _line(one: Told) -> str:
    link = f" {one['link']}" if one["link"] else ""
    return f"{_title(one)}. {one['reason']}{link}"
