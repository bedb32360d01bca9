"""Forged forms: a request that changes something must come from one of our own pages and carry its session's token."""

import hmac

from starlette.requests import Request

from desk.errors import ForgedError

FIELD = "csrf"
HEADER = "x-csrf-token"


def require_own_origin(request: Request, base_url: str) -> None:
    """Raise ForgedError for a request that a browser says another site made; `base_url` is ours behind a proxy."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = (None, f"{request.url.scheme}://{request.url.netloc}", base_url.rstrip("/"))
    if site not in (None, "same-origin", "none") or origin not in own:
        raise ForgedError("this form was sent from another site", next_step="open the page at the desk itself")


def require_token(given: str, wanted: str) -> None:
    """Raise ForgedError unless the form carries the token of its session."""
    if not (given and wanted and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())):
        raise ForgedError("this form is too old or not ours", next_step="load the page again and send it once more")
