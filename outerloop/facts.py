"""Facts: what the ledger hands over to the warehouse, one frozen type a row (`fact_tables` has their Arrow schemas).

No fact holds a comment, a name or an address: people are the ledger's own opaque customer ids (invariant 9).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class SurveyFact:
    """A survey as configured. The scale is the current one; each response keeps its own."""

    survey: str
    title: str
    touchpoint: str
    source: str
    scale_kind: str | None
    scale_minimum: float | None
    scale_maximum: float | None
    higher_is_better: bool | None


@dataclass(frozen=True, slots=True)
class ThemeFact:
    """A theme of the taxonomy; `parent` is the theme above it, None at the top."""

    theme: str
    name: str
    parent: str | None


class QuestionScore(NamedTuple):
    """How the comment on one question sounds to the model of the decision: its likeliest class and probabilities."""

    question: str
    sentiment: str
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True)
class ResponseFact:
    """The latest revision of one response. `response` is the ledger's own number, `response_id` the export's.

    `disposition`, `band` and `status` are values of the enums of those names. `themes` are the theme ids as found,
    parents not implied, repeats allowed. `sentiment` and the three probabilities are those of its most negative
    comment; all None where unknown, and `scores` has each comment's own. `ticket` is the ticket it opened or joined.
    `outcome` (fired, quiet, unknown), `policy` (its hash), `model` and `rules` (those that fired) are the decision; all
    None or empty where nothing was decided.
    """

    response: int
    survey: str
    source: str
    response_id: str
    run: str
    submitted_at: datetime
    status: str
    score: float | None
    scale_kind: str | None
    scale_minimum: float | None
    scale_maximum: float | None
    band: str | None
    channel: str | None
    language: str | None
    customer: str | None
    has_comment: bool
    sentiment: str | None
    negative: float | None
    neutral: float | None
    positive: float | None
    disposition: str
    ticket: str | None
    themes: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    outcome: str | None
    policy: str | None
    model: str | None
    rules: tuple[str, ...]
    scores: tuple[QuestionScore, ...]


@dataclass(frozen=True, slots=True)
class TicketFact:
    """The current state of one ticket.

    The two business durations are working seconds by the SLA calendar: None while the clock runs, or when the producer
    does not compute them.
    """

    ticket: str
    survey: str
    theme: str | None
    rule: str
    severity: str
    priority: str
    status: str
    team: str
    owner: str
    customer: str | None
    opened_at: datetime
    first_touched_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    first_touch_due: datetime | None
    resolution_due: datetime | None
    first_touch_business_s: float | None
    resolution_business_s: float | None
    root_cause: str | None
    action_taken: str | None
    resolved: bool | None
    responses: int


@dataclass(frozen=True, slots=True)
class TicketEventFact:
    """One event of a ticket, without the note people wrote.

    `to_team` and `to_owner` are whom an assignment gives it to; `moved_to` the new status, severity or priority.
    """

    ticket: str
    sequence: int
    kind: str
    actor: str
    happened_at: datetime
    reason: str
    to_team: str | None = None
    to_owner: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class SlaFact:
    """What happened to one turn of a ticket's metric, in the vocabulary of `tickets.metric_events`."""

    ticket: str
    metric: str
    turn: int
    kind: str
    happened_at: datetime
    target_s: float | None


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """One message owed about a ticket's event, without whom it goes to."""

    notice: str
    kind: str
    ticket: str
    event_sequence: int
    channel: str
    state: str
    attempts: int
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunFact:
    """One ingestion run; `dispositions` counts its rows by what became of them."""

    run: str
    survey: str
    source: str
    file_name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    received: int
    dispositions: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class InitiativeFact:
    """A systemic action as recorded (`outerloop.initiatives`)."""

    initiative: str
    title: str
    owner: str
    themes: tuple[str, ...]
    started: date
    expected: float
    expected_by: date


@dataclass(frozen=True, slots=True)
class MemberFact:
    """Who can own tickets, by id: their (first) team and how many live tickets they are meant to hold at most."""

    owner: str
    team: str
    capacity: int


@dataclass(frozen=True, slots=True)
class ArticleFact:
    """A knowledge article: the root causes and themes it says it is about (no theme: any)."""

    article: str
    title: str
    draft: bool
    root_causes: tuple[str, ...]
    themes: tuple[str, ...]


Fact = (
    SurveyFact | ThemeFact | ResponseFact | TicketFact | TicketEventFact | SlaFact | NoticeFact | RunFact
    | InitiativeFact | MemberFact | ArticleFact
)  # fmt: skip
