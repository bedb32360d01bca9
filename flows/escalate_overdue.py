"""Tell about promises that are past their due time."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.escalation import escalate


@flow(name="escalate-overdue", validate_parameters=False)
def escalate_overdue(workspace: str, now: str | None = None) -> int:
    """Record and announce each overdue step once; a second run of the same moment adds nothing. Returns the steps."""
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def escalate_tickets() -> int:
            return escalate(parts)

        return escalate_tickets()
