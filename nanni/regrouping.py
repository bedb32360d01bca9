"""Merging, unmerging and splitting stored tickets: both sides in one transaction, one live ticket an episode."""

from collections.abc import Callable, Sequence

from nanni.parts import Parts
from nanni.queues import drain_if_free, drain_queues, present
from tickets.handover import handover_notices
from tickets.lifecycle import LifecycleError
from tickets.merging import Log, Regrouped, merge, split, unmerge
from tickets.ports import UnitOfWork
from tickets.ticket import Ticket, episode_of

Check = Callable[[Log], None]
"""What must hold for each ticket concerned, in the same transaction; raises otherwise."""


def anyone(log: Log) -> None:
    """A check that always holds."""


def merge_tickets(parts: Parts, child: str, root: str, actor: str, reason: str, also: Check = anyone) -> Ticket:
    """Merge a ticket into another, and give out the capacity that frees; returns the root.

    Raises NotFoundError, LifecycleError or StaleWriteError.
    """
    with parts.ledger.begin() as uow:
        here, there = _log(uow, root), _log(uow, child)
        also(here)
        also(there)
        if uow.tickets.merged(there.ticket.key):
            raise LifecycleError(
                "other tickets are merged into it, and merges are one deep",
                where=f"ticket {child}",
                next_step=f"merge those into {root} first",
            )
        done = merge(here, there, actor, parts.clock(), reason, parts.workspace.sla)
        merged = _write(uow, here, there, done)
        given_out = drain_if_free(uow, parts)
    if not given_out:
        drain_queues(parts)
    return merged


def unmerge_ticket(parts: Parts, child: str, actor: str, reason: str, also: Check = anyone) -> Ticket:
    """Undo a merge; returns the ticket that stands alone again. An owner who is away is replaced, and that one told.

    Raises as `merge_tickets` does.
    """
    with parts.ledger.begin() as uow:
        there = _log(uow, child)
        also(there)
        if there.ticket.merged_into is None:
            raise LifecycleError("it is not merged", where=f"ticket {child}", next_step="see `nanni tickets show`")
        here = _log(uow, there.ticket.merged_into)
        also(here)
        done = unmerge(here, there, actor, parts.clock(), reason, parts.workspace.sla)
        if done.other.ticket.live:
            no_other(uow, there.ticket, there.ticket.episode, itself=child)
        done = done._replace(other=present(uow, parts, done.other, there.ticket))
        _write(uow, here, there, done)
        _tell(uow, parts, done)
        return done.other.ticket


def split_ticket(
    parts: Parts, key: str, responses: Sequence[str], theme: str, actor: str, reason: str, also: Check = anyone
) -> Ticket:
    """Move some of a ticket's responses (by id) to a new ticket about `theme`; returns the new one.

    Raises LifecycleError, also for a response the ticket does not have, or a theme the customer has a live ticket of.
    """
    with parts.ledger.begin() as uow:
        source = uow.tickets.get(key)
        also(_log(uow, key))
        held = {stored.response.key.response_id: stored for stored in uow.tickets.responses(key)}
        if unknown := [name for name in responses if name not in held]:
            raise LifecycleError(
                f"it has no response {', '.join(unknown)}",
                where=f"ticket {key}",
                allowed=", ".join(held),
                next_step="name one of those",
            )
        no_other(uow, source, episode_of(theme))
        uow.tickets.assigning()
        (number,) = uow.tickets.next_keys(1)
        chosen = list(dict.fromkeys(responses))
        done = split(source, chosen, number, theme, actor, parts.clock(), reason, parts.workspace.sla)
        done = done._replace(other=present(uow, parts, done.other, source))
        uow.tickets.change(source, done.root.ticket, done.root.events)
        uow.tickets.open([done.other.ticket], done.other.events)
        uow.tickets.move_responses([held[name].id for name in chosen], number)
        _tell(uow, parts, done)
    return done.other.ticket


def _log(uow: UnitOfWork, key: str) -> Log:
    return Log(uow.tickets.get(key), uow.tickets.events(key))


def _write(uow: UnitOfWork, here: Log, there: Log, done: Regrouped) -> Ticket:
    uow.tickets.change(here.ticket, done.root.ticket, done.root.events)
    uow.tickets.change(there.ticket, done.other.ticket, done.other.events)
    return done.root.ticket


def _tell(uow: UnitOfWork, parts: Parts, done: Regrouped) -> None:
    """Tell who has the ticket now that stands alone, unless they had it before or took it themselves."""
    workspace = parts.workspace
    uow.outbox.add(handover_notices(done.other.events, workspace.routing, workspace.audience, parts.clock()))


def no_other(uow: UnitOfWork, ticket: Ticket, episode: str, itself: str = "") -> None:
    """Raise LifecycleError when the customer has another live ticket whose own episode this is."""
    other = None
    if ticket.customer_id is not None:
        known = uow.tickets.episodes_for([ticket.customer_id])
        other = known[ticket.customer_id].live.get(episode) if ticket.customer_id in known else None
    if other is not None and other.episode == episode and other.key != itself:
        raise LifecycleError(
            f"the customer has live ticket {other.key} about {episode or 'no theme'} already",
            where=f"ticket {ticket.key}",
            next_step=f"work on {other.key}, or merge the two",
        )
