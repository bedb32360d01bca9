"""What changes while a page is open: who else is there, and that the ticket is another version now."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from desk.errors import TooManyError
from desk.visit import Visit

EVERY = 2.0
LONGEST = 15 * 60
"""Seconds after which a stream ends and the browser asks anew, with its session looked at again."""
STREAMS = 8


def stream(visit: Visit) -> Response:
    """Server-sent events of one ticket: `here` (others, and whether they write) and `version`."""
    key, site = visit.path("key"), visit.site
    with site.parts.ledger.read() as uow:
        visit.ticket(uow, key)
    if not site.streams.enter(visit.person.id, STREAMS):
        raise TooManyError("too many open pages", 10, next_step="close some of them")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit, key), media_type="text/event-stream", headers=headers)


async def _events(visit: Visit, key: str) -> AsyncIterator[str]:
    site, name, told = visit.site, visit.person.name, ""
    until = site.monotonic() + LONGEST
    try:
        while site.monotonic() < until and not await visit.request.is_disconnected():
            site.presence.note(key, name, site.monotonic())
            others = site.presence.others(key, name, site.monotonic())
            version = await run_in_threadpool(_version, visit, key)
            now = json.dumps(
                {"version": version, "others": [{"name": one.name, "writing": one.writing} for one in others]}
            )
            yield f"event: here\ndata: {now}\n\n" if now != told else ": still here\n\n"
            told = now
            if version is None:
                return
            await asyncio.sleep(EVERY)
    finally:
        site.presence.leave(key, name)
        site.streams.leave(visit.person.id)


def _version(visit: Visit, key: str) -> int | None:
    """The ticket's version, None once it may no longer be seen or the session is over."""
    site = visit.site
    token = visit.request.cookies.get(site.cookie, "")
    if site.sessions.find(token, site.wall(), used=False) is None:  # a page left open does not keep anybody signed in
        return None
    with site.parts.ledger.read() as uow:
        ticket = uow.tickets.get(key)
    return ticket.version if visit.sees(ticket) else None


def writing(visit: Visit) -> Response:
    """Somebody began or stopped to write."""
    key = visit.path("key")
    with visit.site.parts.ledger.read() as uow:
        visit.ticket(uow, key)
    visit.site.presence.note(key, visit.person.name, visit.site.monotonic(), writing=visit.field("writing") == "1")
    return Response(status_code=204)
