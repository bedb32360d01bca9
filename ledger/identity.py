"""Numbers, small shared texts and customer identities: what many rows refer to by a short key."""

import hashlib
import secrets
from collections.abc import Mapping

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedback.errors import NotFoundError
from ledger.bulk import insert_new
from ledger.schema import counters, meta

_CUSTOMER = "C-"


def take_numbers(connection: Connection, series: str, count: int) -> range:
    """The next `count` numbers of a series, from 1; a rollback gives them back.

    On PostgreSQL the counter's row is locked until commit, so writers of one series take turns.
    """
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    added = build(counters).values(name=series, value=count)
    last: int = connection.execute(
        added.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + count}).returning(
            counters.c.value
        )
    ).scalar_one()
    return range(last - count + 1, last + 1)


def intern(connection: Connection, table: Table, unique: Mapping[str, str], **more: str | None) -> int:
    """The id of the row with these unique values, inserted when new; `more` is kept up to date, None left alone."""
    match = [table.c[name] == value for name, value in unique.items()]
    known = {name: value for name, value in more.items() if value is not None}
    found = connection.execute(select(table).where(*match)).mappings().one_or_none()
    if found is None:
        insert_new(connection, table, **unique, **known)
        found = connection.execute(select(table).where(*match)).mappings().one()
    if any(found[name] != value for name, value in known.items()):
        connection.execute(update(table).where(*match).values(**known))
    return int(found["id"])


def identity_key(connection: Connection) -> bytes:
    """The store's own random key, made on first use: without it an identity hash cannot be guessed from a list."""
    return secret_key(connection, "identity_key")


def known_key(connection: Connection, name: str) -> bytes | None:
    """One of the store's own random keys, None before it was first used; fit for a transaction that only reads."""
    found = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one_or_none()
    return None if found is None else bytes.fromhex(found)


def secret_key(connection: Connection, name: str) -> bytes:
    """One of the store's own random keys of 32 bytes, made on first use."""
    found = known_key(connection, name)
    if found is None:
        insert_new(connection, meta, name=name, value=secrets.token_hex(32))
        found = known_key(connection, name)
    assert found is not None, "it has just been written"
    return found


def identity_hash(identity: str, key: bytes) -> str:
    """What a customer is recognised by: a keyed BLAKE2b hash of the identity, 32 hexadecimal digits."""
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), key=key, digest_size=16).hexdigest()


def customer_name(number: int | None) -> str | None:
    """The customer id as the rest of Nanni sees it, for example "C-12"."""
    return None if number is None else f"{_CUSTOMER}{number}"


def customer_number(customer_id: str | None) -> int | None:
    """The number behind a customer id. Raises NotFoundError for anything else."""
    if customer_id is None:
        return None
    digits = customer_id[len(_CUSTOMER) :]
    if not (customer_id.startswith(_CUSTOMER) and digits.isdecimal()):
        raise NotFoundError(f"no customer {customer_id!r}", allowed="ids such as C-12")
    return int(digits)
