"""What became of a row: exactly one of these for every row received (invariant 1)."""

from collections.abc import Mapping
from enum import StrEnum

from feedback.errors import ConservationError


class Disposition(StrEnum):
    """The end of a row's walk."""

    OPENED = "opened"
    ATTACHED = "attached"
    SUPPRESSED = "suppressed"
    QUIET = "quiet"
    HELD = "held"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    REVISED = "revised"


def residue(received: int, counts: Mapping[Disposition, int]) -> int:
    """Rows received minus rows accounted for: 0 when nothing was lost or invented."""
    return received - sum(counts.values())


def require_conservation(run: str, received: int, counts: Mapping[Disposition, int]) -> None:
    """Raise ConservationError unless every row of the run is accounted for."""
    if left := residue(received, counts):
        told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        raise ConservationError(
            f"{received} rows received but {received - left} accounted for ({told or 'none'}): residue {left}",
            where=f"run {run}",
            next_step="keep the source file and report this as a bug; nothing of this batch was committed",
        )
