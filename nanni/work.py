"""Acting on tickets: one action of `tickets.actions` in one transaction, refused when somebody else was faster."""

from collections.abc import Callable

from nanni.parts import Parts
from tickets.actions import Acted
from tickets.handover import handover_notices
from tickets.ticket import Ticket

Action = Callable[[Ticket], Acted]


def act(parts: Parts, key: str, *actions: Action) -> Ticket:
    """Apply actions in order and store the result; a new owner is told. Raises as the store or an action does.

    Those are NotFoundError, LifecycleError and StaleWriteError.
    """
    workspace = parts.workspace
    with parts.ledger.begin() as uow:
        before = uow.tickets.get(key)
        acted = Acted(before, ())
        for action in actions:
            done = action(acted.ticket)
            acted = Acted(done.ticket, (*acted.events, *done.events))
        uow.tickets.change(before, acted.ticket, acted.events)
        uow.outbox.add(handover_notices(acted.events, workspace.routing, workspace.audience, parts.clock()))
    return acted.ticket
