"""A day's budget of new tickets an owner: work goes to whoever has room, the most urgent first, the rest to review."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tickets.routes import Assignment, RoutingFacts, Turns
from tickets.routing import Routing
from triggers.handling import BudgetPolicy
from triggers.policy import Severity

_ORDER = {severity: place for place, severity in enumerate(Severity)}

Rank = tuple[int, datetime, int]
"""Of two responses that come together the one with the lesser rank is served first."""


def rank(severity: Severity, given_at: datetime, number: int) -> Rank:
    """The most severe first, then the one given first; `number` tells apart those of one moment."""
    return _ORDER[severity], given_at, number


@dataclass(frozen=True, slots=True)
class DayBudget:
    """What a day began with: the policy's limit, and by owner the tickets that count and were given already.

    Candidates at `exempt` positions neither wait nor count.
    """

    policy: BudgetPolicy
    had: Mapping[str, int] = field(default_factory=dict)
    exempt: Collection[int] = ()


class Allowance:
    """What is left of a day's budget, while tickets are given out in the order of their rank."""

    def __init__(self, day: DayBudget) -> None:
        self._most, self._always, self.exempt = day.policy.tickets_a_day, day.policy.always, day.exempt
        self._given = Counter(day.had)
        self._full = {owner for owner, count in self._given.items() if count >= self._most}

    def route(
        self,
        routing: Routing,
        facts: RoutingFacts,
        load: Mapping[str, int],
        now: datetime,
        turns: Turns | None = None,
        exempt: bool = False,
    ) -> tuple[Assignment, bool]:
        """Who is given a ticket, and whether their day has room for it; then it is one place less.

        Where nobody who could take it has room it is whom routing would have chosen: the review queue names them.
        """
        if exempt or facts.severity.value in self._always:
            return routing.route(facts, load, now, turns), True
        assignment = routing.route(facts, load, now, turns, self._full)
        if assignment.owner in self._full:
            return assignment, False
        self._given[assignment.owner] += 1
        if self._given[assignment.owner] >= self._most:
            self._full.add(assignment.owner)
        return assignment, True
