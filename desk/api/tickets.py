"""Tickets over the API: list, read, explain, and the verbs, each guarded by version and safe to repeat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed, request_digest, seen, ticket_of
from desk.api.given import BODIES, Given
from desk.api.problems import PreconditionError
from desk.api.told import EventOut, TicketLine, TicketOut, TicketPage, WhyOut
from desk.cursors import cursor_text, read_cursor
from desk.days import midnight
from desk.verbs import VERBS, Doing, Verb
from feedback.errors import NanniError, NotFoundError, StaleWriteError
from ledger.inbox import inbox_page
from ledger.store import SqlUnitOfWork
from ledger.tokens import Replay, remember, replay
from nanni.explaining import explain
from nanni.work import act
from tickets.access import Permission
from tickets.collaboration import readable
from tickets.inbox import InboxFilter, Kept
from tickets.ticket import Priority, Status, Ticket
from triggers.explain import sentence, why_lines
from triggers.policy import Severity

Key = Annotated[str, Path(pattern=r"^N-[1-9][0-9]{0,17}$", description="A ticket's key, for example N-17.")]
Reader = Annotated[Caller, Depends(allowed(Permission.READ_TICKETS))]
Match = Annotated[str | None, Header(description='The version the change is meant for, as in the ETag: `"5"`.')]
Once = Annotated[
    str | None,
    Header(pattern=r"^[\x21-\x7e]{1,100}$", description="A key of your own: the same request again changes nothing."),
]


class ReplayedError(NanniError):
    """The key was used for this very request before; carries what came of it."""

    def __init__(self, done: Replay) -> None:
        super().__init__("this request was answered before", where=done.ticket)
        self.done = done


def filtered(
    caller: Reader,
    status: Status | None = None,
    severity: Severity | None = None,
    priority: Priority | None = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    survey: Annotated[str | None, Query(max_length=100)] = None,
    theme: Annotated[str | None, Query(max_length=100)] = None,
    q: Annotated[str, Query(max_length=200, description="Words a comment has.")] = "",
    live: bool = False,
    kept: Kept | None = None,
    opened_from: date | None = None,
    opened_until: date | None = None,
) -> InboxFilter:
    """The filter of a list or an export. Days begin at midnight where the workspace is."""
    zone = caller.site.parts.workspace.settings.zone

    return InboxFilter(
        scope=caller.token.scope, statuses=(status,) if status else (), severity=severity, priority=priority, team=team,
        owner=owner, survey=survey, theme=theme, words=q, live=live, kept=kept,
        opened_from=midnight(opened_from, zone, "opened_from") if opened_from else None,
        opened_until=midnight(opened_until, zone, "opened_until") if opened_until else None,
    )  # fmt: skip


Filtered = Annotated[InboxFilter, Depends(filtered)]


def list_tickets(
    caller: Reader,
    wanted: Filtered,
    cursor: Annotated[str, Query(max_length=300, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketPage:
    """Tickets: live ones in the order of work, otherwise the latest first."""
    after = read_cursor(cursor) if cursor else None
    with caller.site.parts.ledger.read() as uow:
        page = inbox_page(uow.connection, replace(wanted, after=after), limit)
    return TicketPage(
        items=[TicketLine.line(row) for row in page.rows], next=cursor_text(page.next) if page.next else None
    )


def read_ticket(
    caller: Reader, key: Key, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> Any:
    """One ticket, with its version as ETag."""
    with caller.site.parts.ledger.read() as uow:
        ticket = ticket_of(caller, uow, key)
    if if_none_match == tag(ticket):
        return Response(status_code=304, headers={"ETag": tag(ticket)})
    response.headers["ETag"] = tag(ticket)
    return TicketOut.of(ticket)


def ticket_events(caller: Reader, key: Key) -> list[EventOut]:
    """Everything that happened to a ticket, in order; private notes of others without their words."""
    with caller.site.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
        return [EventOut.of(event) for event in readable(uow.tickets.events(key), caller.token.actor)]


def ticket_why(caller: Reader, key: Key) -> list[WhyOut]:
    """Why a ticket was opened: each response with the account of its decision."""
    with caller.site.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return [
        WhyOut(
            response=one.stored.response.key.response_id, survey=one.stored.response.key.survey,
            submitted_at=one.stored.response.submitted_at, score=one.stored.response.score,
            comments=[comment.text for comment in one.stored.response.comments],
            why=sentence(one.trace, one.stored.response), trace=why_lines(one.trace, one.stored.response),
        )
        for one in explain(caller.site.parts, key, None)
    ]  # fmt: skip


def verb_endpoint(verb: Verb) -> Callable[..., Any]:
    """The endpoint of one verb, with its own body."""
    body_type = BODIES[verb.name]

    def endpoint(
        request: Request,
        caller: Annotated[Caller, Depends(allowed(verb.needs))],
        key: Key,
        body: body_type,  # type: ignore[valid-type]
        if_match: Match = None,
        idempotency_key: Once = None,
    ) -> Any:
        return _act(request, caller, key, verb, body, if_match, idempotency_key)

    endpoint.__name__ = f"{verb.name.replace('-', '_')}_ticket"
    return endpoint


def _act(
    request: Request, caller: Caller, key: str, verb: Verb, body: Given, match: str | None, once: str | None
) -> Response:
    parts, token, fields = caller.site.parts, caller.token, body.model_dump(mode="json")
    digest = request_digest(request.method, request.url.path, match, fields)

    def within(uow: SqlUnitOfWork, ticket: Ticket) -> None:
        seen(caller, ticket)
        if once is not None:
            _once(uow, caller, once, Replay(digest, 200, key))
        require_version(ticket, match)

    doing = Doing(parts, token.actor, parts.clock(), fields, key)
    try:
        after = act(parts, key, verb.build(doing), also=within)
        replayed = False
    except NotFoundError:
        with parts.ledger.read() as uow:
            ticket_of(caller, uow, key)  # one that is not there is told as one of another team is
        raise
    except ReplayedError as error:
        with parts.ledger.read() as uow:
            after, replayed = uow.tickets.get(error.done.ticket), True
    headers = {"ETag": tag(after), **({"Idempotency-Replayed": "true"} if replayed else {})}
    return JSONResponse(TicketOut.of(after).model_dump(mode="json"), headers=headers)


def require_version(ticket: Ticket, match: str | None) -> None:
    """Raise PreconditionError when an If-Match names another version than the ticket has."""
    if match is not None and match not in (tag(ticket), "*"):
        told = f"the ticket is at version {ticket.version}"
        raise PreconditionError(told, where=ticket.key, next_step="read it again, then send the change with its ETag")


def _once(uow: SqlUnitOfWork, caller: Caller, once: str, wanted: Replay) -> None:
    """Remember the key in the transaction that acts; refuse it for anything else."""
    before = replay(uow.connection, caller.token.id, once)
    if before is None:
        remember(uow.connection, caller.token.id, once, wanted, caller.site.wall())
    elif before.request == wanted.request:
        raise ReplayedError(before)
    else:
        raise StaleWriteError("this Idempotency-Key was used for another request", next_step="use a key of its own")


def tag(ticket: Ticket) -> str:
    """A ticket's version as an ETag."""
    return f'"{ticket.version}"'


TICKET_VERBS = tuple(VERBS.values())
