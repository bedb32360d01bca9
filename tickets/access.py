"""Who may do what: roles and what each is granted, whose tickets a person sees. What is not here is not allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tickets.ticket import Ticket


class Role(StrEnum):
    """What a person is at the desk."""

    VIEWER = "viewer"
    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    ANALYST = "analyst"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that a page or an address of the API can ask for."""

    READ_TICKETS = "tickets:read"
    WORK_TICKETS = "tickets:work"
    ASSIGN_TICKETS = "tickets:assign"
    PRIORITISE_TICKETS = "tickets:prioritise"
    BULK_TICKETS = "tickets:bulk"
    READ_TEAMS = "teams:read"
    READ_DASHBOARD = "dashboard:read"
    READ_OUTER_LOOP = "outer-loop:read"
    WORK_OUTER_LOOP = "outer-loop:work"
    READ_RUNS = "runs:read"
    OPERATE = "operations:run"
    RELEASE_QUARANTINE = "quarantine:release"
    READ_POLICY = "policy:read"
    READ_AUDIT = "audit:read"
    EXPORT = "export:read"
    REVIEW = "review:work"
    MANAGE_TEAMS = "teams:manage"
    OWN_SETTINGS = "settings:own"
    MANAGE_ACCOUNTS = "accounts:manage"


_P = Permission
_VIEWER = {_P.READ_TICKETS, _P.READ_TEAMS, _P.OWN_SETTINGS}
_AGENT = _VIEWER | {_P.WORK_TICKETS, _P.ASSIGN_TICKETS}
_LEAD = _AGENT | {_P.PRIORITISE_TICKETS, _P.BULK_TICKETS, _P.READ_DASHBOARD, _P.REVIEW, _P.MANAGE_TEAMS}
_MANAGER = _LEAD | {
    _P.READ_OUTER_LOOP, _P.WORK_OUTER_LOOP, _P.READ_RUNS, _P.OPERATE, _P.READ_POLICY, _P.READ_AUDIT, _P.EXPORT,
}  # fmt: skip
_ANALYST = _VIEWER | {
    _P.READ_DASHBOARD, _P.READ_OUTER_LOOP, _P.WORK_OUTER_LOOP, _P.READ_RUNS, _P.RELEASE_QUARANTINE,
    _P.READ_POLICY, _P.EXPORT,
}  # fmt: skip

GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: frozenset(_VIEWER),
        Role.AGENT: frozenset(_AGENT),
        Role.LEAD: frozenset(_LEAD),
        Role.MANAGER: frozenset(_MANAGER),
        Role.ANALYST: frozenset(_ANALYST),
        Role.ADMIN: frozenset(Permission),
    }
)
"""The one table of permissions."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose tickets are seen: those of `teams` (None: every team's), and those that `member` owns in any team.

    Also those of `places`: attribute and value of a response, as routing.yaml's hierarchy gives somebody a store.
    """

    teams: frozenset[str] | None = frozenset()
    member: str | None = None
    places: frozenset[tuple[str, str]] = frozenset()

    def sees(self, ticket: Ticket) -> bool:
        """Whether a ticket is within it by its team or owner; its places only the store knows."""
        return self.teams is None or ticket.team in self.teams or (self.member == ticket.owner and bool(ticket.owner))


EVERYTHING = Scope(teams=None)
"""No limit."""
