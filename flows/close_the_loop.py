"""Ask customers how it ended, and close what nobody answered."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni import closing


@flow(name="close-the-loop", validate_parameters=False)
def close_the_loop(workspace: str, now: str | None = None) -> dict[str, int]:
    """Queue each survey once and close each unanswered ticket; a second run of the same moment adds nothing."""
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def look_at_resolved() -> closing.Swept:
            return closing.close_the_loop(parts)

        swept = look_at_resolved()
        return {"surveys": len(swept.surveys), "closed": len(swept.closed), "kept_open": len(swept.kept_open)}
