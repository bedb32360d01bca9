"""Settings: how the desk looks to the reader, their password, and for admins the accounts."""

import json
from typing import Any

from starlette.responses import Response

from desk.errors import BadFormError
from desk.reader import THEME_COOKIE, THEMES
from desk.visit import Visit
from feedback.errors import StaleWriteError
from ledger.accounts import Account, account_by_login, add_account, change_account, list_accounts, log_access
from ledger.journal import record
from ledger.tokens import list_tokens
from tickets.access import Permission, Role

YEAR = 365 * 86_400


def show(visit: Visit) -> Response:
    """One's own settings; the accounts as well for who manages them."""
    with visit.site.parts.ledger.read() as uow:
        manages = visit.may(Permission.MANAGE_ACCOUNTS)
        accounts = list_accounts(uow.connection) if manages else []
        tokens = list_tokens(uow.connection) if manages else []
    routing = visit.site.parts.workspace.routing
    return visit.page(
        "settings.html",
        accounts=accounts,
        tokens=tokens,
        themes=THEMES,
        roles=tuple(Role),
        routing=routing,
        provider=visit.site.provider,
        as_it_was=as_it_was,
    )


def theme(visit: Visit) -> Response:
    """Light, dark, or as the machine has it."""
    chosen = visit.field("theme")
    if chosen not in THEMES:
        raise BadFormError(f"there is no theme {chosen!r}", allowed=", ".join(THEMES))
    response = visit.go("/settings")
    response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="lax", secure=visit.site.encrypted)
    return response


def password(visit: Visit) -> Response:
    """A new password for oneself; every session of the account ends, this one too."""
    site, person = visit.site, visit.person
    if not site.passwords.matches(person.password, visit.field("old")):
        with site.parts.ledger.begin() as uow:
            log_access(uow.connection, site.wall(), "change password", False, person.login, visit.address)
        raise BadFormError("the old password is not right", next_step="try again")
    hashed = site.passwords.hash(visit.field("new"))
    with site.parts.ledger.begin() as uow:
        change_account(uow.connection, person.login, password=hashed)
        log_access(uow.connection, site.wall(), "change password", True, person.login, visit.address)
    visit.session = None
    return visit.go("/sign-in")


def add(visit: Visit) -> Response:
    """Make an account; only the fields of the form are looked at."""
    site, routing, login = visit.site, visit.site.parts.workspace.routing, visit.field("login")
    if not login or not login.isascii() or len(login) > 60:
        raise BadFormError("a sign-in name has 1 to 60 plain letters")
    role, teams, home = _role(visit), _teams(visit), routing.home(login)
    by_provider = site.provider is not None and visit.field("by_provider") == "1"
    password = None if by_provider else site.passwords.hash(visit.field("password"))
    name = visit.field("name") or (home[1].name if home else login)
    with site.parts.ledger.begin() as uow:
        account = add_account(
            uow.connection, login=login, name=name, role=role, at=site.wall(), member=login if home else None,
            teams=teams, password=password,
        )  # fmt: skip
        told = {"login": account.login, "role": account.role}
        record(uow.connection, site.now, visit.person.login, "account_added", told)
    return visit.go("/settings", json.dumps({"key": "settings.added", "login": account.login}))


def change(visit: Visit) -> Response:
    """Another role, other teams, opened or closed; nobody changes their own, so nobody locks everybody out."""
    site, login = visit.site, visit.field("login")
    if login == visit.person.login:
        raise BadFormError("this is your own account", next_step="ask another admin")
    wanted: dict[str, Any] = {"role": _role(visit).value, "disabled": visit.field("disabled") == "1"}
    if visit.field("teams_too") == "1":
        wanted["teams"] = _teams(visit)
    with site.parts.ledger.begin() as uow:
        before = account_by_login(uow.connection, login)
        if visit.field("was") != as_it_was(before):
            raise StaleWriteError(
                f"somebody else has just changed the account {login}", next_step="load the page and look at it again"
            )
        after = change_account(uow.connection, login, **wanted)
        told = {"login": login, "role": f"{before.role} -> {after.role}", "disabled": "yes" if after.disabled else "no",
                "teams": "all" if after.teams is None else " ".join(after.teams)}  # fmt: skip
        record(uow.connection, site.now, visit.person.login, "account_changed", told)
    return visit.go("/settings", json.dumps({"key": "settings.changed", "login": login}))


def as_it_was(account: Account) -> str:
    """What of an account its form can change: a form made of another state does not fit."""
    return json.dumps([account.role, account.disabled, account.teams])


def _teams(visit: Visit) -> list[str] | None:
    """The teams that were ticked, None for every team. Raises BadFormError for one there is none of."""
    chosen, known = visit.form.get("team", []), {team.id for team in visit.site.parts.workspace.routing.teams}
    if not set(chosen) <= known:
        raise BadFormError("there is no such team", allowed=", ".join(sorted(known)))
    return None if visit.field("everything") == "1" else chosen


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.field("role"))
    except ValueError:
        raise BadFormError(f"there is no role {visit.field('role')!r}", allowed=", ".join(Role)) from None
