"""Hand over what absent people hold, and give out what waits for capacity."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.queues import hand_over


@flow(name="hand-over-absent", validate_parameters=False)
def hand_over_absent(workspace: str, now: str | None = None) -> int:
    """Move tickets from people who are away and out of queues; a second run of the same moment moves none.

    Returns how many changed hands.
    """
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def hand_over_tickets() -> int:
            return len(hand_over(parts))

        return hand_over_tickets()
