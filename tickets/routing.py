"""Who owns a ticket: ordered routes, a strategy that picks one person who is there, a fallback that always answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feedback.errors import NotFoundError
from tickets.assigning import Assigner
from tickets.presence import NOBODY_AWAY, Roster
from tickets.routes import Assignment, Hierarchy, Member, Route, RoutingFacts, Strategy, Team, Turns

__all__ = ["Assignment", "Hierarchy", "Member", "Route", "Routing", "RoutingFacts", "Strategy", "Team", "Turns"]


@dataclass(frozen=True, slots=True)
class Routing:
    """Teams, ordered routes and the fallback; `adapters.routing_file` only builds it with every name known."""

    teams: tuple[Team, ...]
    routes: tuple[Route, ...]
    fallback: Assignment
    hierarchy: Hierarchy | None = None
    roster: Roster = NOBODY_AWAY
    _by_id: dict[str, Team] = field(init=False, repr=False, compare=False)
    _members: dict[str, tuple[Team, Member]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {team.id: team for team in self.teams})
        members = {member.id: (team, member) for team in reversed(self.teams) for member in team.members}
        object.__setattr__(self, "_members", members)

    def route(
        self,
        facts: RoutingFacts,
        load: Mapping[str, int],
        now: datetime | None = None,
        turns: Turns | None = None,
        full: Collection[str] = (),
    ) -> Assignment:
        """The owner of a ticket with these facts, given live tickets by owner. Always one; same input, same owner.

        Nobody who is away at `now` is chosen, unless everybody is; without `now` nobody is away. Whose day's budget is
        `full` is passed over for a colleague with capacity, on shift or not; where there is none it is chosen as ever.
        """
        return Assigner(self, load, now, turns or {}, full).assign(facts)

    @property
    def takes_turns(self) -> bool:
        """Whether some route goes by turns, which then have to be known."""
        return any(route.strategy is Strategy.ROUND_ROBIN for route in self.routes)

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of everybody in a team."""
        return tuple(self._members)

    def away(self, now: datetime) -> list[str]:
        """Everybody who is away at a moment."""
        return [name for name in self._members if self.roster.away(name, now) is not None]

    def team(self, team_id: str) -> Team:
        """A team by id."""
        return self._by_id[team_id]

    def home(self, member_id: str) -> tuple[Team, Member] | None:
        """A member with the (first) team they are in; None for nobody known."""
        return self._members.get(member_id)

    def by_address(self, address: str) -> str | None:
        """The id of the member with this mail address."""
        folded = address.casefold()
        return next((one.id for _, one in self._members.values() if one.email.casefold() == folded), None)

    def member(self, member_id: str) -> Member:
        """A member by id. Raises NotFoundError naming those there are."""
        return self._known(member_id)[1]

    def lead(self, team_id: str) -> str:
        """Who leads a team; the fallback's owner where nobody is named, or the team is gone."""
        team = self._by_id.get(team_id)
        return (team.lead if team else "") or self.fallback.owner

    def manager(self, team_id: str) -> str:
        """Who manages a team; the fallback's owner where nobody is named, or the team is gone."""
        team = self._by_id.get(team_id)
        return (team.manager if team else "") or self.fallback.owner

    def address(self, owner: str) -> str:
        """An owner's mail address; "" when they have left routing.yaml since."""
        known = self._members.get(owner)
        return known[1].email if known else ""

    def assign_to(self, member_id: str, reason: str = "by hand") -> Assignment:
        """An assignment to a named member and the (first) team they are in. Raises NotFoundError."""
        team, member = self._known(member_id)
        return Assignment(team.id, member.id, reason)

    def _known(self, member_id: str) -> tuple[Team, Member]:
        try:
            return self._members[member_id]
        except KeyError:
            raise NotFoundError(
                f"nobody called {member_id!r} is in routing.yaml",
                allowed=", ".join(sorted(self._members)),
                next_step="use one of these ids, or add the person to a team",
            ) from None
