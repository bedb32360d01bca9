"""The people and teams of routing.yaml as pages name them."""

from dataclasses import dataclass

from tickets.actions import SYSTEM
from tickets.closing import CUSTOMER
from tickets.routing import Routing


@dataclass(frozen=True, slots=True)
class People:
    """Names by id; `owners` is what a choice of owner offers: id and name with team, in the order of the file."""

    names: dict[str, str]
    teams: dict[str, str]
    owners: tuple[tuple[str, str], ...]

    @staticmethod
    def of(routing: Routing) -> "People":
        """The people of a routing."""
        members = [(one, team) for team in routing.teams for one in team.members]
        return People(
            {SYSTEM: "Nanni", CUSTOMER: "Customer", **{one.id: one.name for one, _ in members}},
            {team.id: team.name for team in routing.teams},
            tuple({one.id: (one.id, f"{one.name} ({team.name})") for one, team in reversed(members)}.values())[::-1],
        )

    def name(self, who: str) -> str:
        """What somebody is called; their id when they left the file."""
        return self.names.get(who, who)

    def team(self, team: str) -> str:
        """What a team is called; its id when it left the file."""
        return self.teams.get(team, team)
