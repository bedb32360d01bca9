"""Who may come in: an identity of the provider becomes an account by the workspace's mapping, or is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.errors import SignInError
from feedback.errors import NotFoundError
from ledger.accounts import Account, account_by_login, add_account, change_account
from ledger.identities import account_of_identity, bind, is_bound
from ledger.journal import record
from ledger.store import SqlUnitOfWork
from nanni.sign_in import Granted, SignInModel, granted
from tickets.access import Role
from tickets.routing import Routing

BY = "single sign-on"
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider told of them. `email` is "" unless it is verified."""

    subject: str
    login: str
    name: str
    email: str
    groups: tuple[str, ...]


def identity_of(claims: Mapping[str, Any], model: SignInModel) -> Identity:
    """The identity that claims tell of. Raises SignInError when they name nobody."""
    verified = model.trust_email or claims.get("email_verified") is True
    email = _text(claims.get("email")) if verified else ""
    login = email if model.login == "email" else _text(claims.get(model.login))
    if not login:
        what = f"the provider did not tell {model.login!r}" + (", or it is not verified" * (model.login == "email"))
        raise SignInError(what, next_step="tell an admin")
    return Identity(str(claims["sub"]), login, _text(claims.get(model.name)) or login, email, _groups(claims, model))


def _text(value: object) -> str:
    return value.strip()[:LONGEST_NAME] if isinstance(value, str) else ""


def _groups(claims: Mapping[str, Any], model: SignInModel) -> tuple[str, ...]:
    told = claims.get(model.groups)
    found: Sequence[object] = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return tuple(one for one in found if isinstance(one, str))


def admitted(uow: SqlUnitOfWork, who: Identity, model: SignInModel, routing: Routing, now: datetime) -> Account:
    """The account of an identity, made or brought up to date. Raises SignInError for who may not come in.

    Roles and teams follow the groups at every sign-in where groups are mapped; where they are not, only people come in
    whom an admin gave an account.
    """
    account = account_of_identity(uow.connection, model.issuer, who.subject) or _unbound(uow, who)
    given = granted(who.groups, model)
    role = given.role or (account.role if account and not model.roles else _otherwise(model))
    if role is None:
        raise SignInError("none of your groups may use this desk", next_step="ask an admin")
    if account is None:
        account = _made(uow, who, role, given, routing, now)
    elif account.disabled:
        raise SignInError("your account is closed", next_step="ask an admin")
    else:
        account = _brought_up_to_date(uow, account, who, role, given, routing, now)
    if account_of_identity(uow.connection, model.issuer, who.subject) is None:
        bind(uow.connection, account, model.issuer, who.subject, now)
    return account


def _otherwise(model: SignInModel) -> Role | None:
    return model.unknown if isinstance(model.unknown, Role) else None


def _unbound(uow: SqlUnitOfWork, who: Identity) -> Account | None:
    """An account that an admin made for this name and nobody has yet; one with a password of its own is not given away.

    Raises SignInError where the name is somebody else's.
    """
    try:
        account = account_by_login(uow.connection, who.login)
    except NotFoundError:
        return None
    if account.password is not None or is_bound(uow.connection, account.id):
        raise SignInError(
            "there is an account of this name already, and it is not yours to take",
            next_step="sign in with its password, or ask an admin for `nanni desk sign-in-by-provider`",
        )
    return account


def _member(who: Identity, routing: Routing) -> str | None:
    """Their id in routing.yaml: by a verified address, as it alone is known to be theirs."""
    return routing.by_address(who.email) if who.email else None


def _teams(given: Granted, member: str | None, routing: Routing) -> tuple[str, ...] | None:
    if given.teams != ():
        return given.teams
    home = routing.home(member) if member else None
    return (home[0].id,) if home else ()


def _made(uow: SqlUnitOfWork, who: Identity, role: Role, given: Granted, routing: Routing, now: datetime) -> Account:
    member = _member(who, routing)
    account = add_account(
        uow.connection, login=who.login, name=who.name, role=role, at=now, member=member,
        teams=_teams(given, member, routing),
    )  # fmt: skip
    record(uow.connection, now, BY, "account_added", {"login": account.login, "role": role})
    return account


def _brought_up_to_date(
    uow: SqlUnitOfWork, account: Account, who: Identity, role: Role, given: Granted, routing: Routing, now: datetime
) -> Account:
    """The account with today's role and teams; a change ends its other sessions and is written down."""
    teams = _teams(given, account.member, routing) if given.says_teams else account.teams
    wanted = {"role": role.value, "teams": teams, "name": who.name}
    if (account.role, account.teams, account.name) == (role, teams, who.name):
        return account
    after = change_account(uow.connection, account.login, **wanted)
    told = {"login": account.login, "role": f"{account.role} -> {after.role}"}
    record(uow.connection, now, BY, "account_changed", told)
    return after
