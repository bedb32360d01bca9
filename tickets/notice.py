"""What Nanni owes to say to people outside: outbox items with a stable id, delivered at least once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


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
    ASSIGNED = "assigned"
    BREACH_RISK = "breach_risk"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    CUSTOMER_ACKNOWLEDGEMENT = "customer_acknowledgement"
    CUSTOMER_RESOLUTION = "customer_resolution"
    CUSTOMER_SURVEY = "customer_survey"
    MENTIONED = "mentioned"
    WATCHED = "watched"
    REMINDER = "reminder"
    DIGEST = "digest"
    CUSTOMER_INITIATIVE = "customer_initiative"
    SUMMARY = "summary"
    CUSTOMER_REPLY = "customer_reply"


class DeliveryState(StrEnum):
    """Where an outbox item stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message owed to one target about one ticket event; `id` is derived from those, so a retry repeats it.

    It holds references, not customer text: the message is rendered from the ledger when it is sent. A summary is about
    no ticket ("" and 0) but about a period, which `about` names.
    """

    id: str
    kind: NoticeKind
    ticket: str
    event_sequence: int
    channel: Channel
    target: str
    created_at: datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class QueuedNotice:
    """A notice with its delivery record, as the outbox leases it out."""

    notice: Notice
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """Where notices go: whether owners get mail, which chats (by name) hear, and whether the console does.

    With `customers` a reachable customer is told that their ticket was opened.
    """

    mail: bool = True
    chats: tuple[str, ...] = ()
    console: bool = False
    customers: bool = False

    def targets(self, address: str) -> Iterator[tuple[Channel, str]]:
        """Channel and target of every copy of a notice whose owner has this mail address."""
        if self.mail and address:
            yield Channel.MAIL, address
        for chat in self.chats:
            yield Channel.CHAT, chat
        if self.console:
            yield Channel.CONSOLE, "console"


def notice_id(kind: NoticeKind, ticket: str, event_sequence: int, channel: Channel, target: str) -> str:
    """The id that every attempt at this notice shares, so that receivers can recognise a repeat."""
    told = "\x1f".join((kind, ticket, str(event_sequence), channel, target))
    return "n_" + sha256(told.encode()).hexdigest()[:20]


def notices(
    kind: NoticeKind, ticket: str, event_sequence: int, audience: Audience, address: str, now: datetime
) -> list[Notice]:
    """One notice for each target that should hear of a ticket event."""
    return [
        Notice(
            notice_id(kind, ticket, event_sequence, channel, target),
            kind,
            ticket,
            event_sequence,
            channel,
            target,
            now,
        )
        for channel, target in audience.targets(address)
    ]


def summary_notices(period: str, audience: Audience, address: str, now: datetime) -> list[Notice]:
    """The summary of a period (`2026-09`) for one manager, by the same ways as any notice of theirs."""
    return [
        Notice(notice_id(NoticeKind.SUMMARY, period, 0, channel, target), NoticeKind.SUMMARY, "", 0, channel, target,
               now, about=period)
        for channel, target in audience.targets(address)
    ]  # fmt: skip
