"""Customers: recognised by a keyed hash of their identity, with their contact data in one table."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from feedback.response import Respondent
from ledger.bulk import insert_rows, storable, within
from ledger.identity import identity_hash, identity_key, take_numbers
from ledger.schema import customers

_CONTACT = ("external_id", "email", "name", "phone")
Contact = tuple[str | None, str | None, str | None, str | None]


def contact_of(respondent: Respondent) -> Contact:
    """The four personal fields as they are stored."""
    given = (respondent.id, respondent.email, respondent.name, respondent.phone)
    external_id, email, name, phone = (storable(value) if value else None for value in given)
    return external_id, email, name, phone


def recognise(connection: Connection, respondents: Sequence[Respondent]) -> list[int | None]:
    """The customer number of each respondent, created where new; None where nothing says who it is.

    Contact data last received wins, field by field; an absent field erases nothing.
    """
    identities = [respondent.identity() for respondent in respondents]
    wanted = dict.fromkeys(identity for identity in identities if identity)
    if not wanted:
        return [None] * len(identities)
    key = identity_key(connection)
    hashes = {identity: identity_hash(identity, key) for identity in wanted}
    latest = _latest(zip(identities, respondents, strict=True), hashes)
    known = _known(connection, latest)
    _update(connection, latest, known)
    numbers = {name: number for name, (number, _) in known.items()}
    numbers |= _create(connection, {name: contact for name, contact in latest.items() if name not in known})
    return [numbers[hashes[identity]] if identity else None for identity in identities]


def keep_contacts(connection: Connection, respondents: Sequence[Respondent]) -> list[int]:
    """Numbers of new rows for people who gave a name or phone but nothing to recognise them by again."""
    numbers = take_numbers(connection, "customer", len(respondents))
    rows = [(number, None, *contact_of(person)) for number, person in zip(numbers, respondents, strict=True)]
    insert_rows(connection, customers, ("id", "identity_hash", *_CONTACT), rows)
    return list(numbers)


def _latest(pairs: Iterable[tuple[str | None, Respondent]], hashes: Mapping[str, str]) -> dict[str, Contact]:
    latest: dict[str, Contact] = {}
    for identity, respondent in pairs:
        if identity:
            name, contact = hashes[identity], contact_of(respondent)
            latest[name] = _merged(latest[name], contact) if name in latest else contact
    return latest


def _merged(older: Contact, newer: Contact) -> Contact:
    return newer[0] or older[0], newer[1] or older[1], newer[2] or older[2], newer[3] or older[3]


def _known(connection: Connection, latest: Mapping[str, Contact]) -> dict[str, tuple[int, Contact]]:
    fields = [customers.c[name] for name in _CONTACT]
    chosen = select(customers.c.identity_hash, customers.c.id, *fields)
    rows = connection.execute(chosen.where(within(connection, customers.c.identity_hash, list(latest))))
    return {row[0]: (row[1], (row[2], row[3], row[4], row[5])) for row in rows}


def _update(connection: Connection, latest: Mapping[str, Contact], known: Mapping[str, tuple[int, Contact]]) -> None:
    changed = [
        {"number": number, **dict(zip(_CONTACT, merged, strict=True))}
        for name, (number, held) in known.items()
        if (merged := _merged(held, latest[name])) != held
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
