"""Tell people what they asked to be reminded of, and take files off the disk that are on no ticket any more."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.runtime import parts_of, retried
from nanni.files import sweep
from nanni.reminding import remind_due


@flow(name="remind-people", validate_parameters=False)
def remind_people(workspace: str, now: str | None = None) -> int:
    """Tell each reminder that has come once; a second run of the same moment tells none. Returns how many."""
    with parts_of(workspace, now) as parts:

        @task(cache_policy=NO_CACHE)
        def sweep_files() -> int:
            return sweep(parts)

        told = retried("remind", lambda: len(remind_due(parts)))
        sweep_files()
        return told
