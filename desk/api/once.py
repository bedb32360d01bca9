"""Idempotency-Key: a request sent again is answered as it was the first time, and acts once.

The key is written down in the first transaction that the request commits, so a crash leaves either both or neither.
"""

import hashlib
import json
import re
from copy import copy
from typing import Annotated

from fastapi import Header, Request
from starlette.responses import Response

from desk.site import Site
from feedback.errors import StaleWriteError
from ledger.replays import Answer, Once, keep_answer, remember, replay
from ledger.store import SqlUnitOfWork
from nanni.parts import Parts

HEADER = "Idempotency-Key"
PATTERN = r"^[\x21-\x7e]{1,100}$"
REPLAYED = "Idempotency-Replayed"


def documented(
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=PATTERN,
            description="A key of your own: within seven days the same request with it is answered as before and "
            "changes nothing more; another request with it is a conflict.",
        ),
    ] = None,
) -> None:
    """What every POST depends on, so that its document names the header and a bad key is refused."""


def key_of(request: Request) -> str | None:
    """The key of a request that has a usable one."""
    key = request.headers.get(HEADER)
    return key if key and request.method == "POST" and re.fullmatch(PATTERN, key) else None


def asked(token: int, key: str, request: Request, body: bytes) -> Once:
    """What the key stands for: method, address, If-Match and body; how JSON is spaced does not matter."""
    sent = body.hex()
    if "json" in request.headers.get("content-type", "application/json"):
        try:
            sent = json.dumps(json.loads(body), sort_keys=True)
        except (ValueError, RecursionError):
            pass  # what is no JSON is told apart by its bytes
    url, match = request.url, request.headers.get("if-match")
    told = json.dumps([request.method, url.path, url.query, match, sent])
    return Once(token, key, hashlib.sha256(told.encode()).hexdigest())


def answered(site: Site, once: Once) -> Response | None:
    """The answer that this very request got before; None for a new key. Raises StaleWriteError for another request."""
    with site.parts.ledger.read() as uow:
        before = replay(uow.connection, once.token, once.key)
    if before is None:
        return None
    if before.request != once.request:
        raise StaleWriteError("this Idempotency-Key was used for another request", next_step="use a key of its own")
    if before.answer is None:
        raise StaleWriteError(
            "this request was carried out, wholly or in part, and its answer is not kept",
            next_step="read what it should have changed before you send it with another key",
        )
    headers = {REPLAYED: "true", **({"ETag": before.answer.etag} if before.answer.etag else {})}
    return Response(before.answer.body, before.answer.status, headers, "application/json")


def remembering(site: Site, once: Once) -> Parts:
    """The site's parts with a ledger whose first transaction writes the key down."""
    parts, at = copy(site.parts), site.wall()

    def first(uow: SqlUnitOfWork) -> None:
        remember(uow.connection, once, at)

    parts.ledger = site.parts.ledger.after(first)
    return parts


def keep(site: Site, once: Once, response: Response) -> None:
    """Keep the answer to a request that was done."""
    answer = Answer(response.status_code, bytes(response.body).decode(), response.headers.get("etag"))
    with site.parts.ledger.begin() as uow:
        keep_answer(uow.connection, once, answer, site.wall())
