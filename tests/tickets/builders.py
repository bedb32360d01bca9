"""Small, complete examples of what tickets are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from feedback.response import Comment, Respondent, ResponseKey, ResponseStatus, SurveyResponse
from feedback.scale import NPS
from tickets.calendar import Calendar, Clock
from tickets.episodes import episodes_of
from tickets.landing import Candidate
from tickets.opening import Plan, plan
from tickets.routing import Assignment, Member, Route, Routing, Team
from tickets.sla import SlaPolicy, Target
from tickets.ticket import Priority, Ticket
from triggers.decision import DecisionTrace, Evidence, RuleTrace, TextSpan
from triggers.outcome import Outcome
from triggers.policy import Severity

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # a Wednesday
OFFICE: tuple[tuple[tuple[int, int], ...], ...] = (((9 * 60, 17 * 60),),) * 5 + ((), ())
LONDON = Calendar("Europe/London", OFFICE)

SLA = SlaPolicy(
    calendar=LONDON,
    targets={
        Priority.URGENT: Target(timedelta(hours=2), timedelta(hours=8)),
        Priority.HIGH: Target(timedelta(hours=4), timedelta(hours=16)),
        Priority.NORMAL: Target(timedelta(hours=8), timedelta(hours=40)),
        Priority.LOW: Target(None, timedelta(days=10), Clock.ELAPSED),
    },
    root_causes=("product", "process"),
)
ROUTING = Routing(
    teams=(
        Team(
            "stores",
            "Stores",
            (Member("amira", "Amira", "amira@example.org", 2), Member("bo", "Bo", "bo@example.org", 1)),
        ),
        Team("care", "Care", (Member("hana", "Hana", "hana@example.org", 1),)),
    ),
    routes=(Route("stores", surveys=("store_nps",)),),
    fallback=Assignment("care", "hana", "fallback"),
)


def candidate(
    position: int = 0,
    *,
    response: str | None = None,
    customer: str | None = "c-1",
    severity: Severity = Severity.MEDIUM,
    survey: str = "store_nps",
    status: ResponseStatus = ResponseStatus.LIVE,
    existing: Ticket | None = None,
    submitted_at: datetime = NOW - timedelta(hours=1),
    **more: Any,
) -> Candidate:
    made = Candidate(
        position=position,
        response_id=response or f"R-{position}",
        customer_id=customer,
        survey=survey,
        submitted_at=submitted_at,
        severity=severity,
        rule=f"rule_{severity}",
        status=status,
        theme="delivery.late",
        subject="NPS 2 – Leeds",
        why="the score 2 is a detractor's",
        policy_hash="p-1",
        existing=existing,
    )
    return replace(made, **more)


def keys(first: int = 1) -> Iterator[str]:
    return (f"N-{number}" for number in count(first))


def planned(candidates: Sequence[Candidate], **live: Ticket) -> Plan:
    customers = {ticket.customer_id for ticket in live.values() if ticket.customer_id}
    held = {name: episodes_of(one for one in live.values() if one.customer_id == name) for name in customers}
    return plan(candidates, held, keys(len(live) + 1), ROUTING, SLA, {}, NOW)


def opened(**options: object) -> Ticket:
    return planned([candidate(**options)]).opened[0]  # type: ignore[arg-type]


def response(text: str = "The parcel never arrived.", **person: str) -> SurveyResponse:
    return SurveyResponse(
        key=ResponseKey("qualtrics", "store_nps", "R-0"),
        content_hash="h",
        submitted_at=NOW - timedelta(hours=1),
        timezone="Europe/London",
        status=ResponseStatus.LIVE,
        score=2.0,
        scale=NPS,
        comments=(Comment("why", "Why did you give that score?", text),) if text else (),
        respondent=Respondent(**(person or {"id": "K-77", "email": "jo@example.com", "name": "Jo Field"})),
        channel="email",
        language="en",
        attributes=(("store", "Leeds"), ("tier", "gold")),
    )


def trace(*spans: tuple[int, int]) -> DecisionTrace:
    words = Evidence(
        "keywords", Outcome.FIRED, "never arrived", "late", spans=tuple(TextSpan("why", *span) for span in spans)
    )
    band = Evidence("band", Outcome.FIRED, "detractor (2)", "detractor", 4.0)
    quiet = Evidence("score", Outcome.QUIET, "2", "at most 0", -2.0)
    both = Evidence("all", Outcome.FIRED, parts=(band, words, quiet))
    return DecisionTrace(
        Outcome.FIRED,
        ("late_detractor",),
        (RuleTrace("late_detractor", Outcome.FIRED, both), RuleTrace("zero", Outcome.QUIET, quiet)),
        "p-1",
        "none",
    )
