"""Storms as people look at them: what raised one, its problem's ticket, and the tickets that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from feedback.errors import NotFoundError
from ledger.storms import KeptBack, SqlStormStore, Storm
from nanni.documents.plain import plain
from nanni.parts import Parts
from tickets.ticket import Ticket

Sees = Callable[[Ticket], bool]
"""Whether who looks may see a ticket."""


@dataclass(frozen=True, slots=True)
class StormView:
    """A storm, its problem's ticket, and those of its tickets that are seen."""

    storm: Storm
    problem: Ticket
    tickets: tuple[Ticket, ...]

    @property
    def live(self) -> int:
        """How many of the tickets are live."""
        return sum(one.live for one in self.tickets)


def storms_seen(parts: Parts, sees: Sees, limit: int, over: bool = True) -> list[StormView]:
    """Storms of which the problem or a ticket is seen, the latest first; without `over` only those that rage."""
    with parts.ledger.read() as uow:
        store = SqlStormStore(uow.connection)
        found = []
        for storm in store.latest(limit) if over else store.active()[:limit]:
            problem = uow.tickets.get(storm.ticket)
            mine = tuple(one for key in store.children(storm.ticket) if sees(one := uow.tickets.get(key)))
            if mine or sees(problem):
                found.append(StormView(storm, problem, mine))
    return found


def storm_seen(parts: Parts, number: int, sees: Sees) -> tuple[StormView, list[KeptBack]]:
    """One storm with the notices it kept back from the tickets that are seen. Raises NotFoundError."""
    with parts.ledger.read() as uow:
        store = SqlStormStore(uow.connection)
        storm = store.get(number)
        problem = uow.tickets.get(storm.ticket)
        mine = tuple(one for key in store.children(storm.ticket) if sees(one := uow.tickets.get(key)))
        if not mine and not sees(problem):
            raise NotFoundError(f"no storm {number}", next_step="list those that you see")
        keys = {one.key for one in mine}
        return StormView(storm, problem, mine), [one for one in store.kept_of(storm.id) if one.ticket in keys]


def storm_document(storm: Storm) -> dict[str, Any]:
    """One storm as a document."""
    kind, value = storm.group
    told = {**plain(storm), "kind": kind, "value": value, "now": storm.now._asdict(), "usual": storm.usual._asdict()}
    del told["group"]
    return told


def view_document(view: StormView, kept: list[KeptBack]) -> dict[str, Any]:
    """One storm with its tickets as a document."""
    return {
        **storm_document(view.storm),
        "owner": view.problem.owner,
        "status": view.problem.status,
        "tickets": [{"ticket": one.key, "status": one.status, "owner": one.owner} for one in view.tickets],
        "kept_back": kept,
    }


def list_document(views: list[StormView]) -> list[dict[str, Any]]:
    """Storms as documents, each with how many tickets belong to it."""
    return [{**storm_document(one.storm), "tickets": len(one.tickets)} for one in views]


def anybody(_: Ticket) -> bool:
    """Sees every ticket."""
    return True
