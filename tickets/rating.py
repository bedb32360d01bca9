"""How urgent what a batch brings is, and what is promised for it: looked up once a batch."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from tickets.episodes import NOTHING_YET, Episodes
from tickets.landing import Candidate
from tickets.priority import PriorityFacts, Rated
from tickets.projection import due_data
from tickets.sla import SlaPolicy, due_times
from tickets.ticket import DueTimes, Priority, Ticket

Promised = tuple[Priority, str, str | None]
"""What a target depends on: priority, survey and tier."""


class Rating:
    """Priorities and due times of one batch; `given` counts the tickets it has opened by customer."""

    def __init__(self, sla: SlaPolicy, now: datetime, episodes: Mapping[str, Episodes]) -> None:
        self.sla, self.now, self.episodes = sla, now, episodes
        self.given: Counter[str] = Counter()
        self._due: dict[Promised, DueTimes] = {}
        self._data: dict[Promised, tuple[tuple[str, str], ...]] = {}

    def facts(self, candidate: Candidate) -> PriorityFacts:
        """What the priority table looks at; tickets that this batch has opened count as contacts too."""
        attributes, customer, table = dict(candidate.attributes), candidate.customer_id, self.sla.priority_table
        contacts = 0
        if customer is not None and table.rows:
            since = self.now - table.repeat_within
            contacts = self.episodes.get(customer, NOTHING_YET).contacts(since) + self.given[customer]
        return PriorityFacts(
            severity=candidate.severity,
            tier=attributes.get(self.sla.tier_attribute),
            negative=candidate.negative,
            contacts=contacts,
            impact=table.impact(attributes),
        )

    def rated(self, candidate: Candidate, facts: PriorityFacts) -> Rated:
        """By the rule that fired where that says so, else by the table."""
        if candidate.priority is not None:
            return Rated(candidate.priority, f"rule {candidate.rule} says so")
        return self.sla.rate(facts)

    def due(self, promised: Promised) -> DueTimes:
        """When it is due that was received now."""
        if promised not in self._due:
            priority, survey, tier = promised
            self._due[promised] = due_times(priority, self.now, self.sla, survey, tier)
        return self._due[promised]

    def due_data(self, promised: Promised) -> tuple[tuple[str, str], ...]:
        """The same as event data."""
        if promised not in self._data:
            self._data[promised] = due_data(self.due(promised))
        return self._data[promised]


def opening_data(
    candidate: Candidate, rated: Rated, known: PriorityFacts, follows: Ticket | None
) -> tuple[tuple[str, str], ...]:
    """What the event of an opening says of the ticket, but for its due times."""
    facts = (
        ("severity", candidate.severity.value),
        ("priority", rated.priority.value),
        ("priority_by", rated.why),
        ("survey", candidate.survey),
        ("rule", candidate.rule),
        ("theme", candidate.theme),
        ("tier", known.tier),
        ("negative", "" if known.negative is None else f"{known.negative:.2f}"),
        ("impact", "" if known.impact is None else f"{known.impact:g}"),
        ("follow_up_of", follows.key if follows else ""),
        ("customer", candidate.customer_id),
        ("response", candidate.response_id),
        ("submitted_at", candidate.submitted_at.isoformat()),
        ("subject", candidate.subject),
        ("policy", candidate.policy_hash),
    )
    return tuple([(name, value) for name, value in facts if value])
