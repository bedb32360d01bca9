"""Signing in and out."""

import hashlib
import hmac
import secrets

from starlette.responses import Response

from desk.errors import DeskError, ForgedError
from desk.security.forged import FIELD, require_token
from desk.security.sessions import LONGEST
from desk.visit import Visit, own_path
from ledger.accounts import token_digest

BEFORE = "nanni_before"
"""The cookie that ties the sign-in form to the browser it was shown to."""


def show(visit: Visit) -> Response:
    """The sign-in form."""
    if visit.session:
        return visit.go("/")
    return form(visit, "", 200)


def form(visit: Visit, problem: str, status: int) -> Response:
    """The sign-in form, with what went wrong."""
    before = visit.request.cookies.get(BEFORE, "") or secrets.token_urlsafe(16)
    wanted = visit.field("next") or visit.query("next", "/")
    shown = {"problem": problem, "login": visit.field("login"), "next": own_path(wanted), "csrf": _mark(visit, before),
             "provider": visit.site.provider, "signed_out": visit.query("out") == "1"}  # fmt: skip
    response = visit.page("sign_in.html", status, **shown)
    encrypted = visit.site.encrypted
    response.set_cookie(BEFORE, before, max_age=3600, httponly=True, samesite="strict", secure=encrypted)
    return response


def sign_in(visit: Visit) -> Response:
    """Check the password; a good one gets a new session, whatever the browser brought along."""
    site, before = visit.site, visit.request.cookies.get(BEFORE, "")
    try:
        require_token(visit.field(FIELD), _mark(visit, before) if before else "")
        token = site.sessions.sign_in(visit.field("login"), visit.field("password"), visit.address, site.wall())
    except ForgedError as error:
        return form(visit, error.what, error.status)
    except DeskError as error:
        return form(visit, f"{error.what}; {error.next_step}", error.status)
    return signed_in(visit, token, visit.field("next"))


def signed_in(visit: Visit, token: str, wanted: str) -> Response:
    """Into the desk with a new session, whatever session the browser brought along."""
    site = visit.site
    if visit.session:
        site.sessions.sign_out(visit.session, visit.address, site.wall())
    visit.session = None
    response = visit.go(wanted or "/")
    response.set_cookie(
        site.cookie, token, max_age=int(LONGEST.total_seconds()), httponly=True, samesite="lax", secure=site.encrypted,
        path="/",
    )  # fmt: skip
    response.delete_cookie(BEFORE)
    return response


def sign_out(visit: Visit) -> Response:
    """End the session here and in the ledger; the sign-in page offers to end the provider's too."""
    if visit.session:
        visit.site.sessions.sign_out(visit.session, visit.address, visit.site.wall())
        visit.session = None
    response = visit.go("/sign-in?out=1")
    response.delete_cookie(visit.site.cookie)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _mark(visit: Visit, before: str) -> str:
    """What the form must carry: only who has the cookie and our key can know it."""
    return hmac.new(visit.site.link_key, token_digest(before).encode(), hashlib.sha256).hexdigest()
