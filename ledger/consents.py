"""What customers said about being contacted: the latest word of each."""

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select

from ledger.schema import contact_consents, customers, tickets
from tickets.consent import Consent, ConsentSaid
from tickets.events import TicketEvent


def consent_of(connection: Connection, number: int | None) -> ConsentSaid | None:
    """A customer's latest word; None when they said nothing, or were erased."""
    row = connection.execute(select(contact_consents).where(contact_consents.c.customer == number)).one_or_none()
    return None if row is None else ConsentSaid(Consent(row.consent), row.ticket, row.at, row.actor)


def refused() -> ColumnElement[bool]:
    """A row of `customers` is somebody who does not want to be contacted."""
    theirs = contact_consents.c.customer == customers.c.id
    return exists().where(theirs, contact_consents.c.consent == Consent.REFUSED.value)


def keep_consent(connection: Connection, event: TicketEvent, consent: str) -> None:
    """What an event says of the customer of its ticket takes the place of what was known."""
    customer = connection.execute(select(tickets.c.customer).where(tickets.c.key == event.ticket)).scalar_one()
    connection.execute(delete(contact_consents).where(contact_consents.c.customer == customer))
    said = {"consent": consent, "ticket": event.ticket, "at": event.at, "actor": event.actor}
    connection.execute(insert(contact_consents).values(customer=customer, **said))
