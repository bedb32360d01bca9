"""Owe each manager the summary of the month before; delivery sends it with everything else that is owed."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.summaries import last_month, queue_summaries


@flow(name="send-summaries", validate_parameters=False)
def send_summaries(workspace: str, now: str | None = None) -> int:
    """Queue last month's summary once a manager; a second run of the same month adds none. Returns how many are owed.

    A month in which nobody answered has none.
    """
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def queue() -> int:
            return len(queue_summaries(parts, last_month(parts)))

        return queue()
