"""What people do together on a ticket, over the API: watchers, tags, category, reminders, files."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Body, Depends, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from desk.api.callers import Caller, allowed, seen, ticket_of
from desk.api.given import Correct
from desk.api.tickets import Key, Reader, require_version, told
from desk.api.versions import Match
from ledger.store import SqlUnitOfWork
from nanni.categories import put_right
from nanni.files import attach, content_of, detach
from tickets.access import Permission
from tickets.attachments import Attachment
from tickets.collaboration import tags, watchers
from tickets.ticket import Ticket

Worker = Annotated[Caller, Depends(allowed(Permission.WORK_TICKETS))]
Number = Annotated[int, Path(ge=1, le=10**9, description="The number of the file.")]
Name = Annotated[str, Query(min_length=1, max_length=300, description="What the file is called.")]
Content = Annotated[bytes, Body(media_type="application/octet-stream", min_length=1)]


class ReminderOut(BaseModel):
    """Somebody who is reminded of the ticket at a time to come."""

    number: int
    person: str
    due_at: datetime


class FileOut(BaseModel):
    """A file on a ticket; its kind is read off its content."""

    number: int
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    by: str

    @staticmethod
    def of(file: Attachment) -> "FileOut":
        """The file without its bytes."""
        return FileOut(
            number=file.number, name=file.name, media_type=file.media_type, size=file.size, sha256=file.digest,
            at=file.at, by=file.by,
        )  # fmt: skip


class TogetherOut(BaseModel):
    """What is beside a ticket; `category` is the theme it is filed under and `category_from` who said so."""

    watchers: list[str]
    tags: list[str]
    category: str | None
    category_from: str | None
    reminders: list[ReminderOut]
    files: list[FileOut]


def together(caller: Reader, key: Key) -> TogetherOut:
    """Watchers, tags, category, reminders to come and files of a ticket."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
        events, filed = uow.tickets.events(key), uow.teamwork.filed([key]).get(key)
        reminders, files = uow.teamwork.reminders(key), uow.teamwork.attachments(key)
    return TogetherOut(
        watchers=[*watchers(events)], tags=[*tags(events)], category=filed[0] if filed else None,
        category_from=filed[1] if filed else None,
        reminders=[ReminderOut(number=one.number, person=one.person, due_at=one.due_at) for one in reminders],
        files=[FileOut.of(file) for file in files],
    )  # fmt: skip


def correct_ticket(caller: Worker, key: Key, body: Correct, if_match: Match = None) -> Any:
    """File a ticket under another theme, or confirm the one it is filed under."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)

    def within(_: SqlUnitOfWork, ticket: Ticket) -> None:
        require_version(seen(caller, ticket), if_match)

    return told(put_right(caller.parts, key, body.category, caller.actor, within))


def attach_file(caller: Worker, key: Key, name: Name, content: Content) -> FileOut:
    """Put a file on a ticket; the body is its bytes."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return FileOut.of(attach(caller.parts, key, name, content, caller.actor))


def read_file(caller: Reader, key: Key, number: Number) -> Response:
    """The bytes of a file, always to be saved and never to be run."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    file, content = content_of(caller.parts, key, number)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def detach_file(caller: Worker, key: Key, number: Number) -> list[FileOut]:
    """Take a file off a ticket; the answer is those that are left."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    detach(caller.parts, key, number, caller.actor)
    with caller.parts.ledger.read() as uow:
        return [FileOut.of(file) for file in uow.teamwork.attachments(key)]
