"""Keep the SLA facts of all tickets up to now."""

from prefect import flow

from flows.runtime import parts_of, retried
from nanni.sla_facts import record_facts


@flow(name="record-sla-facts", validate_parameters=False)
def record_sla_facts(workspace: str, now: str | None = None) -> int:
    """Record activations, pauses, breaches and fulfilments; returns of how many tickets there was news."""
    with parts_of(workspace, now) as parts:
        return retried("record", lambda: record_facts(parts))
