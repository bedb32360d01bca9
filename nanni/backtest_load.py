"""What a stream of fired responses would ask of the people who answer them: tickets, owners, full days.

Routing is the real one; how long a ticket stays live cannot be known of tickets that never were, so it is one stated
length. Whoever has a live ticket gets no second one, as in `tickets.landing`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from tickets.routing import Member, Routing, RoutingFacts, Team
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Firing:
    """One response that fires and may open a ticket; `who` tells customers (or anonymous responses) apart.

    `cool_down` is that of the rule that decides.
    """

    at: datetime
    who: str
    facts: RoutingFacts
    cool_down: timedelta | None = None


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """One owner over the whole time: `full_days` are days on which their live tickets reached their capacity."""

    owner: str
    team: str
    capacity: int
    tickets: int
    peak: int
    full_days: int


@dataclass(frozen=True, slots=True)
class Load:
    """Tickets opened, joined and held back by a cool-down, by owner; `peaks` is the most live tickets of a team by day.

    `overflow` counts tickets that went to the fallback because nobody of the routed team had room.
    """

    days: int
    opened: int
    attached: int
    overflow: int
    suppressed: int
    owners: tuple[OwnerLoad, ...]
    peaks: Mapping[tuple[str, date], int]
    severities: Mapping[Severity, int] = field(default_factory=dict)

    @property
    def pressure(self) -> float:
        """Share of owner-days at capacity: days on which new work would have had to wait for somebody."""
        people = len(self.owners)
        return sum(owner.full_days for owner in self.owners) / (people * self.days) if people and self.days else 0.0


def simulate(firings: Sequence[Firing], routing: Routing, handling: timedelta, days: int) -> Load:
    """Open, route and, after `handling`, close tickets in order of time; `days` is the length of the window."""
    run = _Run(routing, handling)
    for firing in sorted(firings, key=lambda one: (one.at, one.who, one.facts.survey)):
        run.take(firing)
    run.close_until(None)
    return run.load(days)


class _Run:
    def __init__(self, routing: Routing, handling: timedelta) -> None:
        self.routing, self.handling = routing, handling
        self.members: dict[str, tuple[Team, Member]] = {
            member.id: (team, member) for team in reversed(routing.teams) for member in team.members
        }
        self.live: Counter[str] = Counter()
        self.teams: Counter[str] = Counter()
        self.holders: set[str] = set()
        self.closing: list[tuple[datetime, str, str]] = []
        self.full_since: dict[str, datetime] = {}
        self.full_days: dict[str, set[date]] = {member: set() for member in self.members}
        self.tickets: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.peaks: dict[tuple[str, date], int] = {}
        self.seen: dict[str, date] = {}
        self.last: dict[str, datetime] = {}
        self.attached = self.overflow = self.suppressed = 0
        self.severities: Counter[Severity] = Counter()

    def take(self, firing: Firing) -> None:
        self.close_until(firing.at)
        if firing.who in self.holders:
            self.attached += 1
            return
        last = self.last.get(firing.who)
        if firing.cool_down is not None and last is not None and firing.at - last < firing.cool_down:
            self.suppressed += 1
            return
        self.last[firing.who] = firing.at
        assignment = self.routing.route(firing.facts, self.live)
        self.overflow += "nobody of" in assignment.reason
        owner = assignment.owner
        self.holders.add(firing.who)
        self.tickets[owner] += 1
        self.severities[firing.facts.severity] += 1
        self.live[owner] += 1
        self.peak[owner] = max(self.peak[owner], self.live[owner])
        self._seen(owner, firing.at, 1)
        if self.live[owner] >= self.members[owner][1].capacity:
            self.full_since.setdefault(owner, firing.at)
        heappush(self.closing, (firing.at + self.handling, owner, firing.who))

    def close_until(self, now: datetime | None) -> None:
        while self.closing and (now is None or self.closing[0][0] <= now):
            at, owner, who = heappop(self.closing)
            self.live[owner] -= 1
            self.holders.discard(who)
            self._seen(owner, at, -1)
            if owner in self.full_since and self.live[owner] < self.members[owner][1].capacity:
                self._mark(owner, self.full_since.pop(owner), at)

    def _seen(self, owner: str, at: datetime, more: int) -> None:
        """Keep each day's peak of a team; a day without events has what was live when it began."""
        team, today = self.members[owner][0].id, at.date()
        live, day = self.teams[team], self.seen.get(team, today)
        while day <= today:
            self.peaks.setdefault((team, day), live)
            day += timedelta(days=1)
        self.seen[team] = today
        self.teams[team] = live + more
        self.peaks[team, today] = max(self.peaks[team, today], live + more)

    def _mark(self, owner: str, start: datetime, end: datetime) -> None:
        day = start.date()
        while day <= end.date():
            self.full_days[owner].add(day)
            day += timedelta(days=1)

    def load(self, days: int) -> Load:
        owners = tuple(
            OwnerLoad(
                name,
                team.id,
                member.capacity,
                self.tickets[name],
                self.peak[name],
                min(days, len(self.full_days[name])),
            )
            for team in self.routing.teams
            for member in team.members
            for name in (member.id,)
            if self.members[name][0] is team
        )
        return Load(
            days, sum(self.tickets.values()), self.attached, self.overflow, self.suppressed, owners, dict(self.peaks),
            dict(self.severities),
        )  # fmt: skip
