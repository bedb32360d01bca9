"""The desk as one application: the pages of `routes`, static files, security headers around everything."""

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from desk.api.bodies import BodyLimit
from desk.api.problems import failed, invalid, refused, unknown
from desk.api.routes import PREFIX, api_router
from desk.routes import PAGES
from desk.security.headers import SecureHeaders
from desk.security.limits import RateLimit
from desk.security.passwords import Passwords
from desk.serving import LARGEST_FORM, LARGEST_UPLOAD, Page, missing, served
from desk.site import STATIC, Site
from feedback.errors import NanniError
from nanni.parts import Parts
from nanni.wiring import system_clock

BURST, PER_SECOND = 120, 10.0
THREADS = 8
"""Pages made at the same time. They share one interpreter: more of them only make each other slower."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_desk(
    parts: Parts,
    *,
    base_url: str = "",
    wall: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    passwords: Passwords | None = None,
) -> FastAPI:
    """The desk of a wired workspace. `base_url` is where people reach it (default: `desk_url` of nanni.yaml)."""
    url = base_url or parts.workspace.settings.file.desk_url
    site = Site(parts, wall, monotonic, url, passwords or Passwords(), RateLimit(BURST, PER_SECOND, monotonic))
    app = DeskApp(
        title="Nanni", version=version("nanni"), openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None,
        lifespan=_few_threads,
        description="Customer feedback into owned tickets. Requests carry a service token; errors are problem+json.",
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(url), www_redirect=False),
            Middleware(BodyLimit, prefix=f"{PREFIX}/", largest=LARGEST_FORM, file=LARGEST_UPLOAD),
        ],
        routes=_routes(site),
        exception_handlers={
            NanniError: refused, RequestValidationError: invalid, HTTPException: _nowhere(site), Exception: failed,
        },
    )  # fmt: skip
    app.include_router(api_router())
    app.state.site = site
    return app


def _nowhere(site: Site) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    """What answers an address that there is not: the API to programs, the pages to everybody else."""
    page = missing(site)

    async def told(request: Request, error: Exception) -> Response:
        return await (unknown if request.url.path.startswith("/api/") else page)(request, error)

    return told


@asynccontextmanager
async def _few_threads(_: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    yield


def _routes(site: Site) -> list[BaseRoute]:
    pages = [Route(page.path, served(site, page), methods=[page.method], name=_name(page)) for page in PAGES]
    return [*pages, Mount("/static", CachedFiles(directory=STATIC), name="static")]


def _name(page: Page) -> str:
    return page.path.strip("/") if page.method == "GET" else f"{page.method} {page.path}"


class DeskApp(FastAPI):
    """FastAPI, with our headers around its own error page too: a fault is answered outside of all middleware."""

    def build_middleware_stack(self) -> ASGIApp:
        """The stack within the headers."""
        return SecureHeaders(super().build_middleware_stack(), self.state.site.encrypted)


class CachedFiles(StaticFiles):
    """Static files, whose addresses change with their content: a browser need not ask twice."""

    def file_response(self, *args: object, **named: object) -> Response:
        """The file, to be kept for a year."""
        response = super().file_response(*args, **named)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _hosts(url: str) -> list[str]:
    named = urlsplit(url).hostname
    return [*LOOPBACK, *([named] if named else [])]
