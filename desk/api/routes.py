"""The one table of the API: what there is, and the scope each address asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter

from desk.api import helping, operations, regrouping, teamwork, tickets
from desk.api.callers import TokenFirst
from desk.api.problems import RESPONSES, Problem
from desk.api.told import TicketOut
from tickets.access import Permission as P

PREFIX = "/api/v1"
OK: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, to be sent as If-Match."}}}
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in ("text/csv", "application/jsonl", "application/vnd.apache.parquet")}}
}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The version asked about is the current one."}}


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its endpoint depends on `needs` itself; a test holds the two together."""

    method: Literal["GET", "POST"]
    path: str
    endpoint: Callable[..., Any]
    needs: P
    responses: dict[int | str, dict[str, Any]]
    model: Any = None


ADDRESSES: tuple[Address, ...] = (
    Address("GET", "/me", operations.me, P.READ_TICKETS, {}),
    Address("GET", "/tickets", tickets.list_tickets, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}", tickets.read_ticket, P.READ_TICKETS, {**OK, **UNCHANGED}, TicketOut),
    Address("GET", "/tickets/{key}/events", tickets.ticket_events, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}/why", tickets.ticket_why, P.READ_TICKETS, {}),
    *(
        Address("POST", f"/tickets/{{key}}/{verb.name}", tickets.verb_endpoint(verb), verb.needs, OK, TicketOut)
        for verb in tickets.TICKET_VERBS
    ),
    Address("POST", "/tickets/{key}/merge", regrouping.merge_ticket, P.WORK_TICKETS, OK, TicketOut),
    Address("POST", "/tickets/{key}/unmerge", regrouping.unmerge_ticket, P.WORK_TICKETS, OK, TicketOut),
    Address("POST", "/tickets/{key}/split", regrouping.split_ticket, P.WORK_TICKETS, OK, TicketOut),
    Address("POST", "/tickets/{key}/correct", teamwork.correct_ticket, P.WORK_TICKETS, OK, TicketOut),
    Address("GET", "/tickets/{key}/together", teamwork.together, P.READ_TICKETS, {}),
    Address("POST", "/tickets/{key}/files", teamwork.attach_file, P.WORK_TICKETS, {}),
    Address("GET", "/tickets/{key}/files/{number}", teamwork.read_file, P.READ_TICKETS, BYTES),
    Address("POST", "/tickets/{key}/files/{number}/drop", teamwork.detach_file, P.WORK_TICKETS, {}),
    Address("GET", "/tickets/{key}/similar", helping.similar_tickets, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}/advice", helping.advice, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}/replies/{name}", helping.read_reply, P.READ_TICKETS, {}),
    Address("GET", "/replies", helping.reply_names, P.READ_TICKETS, {}),
    Address("GET", "/articles", helping.search_articles, P.READ_TICKETS, {}),
    Address("GET", "/export/tickets", operations.export_tickets, P.EXPORT, FILE),
    Address("GET", "/export/events", operations.export_events, P.EXPORT, FILE),
    Address("GET", "/runs", operations.runs, P.READ_RUNS, {}),
    Address("GET", "/quarantine", operations.quarantine, P.READ_RUNS, {}),
    Address("POST", "/quarantine/release", operations.release, P.RELEASE_QUARANTINE, {}),
    Address("GET", "/audit", operations.audit, P.READ_AUDIT, {}),
)


def api_router() -> APIRouter:
    """The API's routes with their documents."""
    router = APIRouter(prefix=PREFIX, tags=["v1"], route_class=TokenFirst)
    for one in ADDRESSES:
        named: dict[str, Any] = {"response_model": one.model} if one.model else {}
        router.add_api_route(
            one.path, one.endpoint, methods=[one.method],
            responses=RESPONSES | {**one.responses, 400: {**RESPONSES[400], "model": Problem}}, **named,
        )  # fmt: skip
    return router
