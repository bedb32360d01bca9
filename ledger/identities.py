"""Who at an identity provider is which account: bound once, by the provider's own subject, not by a name."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from ledger.accounts import Account, account_by_id
from ledger.schema import identities


def account_of_identity(connection: Connection, issuer: str, subject: str) -> Account | None:
    """The account of somebody at a provider; None for somebody who never signed in."""
    mine = (identities.c.issuer == issuer, identities.c.subject == subject)
    number = connection.execute(select(identities.c.account).where(*mine)).scalar_one_or_none()
    return None if number is None else account_by_id(connection, number)


def is_bound(connection: Connection, account: int) -> bool:
    """Whether somebody at a provider has this account already."""
    found = select(identities.c.subject).where(identities.c.account == account).limit(1)
    return connection.execute(found).first() is not None


def bind(connection: Connection, account: Account, issuer: str, subject: str, at: datetime) -> None:
    """From now on this subject of this provider is this account."""
    connection.execute(insert(identities).values(issuer=issuer, subject=subject, account=account.id, at=at))
