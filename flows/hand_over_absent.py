"""Hand over what absent people hold, and give out what waits for capacity."""

from prefect import flow

from flows.runtime import parts_of, retried
from nanni.queues import hand_over


@flow(name="hand-over-absent", validate_parameters=False)
def hand_over_absent(workspace: str, now: str | None = None) -> int:
    """Move tickets from people who are away and out of queues; a second run of the same moment moves none.

    Returns how many changed hands.
    """
    with parts_of(workspace, now) as parts:
        return retried("hand-over-tickets", lambda: len(hand_over(parts)))
