"""Whether every ticket that a policy can open has somewhere to go."""

from pathlib import Path

from feedback.adapters.yaml_places import place
from feedback.errors import ConfigError
from tickets.routing import Routing
from triggers.policy import Policy


def require_routable(path: Path, policy: Policy, routing: Routing) -> Policy:
    """The policy, when every team its rules name is in routing.yaml; whatever they do not name has the fallback.

    Raises ConfigError with file and line.
    """
    teams = {team.id for team in routing.teams}
    for at, rule in enumerate(policy.rules):
        if rule.ticket.team is not None and rule.ticket.team not in teams:
            raise ConfigError(
                f"rule {rule.id} cannot be routed: no team is named {rule.ticket.team!r}",
                where=place(path, ("rules", at, "ticket", "team")),
                allowed=", ".join(sorted(teams)),
                next_step="correct the team, or leave it to the routes",
            )
    return policy
