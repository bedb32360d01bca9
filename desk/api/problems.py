"""Errors of the API as RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from desk.errors import TooManyError, status_of
from feedback.errors import NanniError

MEDIA = "application/problem+json"


class Problem(BaseModel):
    """What went wrong."""

    title: str = Field(description="The kind of problem in a few words.")
    status: int
    detail: str = Field(description="What happened, to what.")
    allowed: str | None = Field(default=None, description="What would be allowed.")
    next_step: str | None = Field(default=None, description="What to do about it.")


STATUSES = (400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 503)
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in STATUSES
}


class PreconditionError(NanniError):
    """If-Match names another version than there is."""


def problem(status: int, detail: str, allowed: str = "", next_step: str = "") -> JSONResponse:
    """A problem as a response."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        allowed=allowed or None,
        next_step=next_step or None,
    )
    return JSONResponse(told.model_dump(exclude_none=True), status, media_type=MEDIA)


async def refused(_: Request, error: Exception) -> Response:
    """One of our own errors."""
    assert isinstance(error, NanniError)
    status = 412 if isinstance(error, PreconditionError) else status_of(error)
    response = problem(status, error.what, error.allowed, error.next_step)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def invalid(_: Request, error: Exception) -> Response:
    """A request that does not fit the document."""
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in error.errors()[:5])
    return problem(422, told)


async def unknown(_: Request, error: Exception) -> Response:
    """An address or method of the API that there is not."""
    assert isinstance(error, HTTPException)
    response = problem(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def failed(request: Request, _: Exception) -> Response:
    """A fault of ours: what it was stands in the log and not in the answer."""
    told = "something went wrong at the desk; whoever runs it finds it in the log"
    if request.url.path.startswith("/api/"):
        return problem(500, told, next_step="try again")
    return PlainTextResponse(f"{told[0].upper()}{told[1:]}. Go back and try again.", 500)
