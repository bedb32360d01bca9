"""Recording what a customer said about being contacted."""

from collections.abc import Callable

from nanni.parts import Parts
from tickets.actions import Acted
from tickets.consent import Consent, record_consent
from tickets.ticket import Ticket


def consenting(parts: Parts, key: str, actor: str, consent: Consent, note: str = "") -> Callable[[Ticket], Acted]:
    """The action that records it, to be done to the ticket of this key. Raises NotFoundError."""
    with parts.ledger.read() as uow:
        before = uow.tickets.consent(uow.tickets.get(key).customer_id)
    return lambda ticket: record_consent(ticket, actor, parts.clock(), consent, before, note)
