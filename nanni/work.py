"""Acting on tickets: one action of `tickets.actions` in one transaction, refused when somebody else was faster."""

from collections.abc import Callable

from nanni.parts import Parts
from tickets.actions import Acted
from tickets.ticket import Ticket

Action = Callable[[Ticket], Acted]


def act(parts: Parts, key: str, *actions: Action) -> Ticket:
    """Apply actions in order and store the result. Raises NotFoundError, LifecycleError or StaleWriteError."""
    with parts.ledger.begin() as uow:
        before = uow.tickets.get(key)
        acted = Acted(before, ())
        for action in actions:
            done = action(acted.ticket)
            acted = Acted(done.ticket, (*acted.events, *done.events))
        uow.tickets.change(before, acted.ticket, acted.events)
    return acted.ticket
