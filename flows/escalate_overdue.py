"""Tell about promises that are past their due time."""

from prefect import flow

from flows.runtime import parts_of, retried
from nanni.escalation import escalate


@flow(name="escalate-overdue", validate_parameters=False)
def escalate_overdue(workspace: str, now: str | None = None) -> int:
    """Record and announce each overdue step once; a second run of the same moment adds nothing. Returns the steps."""
    with parts_of(workspace, now) as parts:
        return retried("escalate-tickets", lambda: escalate(parts))
