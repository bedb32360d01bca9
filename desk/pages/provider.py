"""Signing in at an identity provider: the way there, and the way back."""

import re
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from desk.errors import DeskError, SignInError
from desk.pages.signing import form, signed_in
from desk.security.admission import Identity, admitted, identity_of
from desk.security.oidc import Provider, Setting
from desk.security.sessions import SIGN_IN
from desk.visit import Visit, own_path
from feedback.errors import NanniError, NotFoundError
from ledger.accounts import log_access, use_link
from ledger.identities import account_of_identity
from tickets.links import read_signed, signed

PURPOSE = "oidc"
BACK = "/sign-in/provider/back"
GOOD_FOR = timedelta(minutes=10)
LONGEST_CODE = 8_000


def start(visit: Visit) -> Response:
    """Send the browser to the provider, and tie the answer to this browser."""
    site, setting = visit.site, Setting.fresh()
    try:
        address = _provider(visit).address(setting, _back(visit))
    except DeskError as error:
        return form(visit, f"{error.what}; {error.next_step}", error.status)
    wanted = own_path(visit.query("next", "/"))[:300]
    fields = {"state": setting.state, "nonce": setting.nonce, "verifier": setting.verifier, "next": wanted}
    response = RedirectResponse(address, 303)
    response.set_cookie(
        _cookie(visit), signed(site.link_key, PURPOSE, fields, site.wall() + GOOD_FOR), httponly=True, samesite="lax",
        max_age=int(GOOD_FOR.total_seconds()), secure=site.encrypted, path="/",
    )  # fmt: skip
    return response


def back(visit: Visit) -> Response:
    """The provider's answer: a session for who is let in, the reason for who is not; both are written down."""
    site, who = visit.site, None
    try:
        provider, (setting, wanted) = _provider(visit), _under_way(visit)
        if visit.query("error"):
            told = re.sub(r"[^a-z_]", "", visit.query("error"))[:40]
            raise SignInError("the provider did not sign you in", where=told, next_step="try again")
        code = visit.request.query_params.get("code", "")[:LONGEST_CODE]
        claims = provider.claims(setting, code, visit.query("iss"), _back(visit))
        who = identity_of(claims, provider.model)
        with site.parts.ledger.begin() as uow:
            account = admitted(uow, who, provider.model, site.parts.workspace.routing, site.wall())
        token = site.sessions.sign_in_as(account, visit.address, site.wall(), f"by {provider.model.label}")
    except NotFoundError:
        raise
    except NanniError as error:
        return _refused(visit, error, who)
    response = signed_in(visit, token, wanted)
    response.delete_cookie(_cookie(visit), path="/")
    return response


def _refused(visit: Visit, error: NanniError, who: Identity | None) -> Response:
    """The sign-in form with the reason; the log names the account, or the provider's subject where there is none."""
    status = error.status if isinstance(error, DeskError) else 401
    why, site = f"provider: {error.what} ({error.where})" if error.where else f"provider: {error.what}", visit.site
    with site.parts.ledger.begin() as uow:
        account = account_of_identity(uow.connection, _provider(visit).model.issuer, who.subject) if who else None
        told = why if account or who is None else f"{why}; subject {who.subject[:80]}"
        log_access(uow.connection, site.wall(), SIGN_IN, False, account.login if account else None, visit.address, told)
    response = form(visit, f"{error.what}; {error.next_step or 'start again'}", status)
    response.delete_cookie(_cookie(visit), path="/")
    return response


def _under_way(visit: Visit) -> tuple[Setting, str]:
    """The sign-in that this browser began, once. Raises LinkError or SignInError for an answer to another."""
    site, kept = visit.site, visit.request.cookies.get(_cookie(visit), "")
    fields = read_signed(site.link_key, PURPOSE, kept, site.wall())
    wanted = fields.pop("next")
    setting = Setting(**fields)
    if visit.query("state") != setting.state:
        raise SignInError("the answer is not to what this browser asked", next_step="start again")
    with site.parts.ledger.begin() as uow:
        if not use_link(uow.connection, kept, site.wall()):
            raise SignInError("this answer was used before", next_step="start again")
    return setting, wanted


def _provider(visit: Visit) -> Provider:
    provider = visit.site.provider
    if provider is None:
        raise NotFoundError("there is no sign-in by a provider here", next_step="sign in with a password")
    return provider


def _back(visit: Visit) -> str:
    return f"{visit.origin}{BACK}"


def _cookie(visit: Visit) -> str:
    return "__Host-nanni_provider" if visit.site.encrypted else "nanni_provider"
