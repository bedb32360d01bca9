"""Who may use the desk and who is signed in: accounts, sessions by digest, and the log of sign-ins and refusals."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from feedback.errors import NotFoundError, StoreError
from ledger.bulk import from_json, insert_new, storable, to_json
from ledger.schema import access_log, accounts, saved_views, sessions, used_links
from tickets.access import Role, Scope

LONGEST_DETAIL = 300
# Asked for by every page, so built once.
_SESSION = (
    select(
        sessions.c.digest,
        sessions.c.csrf,
        sessions.c.created_at.label("began"),
        sessions.c.seen_at,
        sessions.c.flash,
        sessions.c.undo,
        *accounts.c,
    )
    .join_from(sessions, accounts)
    .where(sessions.c.digest == bindparam("digest"), accounts.c.disabled.is_(False))
)
_VIEWS = select(saved_views).where(saved_views.c.account == bindparam("account")).order_by(saved_views.c.name)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `teams` of None is every team; `member` their id in routing.yaml, if they own tickets.

    `password` is an argon2 hash; None: no local password.
    """

    id: int
    login: str
    name: str
    member: str | None
    role: Role
    teams: tuple[str, ...] | None
    password: str | None
    disabled: bool
    created_at: datetime

    @property
    def scope(self) -> Scope:
        """Whose tickets they see."""
        return Scope(None if self.teams is None else frozenset(self.teams), self.member)

    @property
    def actor(self) -> str:
        """How the events of a ticket name them."""
        return self.member or self.login


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `flash` is shown once on the next page, `undo` says what can be taken back."""

    digest: str
    account: Account
    csrf: str
    created_at: datetime
    seen_at: datetime
    flash: str
    undo: str


@dataclass(frozen=True, slots=True)
class Access:
    """One line of the log of sign-ins and refusals."""

    at: datetime
    what: str
    allowed: bool
    login: str | None
    address: str
    detail: str


def token_digest(token: str) -> str:
    """What is stored of a secret that a browser or a program holds."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def add_account(
    connection: Connection,
    *,
    login: str,
    name: str,
    role: Role,
    at: datetime,
    member: str | None = None,
    teams: Sequence[str] | None = None,
    password: str | None = None,
) -> Account:
    """A new account. Raises StoreError when the login is taken."""
    values = {
        "name": storable(name),
        "member": member,
        "role": role.value,
        "password": password,
        "created_at": at,
        "teams": None if teams is None else to_json(sorted(teams)),
    }
    if not insert_new(connection, accounts, login=storable(login).casefold(), **values):
        raise StoreError(f"there is an account {login!r} already", next_step="choose another sign-in name")
    return account_by_login(connection, login)


def account_by_login(connection: Connection, login: str) -> Account:
    """An account by its sign-in name, without case. Raises NotFoundError."""
    named = select(accounts).where(accounts.c.login == storable(login).casefold())
    row = connection.execute(named).one_or_none()
    if row is None:
        raise NotFoundError(f"no account {login!r}", next_step="see `nanni desk users`")
    return _account(row)


def account_by_id(connection: Connection, number: int) -> Account:
    """An account by the store's own number, which exists."""
    return _account(connection.execute(select(accounts).where(accounts.c.id == number)).one())


def list_accounts(connection: Connection) -> list[Account]:
    """Every account by name."""
    return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name, accounts.c.id))]


def change_account(connection: Connection, login: str, **values: Any) -> Account:
    """Change role, teams, password or disabled; whoever is signed in with it is signed out.

    Raises NotFoundError.
    """
    account = account_by_login(connection, login)
    if "teams" in values and values["teams"] is not None:
        values["teams"] = to_json(sorted(values["teams"]))
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(**values))
    connection.execute(delete(sessions).where(sessions.c.account == account.id))
    return account_by_login(connection, login)


def start_session(connection: Connection, account: Account, token: str, csrf: str, now: datetime) -> None:
    """Sign a browser in under a token it alone knows."""
    connection.execute(
        insert(sessions).values(
            digest=token_digest(token), account=account.id, csrf=csrf, created_at=now, seen_at=now, flash="", undo=""
        )
    )


def find_session(connection: Connection, token: str) -> Session | None:
    """The session of a token, whatever its age; None when there is none or its account was disabled."""
    row = connection.execute(_SESSION, {"digest": token_digest(token)}).one_or_none()
    if row is None:
        return None
    return Session(row.digest, _account(row), row.csrf, row.began, row.seen_at, row.flash, row.undo)


def update_session(connection: Connection, digest: str, **values: Any) -> None:
    """Note when it was last seen, what to show next, what can be undone."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(**values))


def end_session(connection: Connection, digest: str) -> None:
    """Sign a browser out."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def end_old_sessions(connection: Connection, began_before: datetime, seen_before: datetime) -> int:
    """Forget sessions that are over; returns how many."""
    old = (sessions.c.created_at < began_before) | (sessions.c.seen_at < seen_before)
    return connection.execute(delete(sessions).where(old)).rowcount


def log_access(
    connection: Connection, at: datetime, what: str, allowed: bool, login: str | None, address: str, detail: str = ""
) -> None:
    """Write a sign-in or a refusal down."""
    told = storable(detail)[:LONGEST_DETAIL]
    connection.execute(
        insert(access_log).values(
            at=at, what=what, allowed=allowed, login=login, address=storable(address)[:64], detail=told
        )
    )


def refused_since(
    connection: Connection, what: str, since: datetime, *, login: str | None = None, address: str | None = None
) -> int:
    """Refusals of one kind, of a login since its last success or from an address."""
    same = [access_log.c.what == what, access_log.c.at >= since, access_log.c.allowed.is_(False)]
    if login is not None:
        same.append(access_log.c.login == login)
        passed = select(func.max(access_log.c.id)).where(
            access_log.c.login == login, access_log.c.what == what, access_log.c.allowed.is_(True)
        )
        last = connection.execute(passed).scalar_one()
        same += [access_log.c.id > last] if last is not None else []
    if address is not None:
        same.append(access_log.c.address == address)
    return int(connection.execute(select(func.count()).select_from(access_log).where(*same)).scalar_one())


def list_access(connection: Connection, limit: int = 200, refused_only: bool = False) -> list[Access]:
    """The log, latest first."""
    wanted = select(access_log).order_by(access_log.c.id.desc()).limit(limit)
    if refused_only:
        wanted = wanted.where(access_log.c.allowed.is_(False))
    return [
        Access(row.at, row.what, bool(row.allowed), row.login, row.address, row.detail)
        for row in connection.execute(wanted)
    ]


def save_view(connection: Connection, account: int, name: str, query: str) -> None:
    """Keep a filter under a name; the same name again replaces it."""
    same = (saved_views.c.account == account, saved_views.c.name == storable(name))
    connection.execute(delete(saved_views).where(*same))
    connection.execute(insert(saved_views).values(account=account, name=storable(name), query=storable(query)))


def views_of(connection: Connection, account: int) -> list[tuple[int, str, str]]:
    """Somebody's saved views: id, name, query."""
    return [(row.id, row.name, row.query) for row in connection.execute(_VIEWS, {"account": account})]


def drop_view(connection: Connection, account: int, view: int) -> None:
    """Forget one of somebody's own views; another's is left alone."""
    connection.execute(delete(saved_views).where(saved_views.c.account == account, saved_views.c.id == view))


def use_link(connection: Connection, token: str, at: datetime) -> bool:
    """Use a link up; False when it was used before."""
    return insert_new(connection, used_links, digest=token_digest(token), at=at)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        member=row.member,
        role=Role(row.role),
        teams=None if row.teams is None else tuple(from_json(row.teams)),
        password=row.password,
        disabled=bool(row.disabled),
        created_at=row.created_at,
    )
