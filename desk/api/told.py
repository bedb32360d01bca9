"""What the API tells of tickets."""

from datetime import datetime

from pydantic import BaseModel

from tickets.events import TicketEvent
from tickets.inbox import InboxRow
from tickets.ticket import Priority, Status, Ticket
from triggers.policy import Severity


class TicketOut(BaseModel):
    """A ticket. `version` guards changes (ETag and If-Match); times are in UTC."""

    key: str
    status: Status
    severity: Severity
    priority: Priority
    team: str
    owner: str
    survey: str
    theme: str | None
    rule: str
    subject: str
    customer: str | None
    opened_at: datetime
    first_touch_due: datetime | None
    resolution_due: datetime | None
    first_touched_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    root_cause: str | None
    action_taken: str | None
    resolved: bool | None
    responses: int
    version: int

    @staticmethod
    def of(ticket: Ticket) -> "TicketOut":
        """The ticket as it is given out."""
        closure = ticket.closure
        return TicketOut(
            key=ticket.key, status=ticket.status, severity=ticket.severity, priority=ticket.priority, team=ticket.team,
            owner=ticket.owner, survey=ticket.survey, theme=ticket.theme, rule=ticket.rule, subject=ticket.subject,
            customer=ticket.customer_id, opened_at=ticket.opened_at, first_touch_due=ticket.due.first_touch,
            resolution_due=ticket.due.resolution, first_touched_at=ticket.first_touched_at,
            resolved_at=ticket.resolved_at, closed_at=ticket.closed_at,
            root_cause=closure.root_cause if closure else None, action_taken=closure.action_taken if closure else None,
            resolved=closure.resolved if closure else None, responses=ticket.responses, version=ticket.version,
        )  # fmt: skip


class TicketLine(TicketOut):
    """A ticket of a list, with the beginning of what the customer said."""

    words: str
    score: float | None

    @staticmethod
    def line(row: InboxRow) -> "TicketLine":
        """The row as it is given out."""
        return TicketLine(**TicketOut.of(row.ticket).model_dump(), words=row.words, score=row.score)


class TicketPage(BaseModel):
    """A page of tickets; `next` is the cursor of the following one."""

    items: list[TicketLine]
    next: str | None


class EventOut(BaseModel):
    """One thing that happened to a ticket."""

    ticket: str
    sequence: int
    kind: str
    actor: str
    at: datetime
    reason: str
    data: dict[str, str]
    note: str

    @staticmethod
    def of(event: TicketEvent) -> "EventOut":
        """The event as it is given out."""
        return EventOut(
            ticket=event.ticket, sequence=event.sequence, kind=event.kind.value, actor=event.actor, at=event.at,
            reason=event.reason, data=dict(event.data), note=event.note,
        )  # fmt: skip


class WhyOut(BaseModel):
    """One response of a ticket, what was said, and why it fired."""

    response: str
    survey: str
    submitted_at: datetime
    score: float | None
    comments: list[str]
    why: str
    trace: list[str]
