"""How the customer felt at each step of a ticket's life, as far as they let us know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.events import EventKind, TicketEvent

CERTAIN = 0.5


@dataclass(frozen=True, slots=True)
class Feeling:
    """One thing the customer let us know: at which step, how it sounded, and what that is read from.

    `felt` is "negative", "not negative", "unknown", "unhappy", "so-so" or "happy".
    """

    at: datetime
    step: str
    felt: str
    source: str


def feelings(events: Sequence[TicketEvent]) -> tuple[Feeling, ...]:
    """In order of time. A response without a comment that could be read is unknown, never calm."""
    return tuple(feeling for event in events for feeling in _of(event, dict(event.data)))


_SPOKEN = {EventKind.OPENED: "first response", EventKind.RESPONSE_ATTACHED: "another response"}


def _of(event: TicketEvent, data: dict[str, str]) -> Iterator[Feeling]:
    if event.kind in _SPOKEN and data.get("responses") != "0":
        if "negative" not in data:
            yield Feeling(event.at, _SPOKEN[event.kind], "unknown", "no comment that could be read")
            return
        sounds = "negative" if float(data["negative"]) >= CERTAIN else "not negative"
        yield Feeling(event.at, _SPOKEN[event.kind], sounds, f"comment, negative with {data['negative']}")
    elif event.kind is EventKind.CUSTOMER_ANSWERED:
        yield Feeling(event.at, "after the resolution", data["felt"], f"survey, {data['rating']} of 5")
