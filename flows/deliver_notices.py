"""Deliver the notices that are due, one small task each, so that a dead target holds up nobody else's."""

from collections import Counter

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import parts_of
from nanni.notices import delivery_of
from tickets.delivery import Outcome, Target


@flow(name="deliver-notices", validate_parameters=False)
def deliver_notices(workspace: str, limit: int = 200, now: str | None = None) -> dict[str, int]:
    """Send what is due; returns counts by outcome.

    The outbox decides when a failed notice is tried again, so the tasks have no retries of their own: both would
    multiply.
    """
    with parts_of(workspace, now) as parts:
        delivery = delivery_of(parts)
        queue = {queued.notice.id: queued for queued in delivery.queue(limit)}
        failing: set[Target] = set()

        @task(cache_policy=NO_CACHE, task_run_name="deliver-{notice}")
        def deliver_notice(notice: str) -> Outcome:
            return delivery.turn(queue[notice], failing).outcome

        counts = Counter(str(deliver_notice(notice)) for notice in queue)
    return dict(counts)
