"""The people of a simulated load: who holds how many live tickets, their peaks and full days."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from nanni.backtest_load import OwnerLoad
from tickets.routing import Member, Routing, Team


class People:
    """Who holds how many live tickets, their peaks and full days."""

    def __init__(self, routing: Routing) -> None:
        self.teams_of: dict[str, tuple[Team, Member]] = {
            member.id: (team, member) for team in reversed(routing.teams) for member in team.members
        }
        self.order = [member.id for team in routing.teams for member in team.members]
        self.live: Counter[str] = Counter()
        self.tickets: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.peaks: dict[tuple[str, date], int] = {}
        self._teams: Counter[str] = Counter()
        self._seen: dict[str, date] = {}
        self._full_since: dict[str, datetime] = {}
        self._full_days: dict[str, set[date]] = {member: set() for member in self.teams_of}

    def hold(self, owner: str, at: datetime) -> None:
        """One more live ticket."""
        self.live[owner] += 1
        self.peak[owner] = max(self.peak[owner], self.live[owner])
        self._count(owner, at, 1)
        if self.live[owner] >= self.teams_of[owner][1].capacity:
            self._full_since.setdefault(owner, at)

    def release(self, owner: str, at: datetime) -> None:
        """One less."""
        self.live[owner] -= 1
        self._count(owner, at, -1)
        if owner in self._full_since and self.live[owner] < self.teams_of[owner][1].capacity:
            day, end = self._full_since.pop(owner).date(), at.date()
            while day <= end:
                self._full_days[owner].add(day)
                day += timedelta(days=1)

    def _count(self, owner: str, at: datetime, more: int) -> None:
        """Keep each day's peak of a team; a day without events has what was live when it began."""
        team, today = self.teams_of[owner][0].id, at.date()
        live, day = self._teams[team], self._seen.get(team, today)
        while day <= today:
            self.peaks.setdefault((team, day), live)
            day += timedelta(days=1)
        self._seen[team] = today
        self._teams[team] = live + more
        self.peaks[team, today] = max(self.peaks[team, today], live + more)

    def loads(self, days: int, reviews: Mapping[str, int]) -> tuple[OwnerLoad, ...]:
        """Each owner in the order of routing.yaml."""
        return tuple(
            OwnerLoad(
                name, team.id, member.capacity, self.tickets[name], self.peak[name],
                min(days, len(self._full_days[name])), reviews[name],
            )
            for name in dict.fromkeys(self.order)
            for team, member in (self.teams_of[name],)
        )  # fmt: skip
