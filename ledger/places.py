"""Which tickets are about which place: what scope by hierarchy is looked up in.

A place is an attribute of a response with its value, case aside (store, region). The table holds a number made of the
two instead of their words, so it is small, is entered by an index, and has nothing of the customer to read.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

from sqlalchemy import ColumnElement, Connection, Select, delete, select

from ledger.bulk import from_json, storable, within
from ledger.schema import responses, ticket_places, tickets

Place = tuple[str, str]


@lru_cache(maxsize=4_096)
def place_number(name: str, value: str) -> int:
    """The number of a place; two places have the same one by a chance of 2 to the -63."""
    told = f"{storable(name)}\0{storable(value).casefold()}".encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest()) >> 1


def about(places: Iterable[Place]) -> ColumnElement[bool]:
    """A ticket is about one of these places."""
    return tickets.c.key.in_(_tickets_of(places))


def at_places(connection: Connection, key: str, places: Iterable[Place]) -> bool:
    """Whether a ticket is about one of these places."""
    return connection.execute(_tickets_of(places).where(ticket_places.c.ticket == key)).first() is not None


def note_places(connection: Connection, told: Iterable[tuple[str | None, str | None]]) -> None:
    """Add the places of responses, each given by its ticket and its attributes as they are stored."""
    found = {
        (place_number(name, value), ticket)
        for ticket, attributes in told
        if ticket and attributes
        for name, value in from_json(attributes).items()
    }
    if found:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        known = f"INSERT INTO ticket_places (place, ticket) VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(known, sorted(found))


def read_places(connection: Connection, keys: Sequence[str]) -> None:
    """Read the places of these tickets anew off their responses: some came, went, or were erased."""
    connection.execute(delete(ticket_places).where(within(connection, ticket_places.c.ticket, keys)))
    said = select(responses.c.ticket, responses.c.attributes).where(within(connection, responses.c.ticket, keys))
    note_places(connection, connection.execute(said).tuples())


def _tickets_of(places: Iterable[Place]) -> Select[tuple[str]]:
    numbers = sorted(place_number(name, value) for name, value in places)
    return select(ticket_places.c.ticket).where(ticket_places.c.place.in_(numbers))
