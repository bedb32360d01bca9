"""Where personal data is, in one list, and how a person is forgotten (invariant 9).

Erasing keeps every row and every count: contact data, comments, attributes, evidence quotes, raw quarantined cells and
notes are blanked, and the hash of the identity goes, so that the same person would come back as somebody new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from feedback.errors import NotFoundError
from ledger.bulk import from_json, within
from ledger.identity import customer_number
from ledger.journal import ERASED, record
from ledger.places import read_places
from ledger.replays import forget_answers
from ledger.schema import (
    attachments,
    contact_consents,
    customers,
    decisions,
    flags,
    found_mentions,
    outbox,
    quarantine,
    question_sets,
    responses,
    reviews,
    segment_vectors,
    ticket_categories,
    ticket_events,
    ticket_vectors,
    tickets,
)
from ledger.store import SqlUnitOfWork
from models.segments import digest, segments

PERSONAL: dict[str, tuple[str, ...]] = {
    "customers": ("identity_hash", "external_id", "email", "name", "phone"),
    "responses": ("comments", "attributes", "question_set"),
    "decisions": ("trace", "themes"),
    "flags": ("message",),
    "quarantine": ("raw", "message", "response_id"),
    "tickets": ("action_taken",),
    "ticket_events": ("note", "salt"),
    "outbox": ("last_error",),
    "reviews": ("note",),
    "attachments": ("name", "digest"),
    "ticket_categories": ("evidence",),
    "ticket_vectors": ("vector",),
    "segment_vectors": ("code",),
    "found_mentions": ("theme",),
    "idempotency": ("answer",),
    "ticket_places": ("place",),
    "contact_consents": ("consent",),
}
"""Every column that can hold what a customer said or who they are; staff names are not among them."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure blanked, in rows."""

    customer_id: str
    responses: int
    tickets: int
    quarantined: int


def erase_customer(uow: SqlUnitOfWork, customer_id: str, *, at: datetime, actor: str) -> Erasure:
    """Forget a person: blank every column of `PERSONAL` that is theirs, and write so in the journal.

    Raises NotFoundError for a customer the store never had. Erasing twice changes nothing more.
    """
    connection, number = uow.connection, customer_number(customer_id)
    person = connection.execute(select(customers).where(customers.c.id == number)).one_or_none()
    if person is None:
        raise NotFoundError(f"no customer {customer_id!r}", next_step="find the id with `nanni why RESPONSE`")
    done = Erasure(
        customer_id,
        responses=_responses(connection, number),
        tickets=_tickets(connection, number),
        quarantined=_quarantine(connection, _identities(person)),
    )
    forget_answers(connection)
    connection.execute(delete(contact_consents).where(contact_consents.c.customer == number))
    gone = {name: None for name in PERSONAL["customers"]}
    connection.execute(update(customers).where(customers.c.id == number).values(**gone, erased=True))
    record(connection, at, actor, ERASED, {"customer": customer_id, "responses": str(done.responses)})
    return done


def _responses(connection: Connection, number: int | None) -> int:
    mine = select(responses.c.id).where(responses.c.customer == number)
    sets = connection.execute(
        select(responses.c.question_set).where(responses.c.customer == number).distinct()
    ).scalars()
    asked = [name for name in sets if name is not None]
    connection.execute(update(decisions).where(decisions.c.response.in_(mine)).values(trace=None, themes=None))
    _flags(connection, number)
    blank = {name: None for name in PERSONAL["responses"]}
    _readings(connection, number)
    touched = connection.execute(update(responses).where(responses.c.customer == number).values(**blank)).rowcount
    connection.execute(update(reviews).where(reviews.c.response.in_(mine)).values(note=""))
    _orphans(connection, asked)
    return touched


def _flags(connection: Connection, number: int | None) -> None:
    rows = connection.execute(select(responses.c.run, responses.c.row_number).where(responses.c.customer == number))
    for run, row in rows.all():
        same = (flags.c.run == run, flags.c.row_number == row)
        connection.execute(update(flags).where(*same).values(message=""))


def _readings(connection: Connection, number: int | None) -> None:
    # A reading that somebody else's equal words share goes too; the next refresh makes it anew.
    mine = (responses.c.customer == number, responses.c.comments.is_not(None))
    said = connection.execute(select(responses.c.id, responses.c.comments).where(*mine)).all()
    digests = {digest(part.text) for row in said for text in from_json(row.comments) for part in segments(text)}
    connection.execute(delete(segment_vectors).where(within(connection, segment_vectors.c.digest, sorted(digests))))
    numbers = [row.id for row in said]
    connection.execute(delete(found_mentions).where(within(connection, found_mentions.c.response, numbers)))


def _orphans(connection: Connection, asked: Sequence[int]) -> None:
    # An export can put a person's name into the question; a text nobody else was asked goes with them.
    used = select(responses.c.id).where(responses.c.question_set == question_sets.c.id).exists()
    connection.execute(delete(question_sets).where(within(connection, question_sets.c.id, asked), ~used))


def _tickets(connection: Connection, number: int | None) -> int:
    theirs = select(tickets.c.key).where(tickets.c.customer == number)
    touched = select(responses.c.ticket).where(responses.c.customer == number, responses.c.ticket.is_not(None))
    keys = list(connection.execute(theirs.union(touched)).scalars())
    _blank(connection, ticket_events, ticket_events.c.ticket, keys, note="", salt="")
    _blank(connection, outbox, outbox.c.ticket, keys, last_error="")
    # Without its digest a file is on no ticket any more; `nanni.files.sweep` then takes it off the disk.
    _blank(connection, attachments, attachments.c.ticket, keys, name="", digest="")
    _blank(connection, ticket_categories, ticket_categories.c.ticket, keys, evidence="")
    connection.execute(delete(ticket_vectors).where(within(connection, ticket_vectors.c.ticket, keys)))
    read_places(connection, keys)
    closed = (within(connection, tickets.c.key, keys), tickets.c.root_cause.is_not(None))
    connection.execute(update(tickets).where(*closed).values(action_taken=""))
    return len(keys)


def _blank(connection: Connection, table: Table, column: Any, keys: Sequence[str], **values: str) -> None:
    connection.execute(update(table).where(within(connection, column, keys)).values(**values))


def _identities(person: Any) -> frozenset[str]:
    given = (person.external_id, person.email, person.phone)
    return frozenset(value.strip().casefold() for value in given if value and value.strip())


def _quarantine(connection: Connection, identities: frozenset[str]) -> int:
    if not identities:
        return 0
    theirs = [
        row.id
        for row in connection.execute(select(quarantine.c.id, quarantine.c.raw)).yield_per(1_000)
        if any(cell.strip().casefold() in identities for _, cell in from_json(row.raw))
    ]
    mine = within(connection, quarantine.c.id, theirs)
    connection.execute(update(quarantine).where(mine).values(raw="[]", message="erased", response_id=None))
    return len(theirs)
