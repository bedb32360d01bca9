"""Small builders for tests: a survey, a batch of responses, decisions, a ticket and its events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from feedback.disposition import Disposition
from feedback.ports import Landing, Run, RunState
from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.scale import NPS, Scale
from feedback.survey import FileSource, Mapping, Question, SourceFormat, SurveyDefinition
from models.sentiment import CLASSES, SentimentScores, UnknownReason
from tickets.events import EventKind, TicketEvent
from tickets.notice import Channel, Notice, NoticeKind
from tickets.ticket import Closure, DueTimes, Priority, Status, Ticket
from triggers.decision import Decisions
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.signals import Signals, ThemeHit

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WHY = "Why did you give that score?"


def a_survey(
    id: str = "store_nps",
    *,
    source: str = "qualtrics",
    scale: Scale | None = NPS,
    questions: Sequence[str] = ("why",),
    attributes: Sequence[str] = ("store",),
) -> SurveyDefinition:
    """A survey with comment questions and attributes of these names."""
    return SurveyDefinition(
        id=id,
        title="After-purchase survey",
        source_name=source,
        source=FileSource(SourceFormat.CSV, Path("inbox")),
        mapping=Mapping(
            response_id="id",
            submitted_at="at",
            score="score",
            comments=tuple(Question(name, name, WHY) for name in questions),
            attributes=tuple((name, name) for name in attributes),
        ),
        scale=scale,
    )


def a_batch(
    scores: Sequence[float | None] = (2.0,),
    comments: Sequence[str] | None = None,
    *,
    survey: SurveyDefinition | None = None,
    ids: Sequence[str] | None = None,
    emails: Sequence[str | None] | None = None,
    start: datetime = NOON,
) -> ResponseBatch:
    """One response a score, a minute apart, with ids R1, R2, ... and the customers ann1@example.org, ..."""
    survey = survey or a_survey()
    size = len(scores)
    ids = ids or [f"R{i + 1}" for i in range(size)]
    emails = emails or [f"ann{i + 1}@example.org" for i in range(size)]
    texts = comments if comments is not None else ["Nobody called me back."] * size
    naive = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "us")
    return ResponseBatch(
        survey=survey,
        row_number=np.arange(1, size + 1, dtype=np.int64),
        response_id=ids,
        content_hash=[f"hash-{name}" for name in ids],
        submitted_at=naive + np.arange(size).astype("timedelta64[m]"),
        started_at=np.full(size, np.datetime64("NaT"), dtype="datetime64[us]"),
        recorded_at=np.full(size, naive, dtype="datetime64[us]"),
        timezone=["Europe/London"] * size,
        status=[ResponseStatus.LIVE] * size,
        score=np.array([np.nan if score is None else score for score in scores], dtype=np.float64),
        comments=tuple(
            CommentColumn(question.id, [question.text or ""] * size, texts if k == 0 else [""] * size)
            for k, question in enumerate(survey.mapping.comments)
        ),
        respondents=[Respondent(email=email, name="Ann" if email else None) for email in emails],
        channel=["email"] * size,
        language=["en"] * size,
        attributes={name: ["Leeds"] * size for name, _ in survey.mapping.attributes},
    )


def landings(
    batch: ResponseBatch,
    disposition: Disposition = Disposition.QUIET,
    *,
    customers: Sequence[str | None] | None = None,
    tickets: Sequence[str | None] | None = None,
    revision: int = 1,
) -> list[Landing]:
    """The same landing for every row of a batch."""
    size = len(batch)
    people = customers or [None] * size
    keys = tickets or [None] * size
    return [Landing(revision, people[i], disposition, ticket=keys[i]) for i in range(size)]


def scores_for(batch: ResponseBatch, model_id: str = "test-model@1") -> tuple[SentimentScores, ...]:
    """Made-up probabilities, different in each row; unknown where there is no comment."""
    return tuple(_scores(column.texts, model_id) for column in batch.comments)


def _scores(texts: Sequence[str], model_id: str) -> SentimentScores:
    probabilities = np.full((len(texts), len(CLASSES)), np.nan, dtype=np.float32)
    for i, text in enumerate(texts):
        if text:
            negative = np.float32(1 / (i + 2))
            probabilities[i] = (negative, np.float32(0), np.float32(1) - negative)
    return SentimentScores(model_id, probabilities, tuple(None if text else UnknownReason.NO_COMMENT for text in texts))


def signals_for(batch: ResponseBatch, themes: Sequence[tuple[ThemeHit, ...]] | None = None) -> Signals:
    """Signals of a batch with `scores_for` it."""
    return Signals(batch, scores_for(batch), themes if themes is not None else [()] * len(batch))


def decisions_for(batch: ResponseBatch, fired: Sequence[int] = (), policy_hash: str = "policy-1") -> Decisions:
    """Decisions of one rule, "detractor": FIRED at these positions, QUIET elsewhere."""
    outcome = np.full(len(batch), Outcome.QUIET, dtype=np.int8)
    outcome[list(fired)] = Outcome.FIRED
    winner = [0 if value == Outcome.FIRED else -1 for value in outcome.tolist()]
    return Decisions(policy_hash, "test-model@1", ("detractor",), outcome, [outcome], winner)


def a_run(id: str = "run-1", *, survey: str = "store_nps", content_hash: str = "file-1", **fields: Any) -> Run:
    """A run that has just started."""
    return replace(Run(id, survey, "qualtrics", "march.csv", content_hash, RunState.RUNNING, NOON), **fields)


def a_ticket(key: str = "N-1", **fields: Any) -> Ticket:
    """A new ticket owned by Amira, told of by `opening_events`."""
    ticket = Ticket(
        key=key,
        status=Status.NEW,
        severity=Severity.HIGH,
        priority=Priority.HIGH,
        team="stores",
        owner="amira",
        survey="store_nps",
        theme=None,
        rule="detractor",
        customer_id=None,
        opened_at=NOON,
        due=DueTimes(NOON + timedelta(hours=2), NOON + timedelta(days=1)),
        version=2,
        subject="NPS 2",
        policy_hash="policy-1",
    )
    if fields.get("status") in (Status.RESOLVED, Status.CLOSED):
        fields.setdefault("closure", Closure("process", "Called Ann", True))
    return replace(ticket, **fields)


def opening_events(ticket: Ticket) -> list[TicketEvent]:
    """The two events that open a ticket: opened and assigned, as `tickets.projection` reads them."""
    told = {
        "severity": ticket.severity.value,
        "priority": ticket.priority.value,
        "survey": ticket.survey,
        "theme": ticket.theme,
        "rule": ticket.rule,
        "customer": ticket.customer_id,
        "subject": ticket.subject,
        "policy": ticket.policy_hash,
        "first_touch_due": ticket.due.first_touch and ticket.due.first_touch.isoformat(),
        "resolution_due": ticket.due.resolution and ticket.due.resolution.isoformat(),
    }
    opened = tuple((name, value) for name, value in told.items() if value is not None)
    owned = (("team", ticket.team), ("owner", ticket.owner))
    return [
        an_event(ticket.key, 1, EventKind.OPENED, data=opened, at=ticket.opened_at),
        an_event(ticket.key, 2, EventKind.ASSIGNED, data=owned, at=ticket.opened_at),
    ]


def an_event(key: str = "N-1", sequence: int = 1, kind: EventKind = EventKind.NOTED, **fields: Any) -> TicketEvent:
    """An event by Amira at noon."""
    return replace(TicketEvent(key, sequence, kind, "amira", NOON), **fields)


def a_notice(id: str = "n-1", ticket: str = "N-1", event: int = 1, **fields: Any) -> Notice:
    """A mail to Amira that tells of a ticket's event."""
    notice = Notice(id, NoticeKind.TICKET_OPENED, ticket, event, Channel.MAIL, "amira@example.org", NOON)
    return replace(notice, **fields)
