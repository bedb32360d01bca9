"""File new tickets under a category, learn from those put right, draft articles that are missing."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni import categories, knowledge


@flow(name="file-tickets", validate_parameters=False)
def file_tickets(workspace: str, now: str | None = None) -> int:
    """Learn first, so that what was put right counts at once; returns how many tickets were filed."""
    with parts_of(workspace, now) as parts:

        @task(cache_policy=NO_CACHE)
        def learn() -> bool:
            return categories.learn(parts).used

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def file_new() -> int:
            return len(categories.file_tickets(parts))

        @task(cache_policy=NO_CACHE)
        def draft_articles() -> int:
            return len(knowledge.write_drafts(parts))

        learn()
        filed = file_new()
        draft_articles()
        return filed
