"""What Nanni owes to say to people outside: outbox items with a stable id, delivered at least once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a notice travels."""

    MAIL = "mail"
    CHAT = "chat"
    CONSOLE = "console"


class NoticeKind(StrEnum):
    """What a notice tells."""

    TICKET_OPENED = "ticket_opened"
    RESPONSE_ATTACHED = "response_attached"
    OVERDUE = "overdue"


class DeliveryState(StrEnum):
    """Where an outbox item stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message owed to one target about one ticket event; `id` is derived from those, so a retry repeats it.

    It holds references, not customer text: the message is rendered from the ledger when it is sent.
    """

    id: str
    kind: NoticeKind
    ticket: str
    event_sequence: int
    channel: Channel
    target: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class QueuedNotice:
    """A notice with its delivery record, as the outbox leases it out."""

    notice: Notice
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    last_error: str = ""
