"""Keep the SLA facts of all tickets up to now."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.sla_facts import record_facts


@flow(name="record-sla-facts", validate_parameters=False)
def record_sla_facts(workspace: str, now: str | None = None) -> int:
    """Record activations, pauses, breaches and fulfilments; returns of how many tickets there was news."""
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def record() -> int:
            return record_facts(parts)

        return record()
