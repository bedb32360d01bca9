"""Who calls the API: a service token, what it may do, and how it says that a request is one it sent before."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from desk.errors import ForbiddenError, SignInError
from desk.site import Site
from feedback.errors import NotFoundError
from ledger.accounts import log_access
from ledger.store import SqlUnitOfWork
from ledger.tokens import ServiceToken, find_token
from tickets.access import Permission
from tickets.ticket import Ticket

_bearer = HTTPBearer(auto_error=False, description="A service token, made by `nanni desk add-token`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with its token, at a site."""

    site: Site
    token: ServiceToken


class TokenFirst(APIRoute):
    """A route that knows who calls before it reads what they send."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the token."""
        handle = super().get_route_handler()

        async def known(request: Request) -> Response:
            request.state.token = await run_in_threadpool(_token, request)
            return await handle(request)

        return known


def _token(request: Request) -> ServiceToken:
    """The token of a request. Raises SignInError, TooManyError."""
    site: Site = request.app.state.site
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip() if scheme.casefold() == "bearer" else ""
    with site.parts.ledger.read() as uow:
        token = find_token(uow.connection, secret, site.wall()) if secret else None
    # By address unless the token is real: one can be made up for each request.
    site.requests.take(f"token {token.id}" if token else _address(request))
    if token is None:
        _log(request, site, None, "no valid token")
        raise SignInError("no valid service token", next_step="send Authorization: Bearer and the token")
    return token


def allowed(permission: Permission) -> Callable[..., Caller]:
    """What a route depends on: the caller, if its token has this scope."""

    def caller(request: Request, _: Credentials) -> Caller:
        site: Site = request.app.state.site
        token: ServiceToken = request.state.token
        if permission not in token.scopes:
            _log(request, site, token.actor, f"scope {permission} is missing")
            raise ForbiddenError(f"this token has no scope {permission}", next_step="make one that has it")
        return Caller(site, token)

    return caller


def ticket_of(caller: Caller, uow: SqlUnitOfWork, key: str) -> Ticket:
    """A ticket within the token's scope. Raises NotFoundError for any other, as if there were none."""
    try:
        ticket = uow.tickets.get(key)
    except NotFoundError:
        raise _no_ticket(key) from None
    return seen(caller, ticket)


def seen(caller: Caller, ticket: Ticket) -> Ticket:
    """The ticket, if the token's scope has it. Raises NotFoundError."""
    if not caller.token.scope.sees(ticket):
        raise _no_ticket(ticket.key)
    return ticket


def _no_ticket(key: str) -> NotFoundError:
    return NotFoundError(f"no ticket {key!r}", next_step="list the tickets that your token sees")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def request_digest(method: str, path: str, match: str | None, body: Any) -> str:
    """What one request is told from another by."""
    told = json.dumps([method, path, match, body], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _log(request: Request, site: Site, login: str | None, why: str) -> None:
    what = f"{request.method} {request.url.path}"[:120]
    with site.parts.ledger.begin() as uow:
        log_access(uow.connection, site.wall(), what, False, login, _address(request), why)
