"""Facts for tests: single ones with defaults, and a synthetic year of an imaginary shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from feedback.scale import CSAT, NPS, Band, Scale
from outerloop.fact_source import Changes, FactCounts, Mark
from outerloop.fact_tables import table_of
from outerloop.facts import (
    ArticleFact,
    Fact,
    InitiativeFact,
    MemberFact,
    NoticeFact,
    ResponseFact,
    RunFact,
    SlaFact,
    SurveyFact,
    ThemeFact,
    TicketEventFact,
    TicketFact,
)

NOW = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedFacts:
    """A fact source over lists; `chunk` rows a table; `claimed` overrides what `counts` says.

    `changed` is what it says has changed since any mark of the same `basis`; None: it cannot tell.
    """

    survey_rows: Sequence[SurveyFact] = ()
    theme_rows: Sequence[ThemeFact] = ()
    response_rows: Sequence[ResponseFact] = ()
    ticket_rows: Sequence[TicketFact] = ()
    event_rows: Sequence[TicketEventFact] = ()
    run_rows: Sequence[RunFact] = ()
    sla_rows: Sequence[SlaFact] = ()
    notice_rows: Sequence[NoticeFact] = ()
    initiative_rows: Sequence[InitiativeFact] = ()
    member_rows: Sequence[MemberFact] = ()
    article_rows: Sequence[ArticleFact] = ()
    chunk: int = 1000
    claimed: FactCounts | None = field(default=None)
    changed: Changes | None = None
    basis: str = "lists"

    def mark(self) -> Mark:
        return Mark(self.basis, "")

    def changes(self, since: Mark) -> Changes | None:
        return self.changed if since.basis == self.basis else None

    def counts(self) -> FactCounts:
        return self.claimed or FactCounts(
            surveys=len(self.survey_rows),
            themes=len(self.theme_rows),
            responses=len(self.response_rows),
            tickets=len(self.ticket_rows),
            ticket_events=len(self.event_rows),
            runs=len(self.run_rows),
            sla_facts=len(self.sla_rows),
            notices=len(self.notice_rows),
            initiatives=len(self.initiative_rows),
            members=len(self.member_rows),
            articles=len(self.article_rows),
        )

    def surveys(self) -> Iterator[Any]:
        return self._tables(SurveyFact, self.survey_rows)

    def themes(self) -> Iterator[Any]:
        return self._tables(ThemeFact, self.theme_rows)

    def responses(self, only: Sequence[int] | None = None) -> Iterator[Any]:
        return self._tables(ResponseFact, [row for row in self.response_rows if only is None or row.response in only])

    def tickets(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        return self._of_tickets(TicketFact, self.ticket_rows, only)

    def ticket_events(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        return self._of_tickets(TicketEventFact, self.event_rows, only)

    def sla_facts(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        return self._of_tickets(SlaFact, self.sla_rows, only)

    def notices(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        return self._of_tickets(NoticeFact, self.notice_rows, only)

    def runs(self) -> Iterator[Any]:
        return self._tables(RunFact, self.run_rows)

    def initiatives(self) -> Iterator[Any]:
        return self._tables(InitiativeFact, self.initiative_rows)

    def members(self) -> Iterator[Any]:
        return self._tables(MemberFact, self.member_rows)

    def articles(self) -> Iterator[Any]:
        return self._tables(ArticleFact, self.article_rows)

    def _of_tickets(
        self,
        fact: type[Fact],
        rows: Sequence[TicketFact | TicketEventFact | SlaFact | NoticeFact],
        only: Sequence[str] | None,
    ) -> Iterator[Any]:
        return self._tables(fact, [row for row in rows if only is None or row.ticket in only])

    def _tables(self, fact: type[Fact], rows: Sequence[Fact]) -> Iterator[Any]:
        return (table_of(fact, rows[start : start + self.chunk]) for start in range(0, len(rows), self.chunk))


def response(number: int, **changes: Any) -> ResponseFact:
    score = changes.get("score", 9.0)
    scale: Scale = changes.pop("scale", NPS)
    values: dict[str, Any] = {
        "response": number, "survey": "store_nps", "source": "qualtrics", "response_id": f"R_{number}", "run": "run-1",
        "submitted_at": datetime(2025, 6, 15, 12, tzinfo=UTC), "status": "live", "score": score,
        "scale_kind": scale.kind, "scale_minimum": scale.minimum, "scale_maximum": scale.maximum,
        "band": None if score is None else scale.band(score).value, "channel": "email", "language": "en",
        "customer": f"c{number}", "has_comment": True, "sentiment": None, "negative": None, "neutral": None,
        "positive": None, "disposition": "quiet", "ticket": None, "themes": (), "attributes": (),
        "outcome": "quiet", "policy": "p", "model": "m", "rules": (), "scores": (),
    }  # fmt: skip
    return ResponseFact(**(values | changes))


def ticket(number: int, **changes: Any) -> TicketFact:
    opened = changes.get("opened_at", datetime(2025, 6, 15, 12, tzinfo=UTC))
    values: dict[str, Any] = {
        "ticket": f"N-{number}", "survey": "store_nps", "theme": "delivery", "rule": "detractor", "severity": "medium",
        "priority": "normal", "status": "closed", "team": "stores", "owner": "amira", "customer": f"c{number}",
        "opened_at": opened, "first_touched_at": opened + timedelta(hours=2), "resolved_at": opened + timedelta(days=1),
        "closed_at": opened + timedelta(days=2), "first_touch_due": opened + timedelta(hours=4),
        "resolution_due": opened + timedelta(days=3), "first_touch_business_s": 7200.0,
        "resolution_business_s": 28800.0, "root_cause": "process", "action_taken": "refunded", "resolved": True,
        "responses": 1,
    }  # fmt: skip
    return TicketFact(**(values | changes))


SURVEYS = (
    SurveyFact("store_nps", "After-purchase NPS", "Store purchase", "qualtrics", "nps", 0.0, 10.0, True),
    SurveyFact("web_csat", "Website CSAT", "Website", "csv", "csat", 1.0, 5.0, True),
)
THEMES = (
    ThemeFact("delivery", "Delivery", None),
    ThemeFact("delivery.late", "Late delivery", "delivery"),
    ThemeFact("delivery.damaged", "Damaged parcel", "delivery"),
    ThemeFact("billing", "Billing", None),
    ThemeFact("staff", "Staff", None),
    ThemeFact("staff.rude", "Unfriendly staff", "staff"),
    ThemeFact("price", "Price", None),
)

# What each theme does: how often it is named, how far it moves the score (share of the scale), and its usual cause.
_TRAITS = (
    ("delivery.late", 0.07, -0.45, "third_party"),
    ("delivery.damaged", 0.03, -0.40, "third_party"),
    ("billing", 0.05, -0.30, "process"),
    ("staff", 0.10, 0.15, "people"),
    ("staff.rude", 0.02, -0.50, "people"),
    ("price", 0.06, -0.12, "policy"),
)
_CAUSES = ("product", "process", "people", "policy", "third_party", "not_a_fault")


def synthetic_year(responses: int = 2400, seed: int = 7) -> ListedFacts:
    """A year up to `NOW`: late deliveries swell in November and December, tickets are opened for detractors."""
    draw = np.random.default_rng(seed)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    minutes = int((NOW - start).total_seconds() // 60)
    moments = sorted(start + timedelta(minutes=int(minute)) for minute in draw.integers(0, minutes, responses))
    made = [_one(draw, number, moment) for number, moment in enumerate(moments, start=1)]
    tickets = [found for _, found in made if found is not None]
    return ListedFacts(
        survey_rows=SURVEYS,
        theme_rows=THEMES,
        response_rows=[said for said, _ in made],
        ticket_rows=tickets,
        event_rows=[event for found in tickets for event in _events(found)],
        run_rows=[RunFact("run-1", "store_nps", "qualtrics", "a.csv", "done", start, NOW, responses, (("quiet", 1),))],
    )


def _one(draw: np.random.Generator, number: int, moment: datetime) -> tuple[ResponseFact, TicketFact | None]:
    scale, survey = (NPS, "store_nps") if draw.random() < 0.7 else (CSAT, "web_csat")
    named, mood = [], 0.80
    for theme, often, moves, _ in _TRAITS:
        swell = 2.2 if theme == "delivery.late" and moment.month >= 11 else 1.0
        if draw.random() < often * swell:
            named.append(theme)
            mood += moves
    goodness = float(np.clip(draw.normal(mood, 0.17), 0, 1))
    score = float(round(scale.minimum + goodness * (scale.maximum - scale.minimum)))
    found = _ticket(draw, number, survey, moment, named) if scale.band(score) is Band.DETRACTOR else None
    said = response(
        number, survey=survey, scale=scale, score=score, submitted_at=moment, themes=tuple(named),
        has_comment=bool(named) or draw.random() < 0.5, customer=f"c{draw.integers(1, 900)}",
        sentiment="negative" if goodness < 0.6 else "positive",
        disposition="opened" if found else "quiet", ticket=found.ticket if found else None,
        attributes=(("region", str(draw.choice(["North", "South"]))),),
    )  # fmt: skip
    return said, found


def _ticket(draw: np.random.Generator, number: int, survey: str, opened: datetime, named: list[str]) -> TicketFact:
    theme = named[0] if named else None
    usual = next((cause for name, _, _, cause in _TRAITS if name == theme), "not_a_fault")
    touched = opened + timedelta(hours=float(draw.exponential(5)))
    resolved = touched + timedelta(hours=float(draw.exponential(60)))
    closed = resolved + timedelta(days=2)
    is_closed = closed <= NOW
    cause = usual if draw.random() < 0.7 else str(draw.choice(_CAUSES))
    return ticket(
        number, survey=survey, theme=theme, opened_at=opened, status="closed" if is_closed else "in_progress",
        first_touched_at=touched if touched <= NOW else None, resolved_at=resolved if resolved <= NOW else None,
        closed_at=closed if is_closed else None, first_touch_due=opened + timedelta(hours=8),
        resolution_due=opened + timedelta(days=5), root_cause=cause if is_closed else None,
        action_taken="called back" if is_closed else None, resolved=is_closed or None,
        team="stores" if survey == "store_nps" else "web",
    )  # fmt: skip


def _events(found: TicketFact) -> list[TicketEventFact]:
    steps = [("opened", found.opened_at), ("assigned", found.opened_at), ("acknowledged", found.first_touched_at)]
    steps += [("resolved", found.resolved_at), ("closed", found.closed_at)]
    happened = [(kind, moment) for kind, moment in steps if moment is not None]
    return [event(found, number, kind, moment) for number, (kind, moment) in enumerate(happened, start=1)]


def event(found: TicketFact, sequence: int, kind: str, at: datetime, **changes: Any) -> TicketEventFact:
    """An event of a ticket; assignments name its own team and owner unless told otherwise."""
    given = kind == "assigned"
    values: dict[str, Any] = {
        "ticket": found.ticket, "sequence": sequence, "kind": kind, "actor": "nanni" if given else found.owner,
        "happened_at": at, "reason": "", "to_team": found.team if given else None,
        "to_owner": found.owner if given else None,
        "moved_to": None,
    }  # fmt: skip
    return TicketEventFact(**(values | changes))
