"""Bring the warehouse up to date with the ledger and swap it in."""

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.outer_loop import refresh


@flow(name="refresh-outer-loop", validate_parameters=False)
def refresh_outer_loop(workspace: str, now: str | None = None) -> dict[str, Any]:
    """Write the facts aside and swap them in; readers keep the old file until then. Returns rows by table."""
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def refresh_warehouse() -> dict[str, Any]:
            return refresh(parts)

        return refresh_warehouse()
