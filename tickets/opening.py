"""Fired responses into tickets: what a whole batch inserts, changes and tells, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedback.disposition import Disposition
from tickets.actions import SYSTEM, Acted, assigned, reopen
from tickets.budget import Allowance, DayBudget
from tickets.closing import CustomerMessage, tell_customer
from tickets.episodes import Episodes
from tickets.events import EventKind, TicketEvent
from tickets.handover import replacement
from tickets.landing import Candidate, Landed, OpeningRules, Verdict
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.placing import Likeness, Places, unlike
from tickets.projection import apply, due_data
from tickets.rating import Rating, opening_data
from tickets.routing import Assignment, Routing, Turns
from tickets.sla import SlaPolicy, sooner
from tickets.ticket import Priority, Status, Ticket
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Change:
    """The next state of a stored ticket, with the events that lead there: the arguments of `TicketStore.change`."""

    before: Ticket
    after: Ticket
    events: tuple[TicketEvent, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one batch does to tickets, to be written in one transaction; `landed` is in the candidates' order.

    `refused` are the candidates, by position, whose ticket no day's budget had room for, each with whom it was for.
    """

    landed: tuple[Landed, ...]
    opened: tuple[Ticket, ...]
    events: tuple[TicketEvent, ...]
    changes: tuple[Change, ...]
    notices: tuple[Notice, ...]
    refused: Mapping[int, Assignment] = field(default_factory=dict)


def plan(
    candidates: Sequence[Candidate],
    episodes: Mapping[str, Episodes],
    keys: Iterator[str],
    routing: Routing,
    sla: SlaPolicy,
    load: Mapping[str, int],
    now: datetime,
    rules: OpeningRules = OpeningRules(),  # noqa: B008 (frozen)
    audience: Audience = Audience(),  # noqa: B008 (frozen)
    turns: Turns | None = None,
    day: DayBudget | None = None,
    likeness: Likeness = unlike,
) -> Plan:
    """What becomes of each candidate. Takes `placing.count_openings` keys; `load` is live tickets by owner.

    `episodes` are those of the candidates' customers, `turns` is what round robin goes by. SLA clocks start at `now`,
    when the response was received. One notice tells of a new ticket, and one a batch of what joined a stored one.
    The budget of a `day` is given out in the candidates' order, so they come in that of `budget.rank`. `likeness` is
    asked where a theme is missing.
    """
    batch = _Batch(keys, routing, sla, dict(load), now, audience, turns or {}, episodes, day, rules.alike)
    places = Places(episodes, rules, now, likeness)
    return batch.plan(tuple(batch.land(i, candidate, places) for i, candidate in enumerate(candidates)))


class _Batch:
    """The tickets of one batch while it is being planned: `acted` by key, in the order first touched."""

    def __init__(
        self,
        keys: Iterator[str],
        routing: Routing,
        sla: SlaPolicy,
        load: dict[str, int],
        now: datetime,
        audience: Audience,
        turns: Turns,
        episodes: Mapping[str, Episodes],
        day: DayBudget | None,
        alike: float | None,
    ) -> None:
        self.allowance = None if day is None else Allowance(day)
        self.keys, self.routing, self.sla, self.load, self.now, self.audience = keys, routing, sla, load, now, audience
        self.turns, self.rating, self.alike = dict(turns), Rating(sla, now, episodes), alike
        self.told: list[Notice] = []
        self.before: dict[str, Ticket] = {}
        self.acted: dict[str, Acted] = {}
        self.opened_by: dict[int, str] = {}
        self.refused: dict[int, Assignment] = {}

    def land(self, i: int, candidate: Candidate, places: Places) -> Landed:
        """Take up one candidate where it belongs."""
        verdict = places.verdict(i, candidate)
        if verdict.disposition is Disposition.OPENED:
            return self._landed_anew(i, candidate, verdict, places)
        key = None
        if verdict.opener is not None:
            key = self.opened_by[verdict.opener]
        elif verdict.ticket is not None:
            key = self._take_up(verdict.ticket).ticket.key
        if key is not None:
            if verdict.reopens:
                self._reopen(key, candidate)
            self._join(key, candidate, verdict)
        return Landed(candidate.position, verdict.disposition, verdict.reason, key)

    def _landed_anew(self, i: int, candidate: Candidate, verdict: Verdict, places: Places) -> Landed:
        assignment, fits = self._assignment(candidate)
        if not fits:
            self.refused[candidate.position] = assignment
            places.withdraw(candidate)
            return Landed(candidate.position, Disposition.SUPPRESSED, f"{assignment.owner} has no room today")
        key = self.opened_by[i] = self._open(candidate, verdict.follows, assignment)
        return Landed(candidate.position, verdict.disposition, verdict.reason, key)

    def _assignment(self, candidate: Candidate) -> tuple[Assignment, bool]:
        """Whose a new ticket is, and whether they have room for it today."""
        facts = candidate.facts()
        if self.allowance is None:
            return self.routing.route(facts, self.load, self.now, self.turns), True
        exempt = candidate.position in self.allowance.exempt
        return self.allowance.route(self.routing, facts, self.load, self.now, self.turns, exempt)

    def plan(self, landed: tuple[Landed, ...]) -> Plan:
        """Everything gathered so far."""
        opened = [self.acted[key] for key in self.opened_by.values()]
        changed = [
            Change(before, self.acted[key].ticket, self.acted[key].events)
            for key, before in self.before.items()
            if self.acted[key].events
        ]
        return Plan(
            landed=landed,
            opened=tuple(acted.ticket for acted in opened),
            events=tuple(event for acted in opened for event in acted.events),
            changes=tuple(changed),
            notices=(*self._notices(opened, changed), *self.told),
            refused=self.refused,
        )

    def _open(self, candidate: Candidate, follows: Ticket | None, assignment: Assignment) -> str:
        key = next(self.keys)
        facts = self.rating.facts(candidate)
        rated = self.rating.rated(candidate, facts)
        due = self.rating.due_data((rated.priority, candidate.survey, facts.tier))
        data = (*opening_data(candidate, rated, facts, follows), *due)
        if candidate.customer_id is not None:
            self.rating.given[candidate.customer_id] += 1
        if follows is not None:
            self._followed_up(follows, key)
        reason = f"rule {candidate.rule} fired"
        event = TicketEvent(key, 1, EventKind.OPENED, SYSTEM, self.now, reason, data, candidate.why)
        if assignment.queue is None:
            self.load[assignment.owner] = self.load.get(assignment.owner, 0) + 1
        self.turns[assignment.owner] = (self.now, self.turns.get(assignment.owner, (self.now, 0))[1] + 1)
        acted = assigned(Acted(apply(None, event), (event,)), SYSTEM, self.now, assignment)
        if self.audience.customers and candidate.reachable and candidate.customer_id is not None:
            told = tell_customer(acted, CustomerMessage.ACKNOWLEDGEMENT, SYSTEM, self.now)
            acted = told.acted
            self.told.append(told.notice)
        self.acted[key] = acted
        return key

    def _take_up(self, ticket: Ticket) -> Acted:
        """A stored ticket that the batch changes."""
        if ticket.key not in self.acted:
            self.before[ticket.key], self.acted[ticket.key] = ticket, Acted(ticket, ())
        return self.acted[ticket.key]

    def _followed_up(self, earlier: Ticket, key: str) -> None:
        """The ticket whose reopen window is over is told which one goes on where it ended."""
        acted = self._take_up(earlier)
        reason = "the same trouble again, after the reopen window"
        self.acted[earlier.key] = acted.then(EventKind.FOLLOWED_UP, SYSTEM, self.now, (("by", key),), reason)

    def _reopen(self, key: str, candidate: Candidate) -> None:
        """Owed again, by somebody who is there."""
        acted, why = self.acted[key], f"rule {candidate.rule} fired again within the reopen window"
        done = reopen(acted.ticket, SYSTEM, self.now, why, self.sla)
        done = Acted(done.ticket, (*acted.events, *done.events))
        to = replacement(done.ticket, candidate.facts(), self.routing, self.load, self.now, self.turns)
        self.acted[key] = done = done if to is None else assigned(done, SYSTEM, self.now, to)
        if done.ticket.queue is None:
            self.load[done.ticket.owner] = self.load.get(done.ticket.owner, 0) + 1

    def _join(self, key: str, candidate: Candidate, verdict: Verdict) -> None:
        """Attach a response (or a new revision of one it has) to a ticket, raising what has become worse."""
        acted = self.acted[key]
        if not acted.ticket.live:
            return
        acted = self._attached(acted, candidate, verdict)
        if acted.ticket.status is Status.WAITING:
            acted = acted.moved(EventKind.STATUS_CHANGED, SYSTEM, self.now, Status.OPEN)
        if _worse(candidate.severity, acted.ticket.severity):
            acted = self._raised(acted, candidate)
        self.acted[key] = acted

    def _attached(self, acted: Acted, candidate: Candidate, verdict: Verdict) -> Acted:
        data = [("response", candidate.response_id), ("survey", candidate.survey), ("rule", candidate.rule)]
        revised = verdict.disposition is Disposition.REVISED
        if revised:
            data.append(("revised", "yes"))
        if candidate.negative is not None:
            data.append(("negative", f"{candidate.negative:.2f}"))
        reason = f"rule {candidate.rule} fired on {'a revised' if revised else 'another'} response"
        if verdict.likeness is not None:
            data += [("likeness", f"{verdict.likeness:.3f}"), ("likeness_asked", f"{self.alike:.3f}")]
            reason += f"; its words are like this ticket's ({verdict.likeness:.2f})"
        if verdict.learns and candidate.theme is not None:
            data.append(("theme", candidate.theme))
            reason += f", which is about {candidate.theme} therefore"
        return acted.then(EventKind.RESPONSE_ATTACHED, SYSTEM, self.now, tuple(data), reason, _joined(candidate.why))

    def _raised(self, acted: Acted, candidate: Candidate) -> Acted:
        severity = (("from", acted.ticket.severity.value), ("to", candidate.severity.value), ("rule", candidate.rule))
        acted = acted.then(EventKind.SEVERITY_RAISED, SYSTEM, self.now, severity, f"rule {candidate.rule} fired")
        rated = self.rating.rated(candidate, self.rating.facts(candidate))
        if _order(rated.priority) >= _order(acted.ticket.priority):
            return acted
        ticket = acted.ticket
        due = due_data(sooner(ticket.due, self.rating.due((rated.priority, ticket.survey, ticket.tier))))
        data = (("from", ticket.priority.value), ("to", rated.priority.value), ("counted_from", "now"), *due)
        reason = f"severity was raised: {rated.why}"
        return acted.then(EventKind.PRIORITY_CHANGED, SYSTEM, self.now, data, reason)

    def _notices(self, opened: Sequence[Acted], changed: Sequence[Change]) -> Iterator[Notice]:
        for acted in opened:
            yield from self._tell(NoticeKind.TICKET_OPENED, acted.ticket, 1)
        for change in changed:
            attached = [event.sequence for event in change.events if event.kind is EventKind.RESPONSE_ATTACHED]
            if attached:
                yield from self._tell(NoticeKind.RESPONSE_ATTACHED, change.after, attached[-1])

    def _tell(self, kind: NoticeKind, ticket: Ticket, sequence: int) -> list[Notice]:
        address = self.routing.address(ticket.owner)
        return notices(kind, ticket.key, sequence, self.audience, address, self.now)


def _joined(why: str) -> str:
    """The sentence of why a rule fired, on a ticket that was there already."""
    return f"Joined{why.removeprefix('Opened')}" if why.startswith("Opened ") else why


_SEVERITIES = {severity: i for i, severity in enumerate(Severity)}
_PRIORITIES = {priority: i for i, priority in enumerate(Priority)}


def _worse(one: Severity, other: Severity) -> bool:
    return _SEVERITIES[one] < _SEVERITIES[other]


def _order(priority: Priority) -> int:
    return _PRIORITIES[priority]
