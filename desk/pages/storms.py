"""Storms: trouble beyond its usual range, the problem ticket it was put under, and how it ended."""

from dataclasses import dataclass

from starlette.responses import Response

from desk.visit import Visit
from ledger.storms import SqlStormStore, Storm
from tickets.ticket import Ticket

SHOWN = 50


@dataclass(frozen=True, slots=True)
class StormLine:
    """One storm as its reader may see it: its problem ticket, and how many of its tickets are within their scope."""

    storm: Storm
    problem: Ticket
    tickets: int
    live: int


def show(visit: Visit) -> Response:
    """The storms that the person has to do with: they see the problem's ticket or one that belongs to it."""
    with visit.site.parts.ledger.read() as uow:
        store = SqlStormStore(uow.connection)
        found = []
        for storm in store.latest(SHOWN):
            problem = uow.tickets.get(storm.ticket)
            mine = [one for key in store.children(storm.ticket) if visit.sees(one := uow.tickets.get(key))]
            if mine or visit.sees(problem):
                found.append(StormLine(storm, problem, len(mine), sum(one.live for one in mine)))
    policy = visit.site.parts.workspace.policy.policy.storm
    return visit.page("storms.html", lines=found, watched=policy is not None, policy=policy)
