"""Two people on one ticket in every order: each looks and then writes, several times, on a real store.

An interleaving is the set of places that the first actor's steps take among both's. What is checked of each: every
accepted change is in the log and in the row, none was lost or doubled, and every refusal says what was missed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from feedback.errors import StaleWriteError
from ledger.store import SqlUnitOfWork
from tests.builders import NOON, a_ticket, opening_events
from tests.tickets.builders import ROUTING, SLA
from tickets import actions
from tickets.actions import Acted
from tickets.lifecycle import LifecycleError
from tickets.projection import rebuild
from tickets.ticket import Closure, Priority, Ticket

ROUNDS = 4
"""How often each actor looks and writes: 2 actors x 4 x 2 steps make C(16, 8) = 12,870 interleavings."""

DONE = Closure("product", "Sent another.", True)
Action = Callable[[Ticket, datetime], Acted]
Unit = Callable[[], AbstractContextManager[SqlUnitOfWork]]
"""Begins a unit of work: each step its own transaction, or all steps in one, which is faster and as strict."""

SCRIPTS: dict[str, tuple[Action, ...]] = {
    "amira": (
        lambda ticket, now: actions.acknowledge(ticket, "amira", now),
        lambda ticket, now: actions.start(ticket, "amira", now),
        lambda ticket, now: actions.note(ticket, "amira", now, "Asked the courier."),
        lambda ticket, now: actions.resolve(ticket, "amira", now, DONE, SLA.root_causes),
    ),
    "bo": (
        lambda ticket, now: actions.contact(ticket, "bo", now, "phone"),
        lambda ticket, now: actions.change_priority(ticket, "bo", now, Priority.URGENT, "They rang.", SLA),
        lambda ticket, now: actions.reassign(ticket, "bo", now, ROUTING.assign_to("bo")),
        lambda ticket, now: actions.wait(ticket, "bo", now),
    ),
}


@dataclass
class Tally:
    """What came of the interleavings that were played."""

    interleavings: int = 0
    accepted: int = 0
    stale: int = 0
    unlawful: int = 0
    problems: list[str] = field(default_factory=list)


def all_orders() -> Iterator[tuple[int, ...]]:
    """The places of the first actor's steps, for every interleaving."""
    steps = 2 * ROUNDS
    return combinations(range(2 * steps), steps)


@dataclass
class _Actor:
    name: str
    script: Iterator[Action]
    looked: Ticket | None = None


def play(unit: Unit, order: Sequence[int], tally: Tally) -> None:
    """Play one interleaving on a ticket of its own and check what came of it; `unit` begins a unit of work."""
    tally.interleavings += 1
    key, first = f"N-{tally.interleavings}", frozenset(order)
    with unit() as uow:
        uow.tickets.open([a_ticket(key)], opening_events(a_ticket(key)))
    actors = [_Actor(name, iter(script)) for name, script in SCRIPTS.items()]
    accepted: list[tuple[int, str]] = []
    for place in range(4 * ROUNDS):
        actor = actors[0] if place in first else actors[1]
        if actor.looked is None:
            with unit() as uow:
                actor.looked = uow.tickets.get(key)
        else:
            before, actor.looked = actor.looked, None
            accepted += _write(unit, before, next(actor.script), NOON + timedelta(minutes=place), tally)
    _check(unit, key, accepted, tally)


def _write(unit: Unit, before: Ticket, action: Action, now: datetime, tally: Tally) -> list[tuple[int, str]]:
    """Write what the actor does to the ticket as they saw it; the events that were accepted."""
    try:
        acted = action(before, now)
    except LifecycleError as error:
        tally.unlawful += 1
        if not error.next_step:
            tally.problems.append(f"{before.key}: refused without a way out: {error}")
        return []
    try:
        with unit() as uow:
            uow.tickets.change(before, acted.ticket, acted.events)
    except StaleWriteError as error:
        tally.stale += 1
        _explained(unit, before, str(error), tally)
        return []
    tally.accepted += 1
    return [(event.sequence, event.actor) for event in acted.events]


def _explained(unit: Unit, before: Ticket, said: str, tally: Tally) -> None:
    """Every event that the actor had not seen must stand in the refusal, by kind and by name."""
    with unit() as uow:
        missed = [event for event in uow.tickets.events(before.key) if event.sequence > before.version]
    unsaid = [event.kind for event in missed if f"{event.kind} by {event.actor}" not in said]
    if unsaid or not missed:
        tally.problems.append(f"{before.key}: refused without saying {unsaid or 'why'}: {said}")


def _check(unit: Unit, key: str, accepted: Sequence[tuple[int, str]], tally: Tally) -> None:
    with unit() as uow:
        ticket, events = uow.tickets.get(key), uow.tickets.events(key)
    logged = [(event.sequence, event.actor) for event in events[2:]]
    if logged != list(accepted):
        tally.problems.append(f"{key}: accepted {accepted}, but the log holds {logged}")
    if ticket.version != len(events) or rebuild(events) != ticket:
        tally.problems.append(f"{key}: its row is not what its events tell")
