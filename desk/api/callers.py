"""Who calls the API: a service token, and what it may do. A request that was made before is answered as it was."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from desk.api import once
from desk.errors import ForbiddenError, SignInError
from desk.site import Site
from feedback.errors import NotFoundError
from ledger.accounts import log_access
from ledger.store import SqlUnitOfWork
from ledger.tokens import ServiceToken, find_token
from nanni.parts import Parts
from tickets.access import Permission
from tickets.ticket import Ticket

_bearer = HTTPBearer(auto_error=False, description="A service token, made by `nanni desk add-token`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with its token, at a site. Whatever it changes, it changes through its own `parts`."""

    site: Site
    token: ServiceToken
    parts: Parts

    @property
    def actor(self) -> str:
        """How events name it."""
        return self.token.actor

    def for_everybody(self, what: str) -> None:
        """Raise ForbiddenError for a token of some teams: what is asked for belongs to no team."""
        if self.token.teams is not None:
            raise ForbiddenError(f"{what} to no team", next_step="use a token without teams")


class TokenFirst(APIRoute):
    """A route that knows who calls before it reads what they send, and does the same request once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the token."""
        handle = super().get_route_handler()

        async def known(request: Request) -> Response:
            site: Site = request.app.state.site
            token = request.state.token = await run_in_threadpool(_token, request)
            request.state.parts = site.parts
            key = once.key_of(request)
            if key is None:
                return await handle(request)
            asked = once.asked(token.id, key, request, await request.body())
            before = await run_in_threadpool(once.answered, site, asked)
            if before is not None:
                return before
            request.state.parts = once.remembering(site, asked)
            response = await handle(request)
            await run_in_threadpool(once.keep, site, asked, response)
            return response

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
        return Caller(site, token, request.state.parts)

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


def _log(request: Request, site: Site, login: str | None, why: str) -> None:
    what = f"{request.method} {request.url.path}"[:120]
    with site.parts.ledger.begin() as uow:
        log_access(uow.connection, site.wall(), what, False, login, _address(request), why)
