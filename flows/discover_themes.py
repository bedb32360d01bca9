"""Look for themes in what the taxonomy leaves over, and carry the ids of known ones on."""

from dataclasses import asdict
from typing import Any

from prefect import flow

from flows.runtime import parts_of, retried
from nanni.found_themes import discover_themes as discover

ACTOR = "schedule"


@flow(name="discover-themes", validate_parameters=False)
def discover_themes(workspace: str, now: str | None = None) -> dict[str, Any]:
    """Discover and assign; nothing happens where the same texts were looked at before. Returns what it came to."""
    with parts_of(workspace, now) as parts:
        return retried("discover-themes", lambda: asdict(discover(parts, ACTOR)))
