"""Acting on tickets: one action of `tickets.actions` in one transaction, refused when somebody else was faster."""

from collections.abc import Callable

from ledger.store import SqlUnitOfWork
from nanni.closing import told_of_resolution
from nanni.parts import Parts
from nanni.queues import drain_if_free, drain_queues, somebody_there
from nanni.regrouping import no_other
from nanni.reminding import tell_colleagues
from tickets.actions import Acted
from tickets.closing import reply_notices
from tickets.collision import refuse_collision
from tickets.escalation import help_notices
from tickets.handover import handover_notices
from tickets.retiming import settled
from tickets.ticket import Ticket

Action = Callable[[Ticket], Acted]


def act(
    parts: Parts,
    key: str,
    *actions: Action,
    seen: int | None = None,
    adds: bool = False,
    also: Callable[[SqlUnitOfWork, Ticket], None] | None = None,
    tell: str = "",
) -> Ticket:
    """Apply actions in order and store the result; due times follow, and a new owner is told.

    `seen` is the version that whoever acts was looking at (None: whatever it is now), `adds` says that the actions
    only add to the record. `also` is done in the same transaction, on the ticket as it was before: whether the act is
    allowed, what has to be remembered with it. `tell` is what a resolution says to the customer. Raises NotFoundError,
    LifecycleError or StaleWriteError, of which CollisionError tells what was missed.
    """
    workspace = parts.workspace
    with parts.ledger.begin() as uow:
        before, earlier, now = uow.tickets.get(key), uow.tickets.events(key), parts.clock()
        if also is not None:
            also(uow, before)
        if seen is not None:
            refuse_collision(before, earlier, seen, adds=adds)
        acted = Acted(before, ())
        for action in actions:
            done = action(acted.ticket)
            acted = Acted(done.ticket, (*acted.events, *done.events))
        if acted.ticket.live and not before.live:
            no_other(uow, before, before.episode, itself=before.key)
        acted = somebody_there(uow, parts, before, acted)
        acted = settled(before, earlier, acted, workspace.sla, now)
        told = told_of_resolution(uow, parts, acted, tell)
        if told is not None:
            acted = told.acted
            uow.outbox.add([told.notice])
        uow.tickets.change(before, acted.ticket, acted.events)
        uow.outbox.add(reply_notices(acted, now))
        uow.outbox.add(handover_notices(acted.events, workspace.routing, workspace.audience, now))
        uow.outbox.add(help_notices(acted.events, workspace.routing, workspace.audience, now))
        tell_colleagues(uow, parts, [acted.events])
        given_out = drain_if_free(uow, parts)
    if not given_out:
        drain_queues(parts)
    return acted.ticket
