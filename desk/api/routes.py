"""The one table of the API: what there is, and the scope each address asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Depends

from desk.api import (
    helping,
    lives,
    once,
    operations,
    outer_loop,
    regrouping,
    restraint,
    rules,
    teamwork,
    tickets,
    upkeep,
)
from desk.api.callers import TokenFirst
from desk.api.documents import Document, DocumentPage, Documents
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
    Address("GET", "/articles", helping.list_articles, P.READ_TICKETS, {}),
    Address("GET", "/articles/search", helping.search_articles, P.READ_TICKETS, {}),
    Address("GET", "/articles/gaps", helping.gaps, P.READ_OUTER_LOOP, {}),
    Address("POST", "/articles/drafts", helping.write_drafts, P.WORK_OUTER_LOOP, {}),
    Address("GET", "/tickets/{key}/story", lives.story, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}/sla", lives.sla, P.READ_TICKETS, {}, Document),
    Address("GET", "/tickets/{key}/routing", lives.routing, P.READ_TICKETS, {}),
    Address("GET", "/tickets/{key}/why-not", lives.why_not, P.READ_TICKETS, {}, Documents),
    Address("GET", "/tickets/{key}/survey", lives.survey_address, P.WORK_TICKETS, {}),
    Address("POST", "/tickets/{key}/categorise", lives.categorise, P.WORK_TICKETS, {}),
    Address("POST", "/survey-answers", lives.answer_survey, P.WORK_TICKETS, {}),
    Address("GET", "/root-causes", lives.root_causes, P.READ_TICKETS, {}),
    Address("GET", "/checklist", lives.checklist, P.READ_TICKETS, {}),
    Address("GET", "/why", lives.response_why, P.READ_POLICY, {}, Document),
    Address("GET", "/review", restraint.items, P.REVIEW, {}, Documents),
    Address("POST", "/review/{item}/open", restraint.open_item, P.REVIEW, {}),
    Address("POST", "/review/{item}/dismiss", restraint.dismiss_item, P.REVIEW, {}),
    Address("GET", "/held", restraint.held, P.REVIEW, {}, Documents),
    Address("GET", "/storms", restraint.storms, P.READ_DASHBOARD, {}, Documents),
    Address("GET", "/storms/{number}", restraint.storm, P.READ_DASHBOARD, {}, Document),
    Address("POST", "/storms/{number}/close", restraint.close_storm, P.REVIEW, {}, Document),
    Address("GET", "/rules/schema", rules.schema, P.READ_POLICY, {}, Document),
    Address("POST", "/rules/check", rules.check, P.READ_POLICY, {}, Document),
    Address("POST", "/rules/test", rules.test, P.READ_POLICY, {}, Document),
    Address("POST", "/rules/backtest", rules.backtest, P.READ_POLICY, {}, Document),
    Address("GET", "/rules/canary", rules.canary, P.READ_POLICY, {}, Document | None),
    Address("POST", "/rules/canary/stop", rules.stop_canary, P.OPERATE, {}, Document),
    Address("GET", "/themes", outer_loop.themes, P.READ_OUTER_LOOP, {}),
    Address("GET", "/themes/history", outer_loop.theme_history, P.READ_OUTER_LOOP, {}),
    Address("GET", "/themes/{id}", outer_loop.theme, P.READ_OUTER_LOOP, OK),
    Address("POST", "/themes/{id}/rename", outer_loop.rename_theme, P.WORK_OUTER_LOOP, OK),
    Address("POST", "/themes/{id}/merge", outer_loop.merge_theme, P.WORK_OUTER_LOOP, OK),
    Address("POST", "/themes/{id}/pin", outer_loop.pin_theme, P.WORK_OUTER_LOOP, OK),
    Address("GET", "/outer-loop/alarms", outer_loop.alarms, P.READ_OUTER_LOOP, {}),
    Address("GET", "/outer-loop/drivers", outer_loop.drivers, P.READ_OUTER_LOOP, {}, Document),
    Address("GET", "/outer-loop/causes", outer_loop.causes, P.READ_OUTER_LOOP, {}, Documents),
    Address("GET", "/outer-loop/repeats", outer_loop.repeats, P.READ_OUTER_LOOP, {}, Documents),
    Address("GET", "/outer-loop/operations", outer_loop.expected, P.READ_OUTER_LOOP, {}, Document),
    Address("GET", "/outer-loop/nowcast", outer_loop.nowcast, P.READ_OUTER_LOOP, {}, Document),
    Address("POST", "/outer-loop/refresh", upkeep.refresh, P.OPERATE, {}),
    Address("GET", "/initiatives", outer_loop.all_initiatives, P.READ_OUTER_LOOP, {}),
    Address("POST", "/initiatives", outer_loop.add_initiative, P.WORK_OUTER_LOOP, {}),
    Address("GET", "/initiatives/{id}/effect", outer_loop.effect, P.READ_OUTER_LOOP, {}, Document),
    Address("POST", "/initiatives/{id}/tell", outer_loop.tell, P.WORK_OUTER_LOOP, {}),
    Address("GET", "/routing/coverage", upkeep.coverage, P.READ_TEAMS, {}),
    Address("GET", "/routing/queue", upkeep.queue, P.READ_TICKETS, {}),
    Address("POST", "/routing/drain", upkeep.drain, P.OPERATE, {}),
    Address("POST", "/routing/hand-over", upkeep.hand_over, P.BULK_TICKETS, {}),
    Address("GET", "/sla/facts", upkeep.sla_facts, P.READ_RUNS, {}, DocumentPage),
    Address("POST", "/sla/record", upkeep.record_sla, P.OPERATE, {}),
    Address("POST", "/sla/escalate", upkeep.climb, P.OPERATE, {}),
    Address("POST", "/reminders/send", upkeep.send_reminders, P.OPERATE, {}),
    Address("POST", "/sla/recompute", upkeep.recompute_sla, P.OPERATE, {}),
    Address("GET", "/notices", upkeep.notices, P.READ_RUNS, {}, DocumentPage),
    Address("POST", "/notices/deliver", upkeep.deliver, P.OPERATE, {}),
    Address("POST", "/notices/replay", upkeep.replay, P.OPERATE, {}),
    Address("POST", "/close-the-loop", upkeep.close_the_loop, P.OPERATE, {}),
    Address("GET", "/doctor", upkeep.doctor, P.READ_RUNS, {}),
    Address("GET", "/audit/chains", upkeep.chains, P.READ_AUDIT, {}),
    Address("GET", "/quarantine/{row}", upkeep.quarantined, P.READ_RUNS, {}, Document),
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
        once_only = [Depends(once.documented)] if one.method == "POST" else []
        router.add_api_route(
            one.path, one.endpoint, methods=[one.method], dependencies=once_only,
            responses=RESPONSES | {**one.responses, 400: {**RESPONSES[400], "model": Problem}}, **named,
        )  # fmt: skip
    return router
