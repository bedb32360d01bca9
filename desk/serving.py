"""From a request to a handler: limits, session, permission, forged forms, and errors told in words. Deny by default."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.errors import BadFormError, ForbiddenError, SignInError, TooLargeError, TooManyError, status_of
from desk.reader import reader_of
from desk.security.forged import FIELD, HEADER, require_own_origin, require_token
from desk.site import Site
from desk.visit import Form, Visit
from feedback.errors import NanniError
from ledger.accounts import Session, log_access, token_digest
from tickets.access import GRANTS, Permission

Open = Literal["open"]
Handler = Callable[[Visit], Response]
LARGEST_FORM = 256 * 1024
LARGEST_UPLOAD = 12 * 1024 * 1024
MOST_FIELDS = 1_200


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the desk: what answers it and the permission it asks for ("open": none, and no session)."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    needs: Permission | Open
    uploads: bool = False


def served(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The page as Starlette calls it."""

    async def endpoint(request: Request) -> Response:
        try:
            form, files = await _form(request, page) if page.method == "POST" else ({}, {})
        except NanniError as error:
            return await run_in_threadpool(_refused, _visit(site, request), error)
        visit = _visit(site, request)
        visit.form, visit.files = form, files
        try:
            return await run_in_threadpool(_answer, page, visit)
        finally:
            await request.close()

    return endpoint


def _visit(site: Site, request: Request) -> Visit:
    return Visit(site, request, reader_of(request, site.parts.workspace.settings.zone, site.now))


def _answer(page: Page, visit: Visit) -> Response:
    site, request = visit.site, visit.request
    token = request.cookies.get(site.cookie, "")
    try:
        site.requests.take(token_digest(token) if token else visit.address)
        visit.session = site.sessions.find(token, site.wall()) if token else None
        if page.method == "POST":
            require_own_origin(request, site.base_url)
        if page.needs != "open":
            _admit(page, visit)
        if page.method == "POST" and visit.session:
            site.counts.forget(visit.session.account.id)
        return page.handler(visit)
    except NanniError as error:
        return _refused(visit, error)


def _admit(page: Page, visit: Visit) -> None:
    if visit.session is None:
        raise SignInError("sign in to see this page")
    if page.needs not in GRANTS[visit.session.account.role]:
        raise ForbiddenError(
            f"your role ({visit.session.account.role}) may not do this", next_step="ask an admin if you need it"
        )
    if page.method == "POST":
        given = visit.form.get(FIELD, [visit.request.headers.get(HEADER, "")])[0]
        require_token(given, visit.session.csrf)


def _refused(visit: Visit, error: NanniError) -> Response:
    """The error as a page, and in the log where it is a refusal."""
    request, status = visit.request, status_of(error)
    if isinstance(error, SignInError) and request.method == "GET" and request.url.path != "/sign-in":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/sign-in?{urlencode({'next': request.url.path + query})}", 303)
    if status in (401, 403):
        _log(visit, visit.session, f"{type(error).__name__}: {error.what}")
    response = visit.page("error.html", status, error=error, code=status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _log(visit: Visit, session: Session | None, why: str) -> None:
    what = f"{visit.request.method} {visit.request.url.path}"
    with visit.site.parts.ledger.begin() as uow:
        login = session.account.login if session else None
        log_access(uow.connection, visit.site.wall(), what[:120], False, login, visit.address, why)


async def _form(request: Request, page: Page) -> tuple[Form, dict[str, list[UploadFile]]]:
    """The form's fields and files. Raises TooLargeError or BadFormError."""
    largest = LARGEST_UPLOAD if page.uploads else LARGEST_FORM
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise BadFormError("a form must say how long it is", next_step="send it from the page")
    if int(length) > largest:
        raise TooLargeError(f"this is more than {largest // 1024:,} KiB", next_step="send less at once")
    try:
        sent: FormData = await request.form(max_files=5 if page.uploads else 0, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise BadFormError("this form cannot be read", next_step="load the page again") from error
    fields: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(name, []).append(value)
        else:
            fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return fields, files
