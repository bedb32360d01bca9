"""The one table of the API: what there is, and the scope each address asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter

from desk.api import operations, tickets
from desk.api.models import TicketOut
from desk.api.problems import RESPONSES, Problem
from tickets.access import Permission as P

PREFIX = "/api/v1"
OK: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, to be sent as If-Match."}}}
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in ("text/csv", "application/jsonl", "application/vnd.apache.parquet")}}
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
    Address("GET", "/export/tickets", operations.export_tickets, P.EXPORT, FILE),
    Address("GET", "/export/events", operations.export_events, P.EXPORT, FILE),
    Address("GET", "/runs", operations.runs, P.READ_RUNS, {}),
    Address("GET", "/quarantine", operations.quarantine, P.READ_RUNS, {}),
    Address("POST", "/quarantine/release", operations.release, P.RELEASE_QUARANTINE, {}),
    Address("GET", "/audit", operations.audit, P.READ_AUDIT, {}),
)


def api_router() -> APIRouter:
    """The API's routes with their documents."""
    router = APIRouter(prefix=PREFIX, tags=["v1"])
    for one in ADDRESSES:
        named: dict[str, Any] = {"response_model": one.model} if one.model else {}
        router.add_api_route(
            one.path, one.endpoint, methods=[one.method],
            responses=RESPONSES | {**one.responses, 400: {**RESPONSES[400], "model": Problem}}, **named,
        )  # fmt: skip
    return router
