"""Customers: recognised by a keyed hash of their identity, with their contact data in one table."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from ledger.bulk import insert_rows, plain_rows, within
from ledger.consents import refused
from ledger.identity import take_numbers
from ledger.packed import Contact, PackedPeople, merged
from ledger.schema import customers

_CONTACT = ("external_id", "email", "name", "phone")


def recognise(connection: Connection, people: PackedPeople) -> list[int | None]:
    """The customer number of each respondent, created where new; None where nothing says who it is."""
    if not people.latest:
        return [None] * len(people.hashes)
    known = _known(connection, people.latest)
    _update(connection, people.latest, known)
    numbers = {name: number for name, (number, _) in known.items()}
    new = {name: contact for name, contact in people.latest.items() if name not in known}
    numbers |= _create(connection, new)
    return [numbers[name] if name else None for name in people.hashes]


def keep_contacts(connection: Connection, contacts: Sequence[Contact]) -> list[int]:
    """Numbers of new rows for people who gave a name or phone but nothing to recognise them by again."""
    numbers = take_numbers(connection, "customer", len(contacts))
    rows = [(number, None, *contact) for number, contact in zip(numbers, contacts, strict=True)]
    insert_rows(connection, customers, ("id", "identity_hash", *_CONTACT), rows)
    return list(numbers)


def address_of(connection: Connection, number: int | None) -> str:
    """Where a customer may be written to; "" when no address is known, it was erased, or they do not want it."""
    known = select(customers.c.email).where(customers.c.id == number, ~refused())
    return connection.execute(known).scalar_one_or_none() or ""


def _known(connection: Connection, latest: Mapping[str, Contact]) -> dict[str, tuple[int, Contact]]:
    fields = [customers.c[name] for name in _CONTACT]
    chosen = select(customers.c.identity_hash, customers.c.id, *fields)
    rows = plain_rows(connection, chosen.where(within(connection, customers.c.identity_hash, list(latest))))
    return {row[0]: (row[1], row[2:]) for row in rows}


def _update(connection: Connection, latest: Mapping[str, Contact], known: Mapping[str, tuple[int, Contact]]) -> None:
    changed = [
        {"number": number, **dict(zip(_CONTACT, now, strict=True))}
        for name, (number, held) in known.items()
        if (now := merged(held, latest[name])) != held
    ]
    if changed:
        connection.execute(update(customers).where(customers.c.id == bindparam("number")), changed)


def _create(connection: Connection, new: dict[str, Contact]) -> dict[str, int]:
    if not new:
        return {}
    first = take_numbers(connection, "customer", len(new))
    # The counter is locked now: whoever made one of these customers meanwhile has committed.
    meanwhile = _known(connection, new) if connection.dialect.name != "sqlite" else {}
    numbers = {name: number for name, (number, _) in meanwhile.items()}
    numbers |= {name: number for name, number in zip(new, first, strict=True) if name not in meanwhile}
    rows = [(numbers[name], name, *contact) for name, contact in new.items() if name not in meanwhile]
    insert_rows(connection, customers, ("id", "identity_hash", *_CONTACT), rows)
    return numbers
