"""Whether a customer may be contacted: what they said about it, for everything that Nanni would send them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tickets.actions import Acted
from tickets.events import EventKind
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.ticket import Ticket


class Consent(StrEnum):
    """What a customer said about being contacted."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """A customer's latest word: what, on which ticket it was recorded, when and by whom."""

    consent: Consent
    ticket: str
    at: datetime
    actor: str


def record_consent(
    ticket: Ticket, actor: str, now: datetime, consent: Consent, before: ConsentSaid | None, note: str = ""
) -> Acted:
    """Write down what the ticket's customer said about being contacted; it holds for all their tickets.

    Allowed in every status. Raises LifecycleError when nobody knows who the customer is, or that is known already.
    """
    destination(ticket, Move.NOTE)
    if ticket.customer_id is None:
        raise LifecycleError(
            "nobody knows who its customer is",
            where=f"ticket {ticket.key}",
            next_step="nothing: what has no address is sent to nobody",
        )
    if before is not None and before.consent is consent:
        raise LifecycleError(
            f"that being contacted is {consent} was recorded on {before.ticket}",
            where=f"ticket {ticket.key}",
            next_step="nothing: it is as you want it",
        )
    data = (("consent", consent.value),)
    return Acted(ticket, ()).then(EventKind.CONSENT_RECORDED, actor, now, data, note=note.strip())
