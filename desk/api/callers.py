"""Who calls the API: a service token, what it may do, and how it says that a request is one it sent before."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from desk.errors import ForbiddenError, SignInError
from desk.site import Site
from ledger.accounts import log_access
from ledger.tokens import ServiceToken, find_token
from tickets.access import Permission

_bearer = HTTPBearer(auto_error=False, description="A service token, made by `nanni desk add-token`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with its token, at a site."""

    site: Site
    token: ServiceToken


def allowed(permission: Permission) -> Callable[..., Caller]:
    """What a route depends on: the caller, if its token has this scope."""

    def caller(request: Request, credentials: Credentials) -> Caller:
        site: Site = request.app.state.site
        address = request.client.host if request.client else ""
        secret = credentials.credentials if credentials else ""
        with site.parts.ledger.read() as uow:
            token = find_token(uow.connection, secret, site.wall()) if secret else None
        # By address unless the token is real: one can be made up for each request.
        site.requests.take(f"token {token.id}" if token else address)
        if token is None:
            _log(request, site, None, "no valid token")
            raise SignInError("no valid service token", next_step="send Authorization: Bearer and the token")
        if permission not in token.scopes:
            _log(request, site, token.actor, f"scope {permission} is missing")
            raise ForbiddenError(f"this token has no scope {permission}", next_step="make one that has it")
        return Caller(site, token)

    return caller


def request_digest(method: str, path: str, match: str | None, body: Any) -> str:
    """What one request is told from another by."""
    told = json.dumps([method, path, match, body], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _log(request: Request, site: Site, login: str | None, why: str) -> None:
    address = request.client.host if request.client else ""
    what = f"{request.method} {request.url.path}"[:120]
    with site.parts.ledger.begin() as uow:
        log_access(uow.connection, site.wall(), what, False, login, address, why)
