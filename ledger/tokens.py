"""Tokens by which programs use the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from feedback.errors import NotFoundError, StoreError
from ledger.accounts import token_digest
from ledger.bulk import from_json, insert_new, storable, to_json
from ledger.schema import service_tokens
from tickets.access import Permission, Scope


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """A program that may use the API: what it may do and whose tickets it sees (`teams` of None: every team's)."""

    id: int
    name: str
    scopes: frozenset[Permission]
    teams: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def scope(self) -> Scope:
        """Whose tickets it sees."""
        return Scope(None if self.teams is None else frozenset(self.teams))

    @property
    def actor(self) -> str:
        """How the events of a ticket name it."""
        return f"api:{self.name}"


def add_token(
    connection: Connection, name: str, secret: str, scopes: Sequence[Permission], at: datetime,
    teams: Sequence[str] | None = None, expires_at: datetime | None = None,
) -> None:  # fmt: skip
    """A new token. Raises StoreError when the name is taken."""
    values = {"digest": token_digest(secret), "scopes": to_json(sorted(scopes)), "created_at": at,
              "teams": None if teams is None else to_json(sorted(teams)), "expires_at": expires_at}  # fmt: skip
    if not insert_new(connection, service_tokens, name=storable(name), **values):
        raise StoreError(f"there is a token {name!r} already", next_step="choose another name, or revoke that one")


def find_token(connection: Connection, secret: str, now: datetime) -> ServiceToken | None:
    """The valid token of a secret; None for an unknown, expired or revoked one."""
    valid = (
        service_tokens.c.digest == token_digest(secret),
        service_tokens.c.revoked_at.is_(None),
        or_(service_tokens.c.expires_at.is_(None), service_tokens.c.expires_at > now),
    )
    row = connection.execute(select(service_tokens).where(*valid)).one_or_none()
    return None if row is None else _token(row)


def list_tokens(connection: Connection) -> list[ServiceToken]:
    """Every token by name, revoked ones too."""
    return [_token(row) for row in connection.execute(select(service_tokens).order_by(service_tokens.c.name))]


def revoke_token(connection: Connection, name: str, at: datetime) -> None:
    """End a token. Raises NotFoundError."""
    mine = (service_tokens.c.name == name, service_tokens.c.revoked_at.is_(None))
    if not connection.execute(update(service_tokens).where(*mine).values(revoked_at=at)).rowcount:
        raise NotFoundError(f"no valid token {name!r}", next_step="see `nanni desk tokens`")


def _token(row: Row[Any]) -> ServiceToken:
    return ServiceToken(
        id=row.id,
        name=row.name,
        scopes=frozenset(Permission(scope) for scope in from_json(row.scopes)),
        teams=None if row.teams is None else tuple(from_json(row.teams)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
