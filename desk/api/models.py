"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from feedback.ports import Run
from ledger.tokens import ServiceToken
from tickets.events import TicketEvent
from tickets.inbox import InboxRow
from tickets.ticket import Priority, Status, Ticket
from triggers.policy import Severity

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Few = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]


class Given(BaseModel):
    """A body that is taken: nothing in it but what is named."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Given):
    """No fields."""


class Contact(Given):
    """How the customer was reached and what was said."""

    how: Few
    note: Maybe = ""


class Note(Given):
    """A note for colleagues; @id calls one. A private one is for its author and those it calls."""

    text: Words
    private: Literal["", "1"] = ""


class Close(Given):
    """Ids of the closing checklist that are done, with spaces between."""

    checked: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""


class Escalate(Given):
    """Whom to ask for help, and with what."""

    to: Few
    reason: Words


class Person(Given):
    """Somebody of routing.yaml."""

    person: Few


class Tag(Given):
    """A tag of teamwork.yaml."""

    tag: Few


class Remind(Given):
    """Whom to remind, when (ISO 8601), of what."""

    person: Few
    at: Few
    text: Maybe = ""


class Pause(Given):
    """Why the next step is somebody else's."""

    note: Maybe = ""


class Assign(Given):
    """The new owner, by their id in routing.yaml."""

    owner: Few
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class Prioritise(Given):
    """The new priority and why."""

    priority: Priority
    reason: Few


class Resolve(Given):
    """Root cause (of sla.yaml), what was done, and whether it helped the customer."""

    root_cause: Few
    action: Words
    resolved: Literal["yes", "no"]


class Reopen(Given):
    """Why it is owed again."""

    reason: Words


class Release(Given):
    """Rows of the quarantine."""

    rows: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(min_length=1, max_length=200)]


BODIES: dict[str, type[Given]] = {
    "acknowledge": Nothing,
    "start": Nothing,
    "contact": Contact,
    "note": Note,
    "wait": Pause,
    "hold": Pause,
    "assign": Assign,
    "prioritise": Prioritise,
    "resolve": Resolve,
    "close": Close,
    "reopen": Reopen,
    "escalate": Escalate,
    "take-up": Nothing,
    "watch": Person,
    "unwatch": Person,
    "tag": Tag,
    "untag": Tag,
    "remind": Remind,
}


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


class RunOut(BaseModel):
    """One run: rows received and what became of them; a residue other than 0 is a fault."""

    id: str
    survey: str
    file_name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    received: int
    counts: dict[str, int]
    residue: int

    @staticmethod
    def of(run: Run, left: int) -> "RunOut":
        """The run as it is given out."""
        counts = {kind.value: count for kind, count in (run.counts or {}).items()}
        return RunOut(
            id=run.id, survey=run.survey, file_name=run.file_name, state=run.state.value, started_at=run.started_at,
            finished_at=run.finished_at, received=run.received, counts=counts, residue=left,
        )  # fmt: skip


class RowOut(BaseModel):
    """A quarantined row."""

    id: int
    survey: str
    row_number: int
    reason: str
    message: str


class ReleasedOut(BaseModel):
    """What came of a release."""

    released: int
    back: int


class AuditOut(BaseModel):
    """The proof that nothing was lost."""

    sound: bool
    received: int
    residue: int
    runs: int
    problems: list[str]


class MeOut(BaseModel):
    """The token that asks."""

    name: str
    scopes: list[str]
    teams: list[str] | None

    @staticmethod
    def of(token: ServiceToken) -> "MeOut":
        """The token without its secret."""
        return MeOut(
            name=token.name, scopes=sorted(token.scopes), teams=None if token.teams is None else [*token.teams]
        )
