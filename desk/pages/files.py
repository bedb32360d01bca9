"""Files on tickets: put on, read, taken off, each only by who sees the ticket."""

import json
from urllib.parse import quote

from starlette.responses import Response

from desk.errors import BadFormError
from desk.visit import Visit
from nanni.files import attach, content_of, detach


def put(visit: Visit) -> Response:
    """Attach a file; its kind is read off its content."""
    key, sent = visit.path("key"), visit.files.get("file", [])
    with visit.site.parts.ledger.read() as uow:
        visit.ticket(uow, key)
    if not sent or not sent[0].filename:
        raise BadFormError("no file is chosen", next_step="choose one")
    attach(visit.site.parts, key, sent[0].filename, sent[0].file.read(), visit.person.actor)
    return visit.go(f"/tickets/{key}", json.dumps({"key": "done.file", "ticket": key}))


def take(visit: Visit) -> Response:
    """The file, always to be saved: nothing a customer or colleague sent is ever run in the desk's own name."""
    key = visit.path("key")
    with visit.site.parts.ledger.read() as uow:
        visit.ticket(uow, key)
    file, content = content_of(visit.site.parts, key, _number(visit))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def drop(visit: Visit) -> Response:
    """Take a file off."""
    key = visit.path("key")
    with visit.site.parts.ledger.read() as uow:
        visit.ticket(uow, key)
    detach(visit.site.parts, key, _number(visit), visit.person.actor)
    return visit.go(f"/tickets/{key}", json.dumps({"key": "done.file_gone", "ticket": key}))


def _number(visit: Visit) -> int:
    told = visit.path("number")
    if not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise BadFormError("a file has a number")
    return int(told)
