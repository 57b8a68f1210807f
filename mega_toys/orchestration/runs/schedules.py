"""The schedules: what happens by the clock, UTC."""

import dagster as dg

from mega_toys.orchestration.runs.jobs import check_everything_job, maintain_job, refresh_job

SCHEDULES = [
    dg.ScheduleDefinition(
        name="hourly_refresh",
        job=refresh_job,
        cron_schedule="5 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every hour: take in and build what the sensors have not asked for.",
    ),
    dg.ScheduleDefinition(
        name="nightly_checks",
        job=check_everything_job,
        cron_schedule="30 1 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="At 01:30: refresh, then run every check on all days.",
    ),
    dg.ScheduleDefinition(
        name="weekly_maintenance",
        job=maintain_job,
        cron_schedule="0 3 * * 0",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Sundays at 03:00: compact and vacuum what needs it.",
    ),
]
