"""Tell people what they asked to be reminded of, and take files off the disk that are on no ticket any more."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from nanni.files import sweep
from nanni.reminding import remind_due


@flow(name="remind-people", validate_parameters=False)
def remind_people(workspace: str, now: str | None = None) -> int:
    """Tell each reminder that has come once; a second run of the same moment tells none. Returns how many."""
    with parts_of(workspace, now) as parts:

        @task(
            cache_policy=NO_CACHE,
            retries=len(RETRY_DELAYS),
            retry_delay_seconds=RETRY_DELAYS,
            retry_condition_fn=worth_a_retry,
        )
        def remind() -> int:
            return len(remind_due(parts))

        @task(cache_policy=NO_CACHE)
        def sweep_files() -> int:
            return sweep(parts)

        told = remind()
        sweep_files()
        return told
