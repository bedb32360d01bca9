"""`nanni desk`: serve the desk, and who may use it."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from rich.console import Console

from feedback.errors import ConfigError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import SCREEN, show, table
from tickets.access import Permission, Role

if TYPE_CHECKING:
    from desk.security.passwords import Passwords
    from nanni.parts import Parts

desk = App(name="desk", help="The desk in the browser and its API; accounts and tokens for them.")


@desk.default
def serve(*, host: str = "127.0.0.1", port: int = 8750, common: Common = COMMON) -> None:
    """Serve the desk until Ctrl-C. On the demo workspace it prints sign-ins and goes on where the year ended.

    Parameters
    ----------
    host
        The address to listen on. Put a proxy with https in front before it is anything but this machine.
    port
        The port to listen on.
    """
    import uvicorn

    from desk.app import create_desk
    from desk.security.passwords import Passwords

    with opened(common) as parts:
        passwords = Passwords()
        url = address(parts.workspace.settings.file.desk_url, host, port)
        _welcome(parts, passwords, url)
        app = create_desk(parts, base_url=url, passwords=passwords)
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=2)


def address(configured: str, host: str, port: int) -> str:
    """Where people reach it: what nanni.yaml says, unless that is this machine and another port was asked for."""
    local = urlsplit(configured).hostname in (None, "localhost", "127.0.0.1", "::1")
    return f"http://{host}:{port}" if local else configured


def _welcome(parts: "Parts", passwords: "Passwords", url: str) -> None:
    """Say where the desk is and how to sign in."""
    from desk.demo import demo_clock, give_accounts, this_morning
    from ledger.accounts import list_accounts
    from nanni.demo.play import MARKER
    from nanni.wiring import system_clock

    SCREEN.print(f"The desk of {parts.workspace.folder} is at {url}", soft_wrap=True)
    if (parts.workspace.folder / MARKER).is_file():
        parts.clock = demo_clock(parts, system_clock)
        this_morning(parts)
        people, password = give_accounts(parts, passwords, system_clock())
        rows = [[one.login, one.name, one.role, ", ".join(one.teams or ("all",))] for one in people]
        SCREEN.print(table("Sign in as", ["sign-in name", "who", "role", "teams"], rows))
        SCREEN.print(f"Password of all of them, until the desk is started again: {password}")
        SCREEN.print(f"The demo's clock goes on where its year ended: it is {parts.clock():%d %b %Y %H:%M} UTC there.")
        return
    with parts.ledger.read() as uow:
        known = list_accounts(uow.connection)
    if not known:
        password = _new_account(parts, passwords, "admin", "Admin", Role.ADMIN, None, None)
        SCREEN.print(f"Nobody had an account. Sign in as admin with {password} (shown this once), then add people.")


def _new_account(
    parts: "Parts", passwords: "Passwords | None", login: str, name: str, role: Role, member: str | None,
    teams: tuple[str, ...] | None,
) -> str:  # fmt: skip
    """Make an account with a password of our choosing, and give that back; "" and none without `passwords`."""
    from ledger.accounts import add_account
    from ledger.journal import record

    password, now = secrets.token_urlsafe(15) if passwords else "", parts.clock()
    with parts.ledger.begin() as uow:
        hashed = passwords.hash(password) if passwords else None
        add_account(
            uow.connection, login=login, name=name, role=role, at=now, member=member, teams=teams, password=hashed
        )
        record(uow.connection, now, "cli", "account_added", {"login": login, "role": role.value})
    return password


@desk.command(name="add-user")
def add_user(
    login: str,
    *,
    role: Role,
    name: str = "",
    team: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    everything: bool = False,
    by_provider: bool = False,
    common: Common = COMMON,
) -> None:
    """Make an account; its password is printed once. A member of routing.yaml brings name and team along.

    Parameters
    ----------
    login
        The sign-in name; a member's id for somebody who owns tickets.
    role
        What they may do.
    name
        What they are called (default: as in routing.yaml).
    team
        Teams whose tickets they see (default: the member's own).
    everything
        They see every team's tickets.
    by_provider
        No password: the account waits for whoever first signs in under this name at the provider of nanni.yaml.
    """
    from desk.security.passwords import Passwords

    with opened(common) as parts:
        home = parts.workspace.routing.home(login)
        teams = None if everything else team or ((home[0].id,) if home else ())
        unknown = [one for one in teams or () if one not in {known.id for known in parts.workspace.routing.teams}]
        if unknown or teams == ():
            what = f"no team {unknown[0]!r}" if unknown else "nobody of routing.yaml, so say whose tickets they see"
            known = ", ".join(one.id for one in parts.workspace.routing.teams)
            raise ConfigError(what, where=login, allowed=known, next_step="use --team or --everything")
        told = name or (home[1].name if home else login)
        passwords = None if by_provider else Passwords()
        password = _new_account(parts, passwords, login, told, role, login if home else None, teams)
    data = {"login": login, "role": role.value, "password": password}
    how = f"with {password} (shown this once)" if password else "at the provider"
    show(data, lambda screen: screen.print(f"{login} ({role}) signs in {how}."), common.json)


@desk.command(name="sign-in-by-provider")
def sign_in_by_provider(login: str, *, common: Common = COMMON) -> None:
    """Take an account's password away: it is theirs who first sign in under its name at the provider."""
    from ledger.accounts import change_account
    from ledger.journal import record

    with opened(common) as parts:
        if parts.workspace.settings.file.desk.sign_in is None:
            raise ConfigError(
                "there is no provider", where="nanni.yaml", next_step="configure desk: {sign_in: ...} first"
            )
        with parts.ledger.begin() as uow:
            change_account(uow.connection, login, password=None)
            record(uow.connection, parts.clock(), "cli", "account_by_provider", {"login": login})
    show({"by_provider": login}, lambda screen: screen.print(f"{login} signs in at the provider now."), common.json)


@desk.command
def users(*, common: Common = COMMON) -> None:
    """List accounts."""
    from ledger.accounts import list_accounts

    with opened(common) as parts, parts.ledger.read() as uow:
        found = list_accounts(uow.connection)
    rows = [
        [one.login, one.name, one.role, "all" if one.teams is None else ", ".join(one.teams), "disabled" * one.disabled]
        for one in found
    ]
    data = [
        {"login": one.login, "name": one.name, "role": one.role, "teams": one.teams, "disabled": one.disabled}
        for one in found
    ]
    show(
        data,
        lambda screen: screen.print(table("Accounts", ["sign-in", "name", "role", "teams", ""], rows)),
        common.json,
    )


@desk.command
def disable(login: str, *, common: Common = COMMON) -> None:
    """Close an account; whoever is signed in with it is signed out at once."""
    from ledger.accounts import change_account
    from ledger.journal import record

    with opened(common) as parts, parts.ledger.begin() as uow:
        change_account(uow.connection, login, disabled=True)
        record(uow.connection, parts.clock(), "cli", "account_disabled", {"login": login})
    show({"disabled": login}, lambda screen: screen.print(f"{login} cannot sign in any more."), common.json)


@desk.command(name="add-token")
def add_token(
    name: str,
    *,
    scope: Annotated[tuple[str, ...], Parameter(negative=())],
    team: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    days: int | None = 90,
    common: Common = COMMON,
) -> None:
    """Make a service token for the API; it is printed once.

    Parameters
    ----------
    name
        What the audit trail shall call it.
    scope
        What it may do, for example tickets:read.
    team
        Teams whose tickets it sees (default: every team's).
    days
        For how long it is good.
    """
    from ledger import tokens
    from ledger.journal import record

    secret, scopes = f"nanni_{secrets.token_urlsafe(32)}", _scopes(scope)
    with opened(common) as parts, parts.ledger.begin() as uow:
        now = parts.clock()
        until = now + timedelta(days=days) if days else None
        tokens.add_token(uow.connection, name, secret, scopes, now, team or None, until)
        record(uow.connection, now, "cli", "token_added", {"name": name, "scopes": " ".join(scopes)})
    told = f"{name}: {secret} (shown this once)"
    show({"name": name, "token": secret}, lambda screen: screen.print(told, soft_wrap=True), common.json)


def _scopes(given: tuple[str, ...]) -> tuple[Permission, ...]:
    try:
        return tuple(Permission(one) for one in given)
    except ValueError as error:
        raise ConfigError(str(error), where="--scope", allowed=", ".join(Permission)) from error


@desk.command(name="tokens")
def list_tokens(*, common: Common = COMMON) -> None:
    """List service tokens."""
    from ledger import tokens

    with opened(common) as parts, parts.ledger.read() as uow:
        found = tokens.list_tokens(uow.connection)
    rows = [[one.name, " ".join(sorted(one.scopes)), one.expires_at, one.revoked_at] for one in found]

    def draw(screen: Console) -> None:
        screen.print(table("Service tokens", ["name", "scopes", "until", "revoked"], rows))

    data = [
        {"name": one.name, "scopes": sorted(one.scopes), "expires_at": one.expires_at, "revoked_at": one.revoked_at}
        for one in found
    ]
    show(data, draw, common.json)


@desk.command(name="revoke-token")
def revoke_token(name: str, *, common: Common = COMMON) -> None:
    """End a service token now."""
    from ledger import tokens
    from ledger.journal import record

    with opened(common) as parts, parts.ledger.begin() as uow:
        tokens.revoke_token(uow.connection, name, parts.clock())
        record(uow.connection, parts.clock(), "cli", "token_revoked", {"name": name})
    show({"revoked": name}, lambda screen: screen.print(f"{name} is good for nothing any more."), common.json)
