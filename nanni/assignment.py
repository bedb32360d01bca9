"""Why a ticket went to whom, and what routing.yaml covers, over stored tickets."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from nanni.parts import Parts
from tickets.events import EventKind
from tickets.ports import TicketFilter, UnitOfWork
from tickets.routing import Assignment, Routing, RoutingFacts
from tickets.ticket import Ticket

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Explained:
    """One ticket: who owns it and by which words, what routes look at, why each route was passed by, today's answer."""

    ticket: str
    owner: str
    recorded: tuple[tuple[datetime, str, str], ...]
    facts: RoutingFacts
    routes: tuple[str, ...]
    today: Assignment


@dataclass(frozen=True, slots=True)
class Coverage:
    """Stored tickets held against today's routing.yaml, each as if nobody had any other work.

    `by_route` counts tickets by the route that takes them (0: none did, so the fallback), `fallback` those it reaches
    by survey and theme, `idle` are members who own no stored ticket, `unled` teams that no route leads to.
    """

    tickets: int
    by_route: dict[int, int]
    fallback: dict[str, int]
    owned: dict[str, int]
    idle: tuple[str, ...]
    unled: tuple[str, ...]


def explain(parts: Parts, key: str) -> Explained:
    """A ticket's routing, as recorded and as it would be now. Raises NotFoundError."""
    routing = parts.workspace.routing
    with parts.ledger.read() as uow:
        ticket = uow.tickets.get(key)
        facts = facts_of(uow, ticket)
        events = uow.tickets.events(ticket.key)
        today = routing.route(facts, uow.tickets.load(), parts.clock(), uow.tickets.turns())
    given = (event for event in events if event.kind is EventKind.ASSIGNED)
    recorded = tuple((event.at, dict(event.data)["owner"], event.reason) for event in given)
    return Explained(ticket.key, ticket.owner, recorded, facts, tuple(_told(routing, facts)), today)


def coverage(parts: Parts) -> Coverage:
    """What becomes of every stored ticket by today's routes, and whom none of them reaches."""
    routing = parts.workspace.routing
    by_route: Counter[int] = Counter()
    fallback: Counter[str] = Counter()
    with parts.ledger.read() as uow:
        tickets = uow.tickets.list(TicketFilter(limit=EVERYTHING))
        for ticket in tickets:
            number = _taker(routing, facts_of(uow, ticket))
            by_route[number] += 1
            if not number:
                fallback[f"{ticket.survey}, theme {ticket.theme or 'none'}"] += 1
    owned = Counter(ticket.owner for ticket in tickets)
    led = {route.team for route in routing.routes} | {routing.fallback.team}
    return Coverage(
        tickets=len(tickets),
        by_route=dict(sorted(by_route.items())),
        fallback=dict(fallback.most_common()),
        owned=dict(owned.most_common()),
        idle=_idle(routing, owned),
        unled=tuple(team.id for team in routing.teams if team.id not in led),
    )


def facts_of(uow: UnitOfWork, ticket: Ticket) -> RoutingFacts:
    """What routes look at, of a stored ticket: its severity, its category (its theme, until it is filed), and the rest.

    The rest is from its first response.
    """
    stored = uow.tickets.responses(ticket.key)
    theme, _ = uow.teamwork.filed([ticket.key]).get(ticket.key, (ticket.theme, ""))
    if not stored:
        return RoutingFacts(ticket.severity, ticket.survey, theme)
    response = stored[0].response
    return RoutingFacts(ticket.severity, ticket.survey, theme, response.language, response.channel, response.attributes)


def _taker(routing: Routing, facts: RoutingFacts) -> int:
    return next((number for number, route in enumerate(routing.routes, 1) if route.takes(facts)), 0)


def _told(routing: Routing, facts: RoutingFacts) -> list[str]:
    """Each route up to the one that takes it, with the condition it fails on."""
    lines: list[str] = []
    for number, route in enumerate(routing.routes, 1):
        missing = route.missing(facts)
        if missing is None:
            return [*lines, f"route {number} takes it: {route.strategy.replace('_', ' ')} of {route.team}"]
        lines.append(f"route {number} to {route.team} does not take it: {missing}")
    return [*lines, f"no route takes it: fallback {routing.fallback.owner} of {routing.fallback.team}"]


def _idle(routing: Routing, owned: Counter[str]) -> tuple[str, ...]:
    people = dict.fromkeys(member.id for team in routing.teams for member in team.members)
    return tuple(name for name in people if not owned[name])
