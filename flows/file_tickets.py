"""File new tickets under a category, learn from those put right, draft articles that are missing."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import parts_of, retried
from nanni import categories, knowledge


@flow(name="file-tickets", validate_parameters=False)
def file_tickets(workspace: str, now: str | None = None) -> int:
    """Learn first, so that what was put right counts at once; returns how many tickets were filed."""
    with parts_of(workspace, now) as parts:

        @task(cache_policy=NO_CACHE)
        def learn() -> bool:
            return categories.learn(parts).used

        @task(cache_policy=NO_CACHE)
        def draft_articles() -> int:
            return len(knowledge.write_drafts(parts))

        learn()
        filed = retried("file-new", lambda: len(categories.file_tickets(parts)))
        draft_articles()
        return filed
