"""From a request to a handler: session, limits, permission, forged forms, and errors told in words. Deny by default.

Who asks is known before anything they send is read.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from desk.errors import BadFormError, ForbiddenError, SignInError, TooLargeError, TooManyError, status_of
from desk.reader import reader_of
from desk.security.forged import FIELD, HEADER, require_own_origin, require_token
from desk.site import Site
from desk.visit import Form, Visit
from feedback.errors import NanniError, NotFoundError
from ledger.accounts import Session, log_access
from tickets.access import GRANTS, Permission

Open = Literal["open"]
Handler = Callable[[Visit], Response]
T = TypeVar("T")
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

    async def looked_at(request: Request) -> Response:
        return await run_in_threadpool(_told, _shown, page, _visit(site, request))

    async def sent(request: Request) -> Response:
        visit = _visit(site, request)
        refused = await run_in_threadpool(_told, _admitted, page, visit)
        if refused is not None:
            return refused
        try:
            visit.form, visit.files = await _form(request, page)
            return await run_in_threadpool(_told, _done, page, visit)
        except NanniError as error:
            return await run_in_threadpool(_refused, visit, error)
        finally:
            await request.close()

    return looked_at if page.method == "GET" else sent


def missing(site: Site) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    """What answers an address of the pages that there is not: a page to whoever looks, a line to any other request."""
    nowhere = Page("GET", "", _nowhere, "open")

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.method != "GET" or request.url.path.startswith("/static/"):
            return PlainTextResponse("There is no such page at the desk.", error.status_code, error.headers)
        return await run_in_threadpool(_told, _shown, nowhere, _visit(site, request))

    return told


def _nowhere(visit: Visit) -> Response:
    raise NotFoundError("there is no such page at the desk")


def _visit(site: Site, request: Request) -> Visit:
    return Visit(site, request, reader_of(request, site.parts.workspace.settings.zone, site.now))


def _told(step: Callable[[Page, Visit], T], page: Page, visit: Visit) -> T | Response:
    """The step, or what the person is told instead."""
    try:
        return step(page, visit)
    except NanniError as error:
        return _refused(visit, error)


def _admitted(page: Page, visit: Visit) -> None:
    """Raise a DeskError unless whoever asks may; of what they sent nothing was read yet."""
    site, request = visit.site, visit.request
    token = request.cookies.get(site.cookie, "")
    visit.session = site.sessions.find(token, site.wall()) if token else None
    # By address unless the session is real: a cookie can be made up for each request.
    site.requests.take(visit.session.digest if visit.session else visit.address)
    if page.method == "POST":
        require_own_origin(request, site.base_url)
    if page.needs == "open":
        return
    if visit.session is None:
        raise SignInError("sign in to see this page")
    role = visit.session.account.role
    if page.needs not in GRANTS[role]:
        raise ForbiddenError(f"your role ({role}) may not do this", next_step="ask an admin if you need it")


def _shown(page: Page, visit: Visit) -> Response:
    _admitted(page, visit)
    return page.handler(visit)


def _done(page: Page, visit: Visit) -> Response:
    if page.needs != "open":
        assert visit.session is not None, "admitted before"
        require_token(visit.form.get(FIELD, [visit.request.headers.get(HEADER, "")])[0], visit.session.csrf)
    if visit.session:
        visit.site.counts.forget(visit.session.account.id)
    return page.handler(visit)


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
