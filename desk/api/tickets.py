"""Tickets over the API: list, read, explain, and the verbs, each guarded by version and safe to repeat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed, seen, ticket_of
from desk.api.given import BODIES, Given
from desk.api.told import EventOut, TicketLine, TicketOut, TicketPage, WhyOut
from desk.api.versions import Match, NoneMatch, require, tag
from desk.cursors import cursor_text, read_cursor
from desk.days import midnight
from desk.verbs import VERBS, Doing, Verb
from feedback.errors import NotFoundError
from ledger.inbox import inbox_page
from ledger.store import SqlUnitOfWork
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
    zone = caller.parts.workspace.settings.zone

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
    with caller.parts.ledger.read() as uow:
        page = inbox_page(uow.connection, replace(wanted, after=after), limit)
    return TicketPage(
        items=[TicketLine.line(row) for row in page.rows], next=cursor_text(page.next) if page.next else None
    )


def read_ticket(caller: Reader, key: Key, response: Response, if_none_match: NoneMatch = None) -> Any:
    """One ticket, with its version as ETag."""
    with caller.parts.ledger.read() as uow:
        ticket = ticket_of(caller, uow, key)
    if if_none_match == tag(ticket.version):
        return Response(status_code=304, headers={"ETag": tag(ticket.version)})
    response.headers["ETag"] = tag(ticket.version)
    return TicketOut.of(ticket)


def ticket_events(caller: Reader, key: Key) -> list[EventOut]:
    """Everything that happened to a ticket, in order; private notes of others without their words."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
        return [EventOut.of(event) for event in readable(uow.tickets.events(key), caller.token.actor)]


def ticket_why(caller: Reader, key: Key) -> list[WhyOut]:
    """Why a ticket was opened: each response with the account of its decision."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return [
        WhyOut(
            response=one.stored.response.key.response_id, survey=one.stored.response.key.survey,
            submitted_at=one.stored.response.submitted_at, score=one.stored.response.score,
            comments=[comment.text for comment in one.stored.response.comments],
            why=sentence(one.trace, one.stored.response), trace=why_lines(one.trace, one.stored.response),
        )
        for one in explain(caller.parts, key, None)
    ]  # fmt: skip


def verb_endpoint(verb: Verb) -> Callable[..., Any]:
    """The endpoint of one verb, with its own body."""
    body_type = BODIES[verb.name]

    def endpoint(
        caller: Annotated[Caller, Depends(allowed(verb.needs))],
        key: Key,
        body: body_type,  # type: ignore[valid-type]
        if_match: Match = None,
    ) -> Any:
        return _act(caller, key, verb, body, if_match)

    endpoint.__name__ = f"{verb.name.replace('-', '_')}_ticket"
    return endpoint


def _act(caller: Caller, key: str, verb: Verb, body: Given, match: str | None) -> Response:
    parts, fields = caller.parts, body.model_dump(mode="json")

    def within(_: SqlUnitOfWork, ticket: Ticket) -> None:
        seen(caller, ticket)
        require_version(ticket, match)

    doing = Doing(parts, caller.actor, parts.clock(), fields, key)
    try:
        return told(act(parts, key, verb.build(doing), also=within))
    except NotFoundError:
        with parts.ledger.read() as uow:
            ticket_of(caller, uow, key)  # one that is not there is told as one of another team is
        raise


def told(ticket: Ticket) -> Response:
    """A ticket as it is after a change, with its version."""
    return JSONResponse(TicketOut.of(ticket).model_dump(mode="json"), headers={"ETag": tag(ticket.version)})


def require_version(ticket: Ticket, match: str | None) -> None:
    """Raise PreconditionError when an If-Match names another version than the ticket has."""
    require(ticket.version, match, ticket.key)


TICKET_VERBS = tuple(VERBS.values())
