"""One person out of those a route leads to: by load, by turn, by account or by place; never somebody who is away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tickets.routes import Assignment, Member, Route, RoutingFacts, Strategy, Team, Turns

if TYPE_CHECKING:
    from tickets.routing import Routing

_NEVER = (datetime.min.replace(tzinfo=UTC), 0)


@dataclass(frozen=True, slots=True)
class Assigner:
    """Routing at a moment: live tickets by owner, the turns taken, and whose day is full.

    Without `now` nobody is away or off shift.
    """

    routing: "Routing"
    load: Mapping[str, int]
    now: datetime | None
    turns: Turns
    full: Collection[str] = ()

    def assign(self, facts: RoutingFacts) -> Assignment:
        """The one owner, by the first route that takes the facts, else by the fallback."""
        if facts.wanted is not None:
            return self._of_team(Route(facts.wanted), "the rule's team", facts)
        for number, route in enumerate(self.routing.routes, 1):
            if route.takes(facts):
                return self._by(route, f"route {number}", facts)
        return self._fall_back("no route matched")

    def _by(self, route: Route, told: str, facts: RoutingFacts) -> Assignment:
        if route.strategy is Strategy.ACCOUNT_OWNER and (owner := self._account(route, facts)) is not None:
            return self._named(owner, f"{told}: account owner {owner}")
        if route.strategy is Strategy.HIERARCHY and self.routing.hierarchy is not None:
            for level, owner in self.routing.hierarchy.chain(facts):
                if (there := self._there(owner)) is not None:
                    return self._found(there, f"{told}: {level}{self._for(owner, there)}")
        return self._of_team(route, told, facts)

    def _account(self, route: Route, facts: RoutingFacts) -> str | None:
        value = dict(facts.attributes).get(route.account_attribute)
        if not value:
            return None
        return value if self.routing.home(value) else self.routing.by_address(value)

    def _named(self, owner: str, told: str) -> Assignment:
        there = self._there(owner)
        return (
            self._fall_back(f"{told} is away") if there is None else self._found(there, told + self._for(owner, there))
        )

    def _of_team(self, route: Route, told: str, facts: RoutingFacts) -> Assignment:
        team = self.routing.team(route.team)
        asked = [member for member in team.members if route.asks(member, facts)]
        if not asked:
            return self._fall_back(f"{told}: nobody of {team.id} has what it requires")
        present = [member for member in asked if self._there(member.id) == member.id]
        if not present:
            return self._for_the_absent(asked, team, told)
        free = [member for member in present if self.load.get(member.id, 0) < member.capacity]
        if not free:
            return self._queued(team, told)
        roomy = [member for member in free if member.id not in self.full] or free
        on_shift = [member for member in roomy if self._on_shift(member)]
        return self._pick(on_shift or roomy, team, route.strategy, told, "" if roomy == free else " with room today")

    def _queued(self, team: Team, told: str) -> Assignment:
        """Nobody has capacity left: the ticket waits for the team, and somebody answers for it meanwhile."""
        holder = self._fall_back(f"{told}: nobody of {team.id} has capacity left")
        return replace(holder, reason=f"{holder.reason} holds it for the queue of {team.id}", queue=team.id)

    def _for_the_absent(self, asked: Sequence[Member], team: Team, told: str) -> Assignment:
        for member in asked:
            if (there := self._there(member.id)) is not None:
                return self._found(there, f"{told}: all of {team.id} are away, {there} stands in for {member.id}")
        return self._fall_back(f"{told}: all of {team.id} are away")

    def _pick(self, free: Sequence[Member], team: Team, strategy: Strategy, told: str, room: str) -> Assignment:
        if strategy is Strategy.ROUND_ROBIN:
            chosen = min(free, key=lambda member: self.turns.get(member.id, _NEVER))
            return Assignment(team.id, chosen.id, f"{told}: {chosen.id}'s turn in {team.id}{room}")
        chosen = min(free, key=lambda member: self.load.get(member.id, 0) / member.capacity)
        held = self.load.get(chosen.id, 0)
        return Assignment(team.id, chosen.id, f"{told}: least loaded of {team.id}{room} ({held} of {chosen.capacity})")

    def _fall_back(self, why: str) -> Assignment:
        fallback = self.routing.fallback
        there = self._there(fallback.owner) or self._anybody()
        if there is None:
            return Assignment(fallback.team, fallback.owner, f"{why}: fallback, though everybody is away")
        if there == fallback.owner:
            return Assignment(fallback.team, fallback.owner, f"{why}: fallback")
        return self._found(there, f"{why}: fallback{self._for(fallback.owner, there)}")

    def _anybody(self) -> str | None:
        """Anyone who is there, those of the fallback's team first."""
        first = self.routing.team(self.routing.fallback.team)
        for team in (first, *self.routing.teams):
            for member in team.members:
                if self._there(member.id) == member.id:
                    return member.id
        return None

    def _found(self, owner: str, told: str) -> Assignment:
        home = self.routing.home(owner)
        return Assignment(home[0].id if home else self.routing.fallback.team, owner, told)

    def _there(self, member: str) -> str | None:
        return member if self.now is None else self.routing.roster.stand_in(member, self.now)

    def _on_shift(self, member: Member) -> bool:
        return self.now is None or self.routing.roster.on_shift(member.id, self.now)

    def _for(self, owner: str, there: str) -> str:
        return "" if owner == there else f", {there} stands in for {owner}"
