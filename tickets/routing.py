"""Who owns a ticket: ordered routes to a team, the least loaded of its members, and a fallback that always answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedback.errors import NotFoundError
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can own tickets; `capacity` is how many live ones at most."""

    id: str
    name: str
    email: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Team:
    """Members in the order that breaks ties."""

    id: str
    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What routes look at: facts of one fired response."""

    severity: Severity
    survey: str
    theme: str | None = None
    language: str | None = None
    channel: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Conditions that must all hold (each on one of its values; empty: any), and the team they lead to.

    A theme includes those below it ("delivery" takes "delivery.late"), a language its regions ("de" takes "de-AT").
    Languages and attribute values compare without case.
    """

    team: str
    themes: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    surveys: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def takes(self, facts: RoutingFacts) -> bool:
        """Whether every condition holds."""
        return (
            (not self.severities or facts.severity in self.severities)
            and (not self.surveys or facts.survey in self.surveys)
            and (not self.channels or facts.channel in self.channels)
            and (not self.themes or _below(facts.theme, self.themes, "."))
            and (not self.languages or _below(facts.language, self.languages, "-"))
            and all(_has(facts.attributes, name, values) for name, values in self.attributes)
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """The one accountable owner, and why it is them."""

    team: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Teams, ordered routes and the fallback; `adapters.routing_file` only builds it with every name known."""

    teams: tuple[Team, ...]
    routes: tuple[Route, ...]
    fallback: Assignment
    _by_id: dict[str, Team] = field(init=False, repr=False, compare=False)
    _members: dict[str, tuple[Team, Member]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {team.id: team for team in self.teams})
        members = {member.id: (team, member) for team in reversed(self.teams) for member in team.members}
        object.__setattr__(self, "_members", members)

    def route(self, facts: RoutingFacts, load: Mapping[str, int]) -> Assignment:
        """The owner of a ticket with these facts, given live tickets by owner. Always one; same input, same owner."""
        for number, route in enumerate(self.routes, 1):
            if route.takes(facts):
                return self._least_loaded(route.team, number, load)
        return Assignment(self.fallback.team, self.fallback.owner, "no route matched: fallback")

    def member(self, member_id: str) -> Member:
        """A member by id. Raises NotFoundError naming those there are."""
        return self._known(member_id)[1]

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

    def _least_loaded(self, team_id: str, number: int, load: Mapping[str, int]) -> Assignment:
        members = self._by_id[team_id].members
        free = [member for member in members if load.get(member.id, 0) < member.capacity]
        if not free:
            reason = f"route {number}: nobody of {team_id} has capacity left: fallback"
            return Assignment(self.fallback.team, self.fallback.owner, reason)
        chosen = min(free, key=lambda member: load.get(member.id, 0) / member.capacity)
        held = load.get(chosen.id, 0)
        return Assignment(
            team_id, chosen.id, f"route {number}: least loaded of {team_id} ({held} of {chosen.capacity})"
        )


def _below(value: str | None, wanted: tuple[str, ...], separator: str) -> bool:
    if value is None:
        return False
    folded = value.casefold()
    return any(folded == one.casefold() or folded.startswith(one.casefold() + separator) for one in wanted)


def _has(attributes: tuple[tuple[str, str], ...], name: str, values: tuple[str, ...]) -> bool:
    folded = {value.casefold() for value in values}
    return any(key == name and value.casefold() in folded for key, value in attributes)
