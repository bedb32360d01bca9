"""Bring the warehouse up to date with the ledger and swap it in."""

from typing import Any

from prefect import flow

from flows.runtime import parts_of, retried
from nanni.outer_loop import refresh


@flow(name="refresh-outer-loop", validate_parameters=False)
def refresh_outer_loop(workspace: str, now: str | None = None) -> dict[str, Any]:
    """Write the facts aside and swap them in; readers keep the old file until then. Returns rows by table."""
    with parts_of(workspace, now) as parts:
        return retried("refresh-warehouse", lambda: refresh(parts))
