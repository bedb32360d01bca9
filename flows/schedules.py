"""The schedules of a workspace as Prefect deployments, served by one long process."""

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron, Interval, Schedule
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from flows.close_the_loop import close_the_loop
from flows.deliver_notices import deliver_notices
from flows.discover_themes import discover_themes
from flows.escalate_overdue import escalate_overdue
from flows.file_tickets import file_tickets
from flows.hand_over_absent import hand_over_absent
from flows.ingest_responses import ingest_responses
from flows.record_sla_facts import record_sla_facts
from flows.refresh_outer_loop import refresh_outer_loop
from flows.remind_people import remind_people
from flows.send_summaries import send_summaries
from nanni.settings import Settings

FIRST = timedelta(seconds=30)
"""From serving to the first run: what should have run before the server knew the schedule is left out."""
APART = timedelta(seconds=10)
GRACE_SECONDS = 120
"""How long the place of a run that was killed stays taken; a run that lives renews it."""


def plan(settings: Settings, start: datetime) -> tuple[tuple[Flow[Any, Any], Schedule, str], ...]:
    """Each flow with its schedule and how to say it.

    Polling uses intervals: a cron pauses or repeats when clocks change. They count from `start`, a little apart so that
    the first runs do not all begin at once.
    """
    chosen = settings.file.flows
    every: tuple[tuple[Flow[Any, Any], int], ...] = (
        (ingest_responses, chosen.ingest_every_seconds),
        (deliver_notices, chosen.deliver_every_seconds),
        (escalate_overdue, chosen.escalate_every_seconds),
        (close_the_loop, chosen.close_the_loop_every_seconds),
        (hand_over_absent, chosen.hand_over_every_seconds),
        (file_tickets, chosen.file_tickets_every_seconds),
        (remind_people, chosen.remind_every_seconds),
        (record_sla_facts, chosen.record_sla_every_seconds),
    )
    zone = settings.file.timezone
    at_times = (
        (discover_themes, chosen.themes_cron),
        (refresh_outer_loop, chosen.outer_loop_cron),
        (send_summaries, chosen.summary_cron),
    )
    return (
        *(
            (flow, Interval(timedelta(seconds=seconds), anchor_date=start + at * APART), f"every {seconds} s")
            for at, (flow, seconds) in enumerate(every)
        ),
        *((flow, Cron(cron, timezone=zone), f"cron {cron} ({zone})") for flow, cron in at_times),
    )


def deployments(settings: Settings, start: datetime) -> list[RunnerDeployment]:
    """One deployment a flow of the plan."""
    return [_deployment(flow, schedule, settings) for flow, schedule, _ in plan(settings, start)]


def _deployment(flow: Flow[Any, Any], schedule: Schedule, settings: Settings) -> RunnerDeployment:
    made = flow.to_deployment(
        name=settings.workspace.name,
        schedule=schedule,
        parameters={"workspace": str(settings.workspace)},
        # One run of a kind at a time: what a slow run would have queued up behind it finds nothing to do anyway.
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=GRACE_SECONDS
        ),
        # By module path: a file entry point would put flows/ first on sys.path and shadow packages.
        entrypoint_type=EntrypointType.MODULE_PATH,
        tags=["nanni"],
    )
    assert isinstance(made, RunnerDeployment), "outside an event loop to_deployment is synchronous"
    return made


def serve_schedules(settings: Settings, server: str) -> None:
    """Serve through the Prefect server at this address until interrupted.

    Schedules are not paused on shutdown: after a restart they go on by themselves.
    """
    # Prefect read its settings when it was imported. Without the address it would start another server of its own
    # beside this one, and runs that begin at the one and go on at the other are lost.
    with temporary_settings({PREFECT_API_URL: server}):
        serve(
            *deployments(settings, datetime.now(UTC) + FIRST),
            pause_on_shutdown=False,
            limit=settings.file.flows.concurrent_runs,
            print_starting_message=False,
        )
