"""One ticket: what was said and why it matters, what happened, and what can be done about it."""

import json
from typing import Any

from starlette.responses import Response

from desk.errors import BadFormError, ForbiddenError
from desk.verbs import VERBS, Doing, Verb, possible
from desk.visit import Visit, no_ticket
from feedback.errors import NotFoundError
from ledger.store import SqlUnitOfWork
from ledger.storms import SqlStormStore
from nanni.initiatives import listed
from nanni.ticket_view import current, ticket_view, together_on, visible
from nanni.work import act
from tickets.access import GRANTS
from tickets.collaboration import readable
from tickets.collision import CollisionError
from tickets.events import TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.problem import RULE as STORM
from tickets.ticket import Priority, Ticket

MANY = ("checked",)
"""Fields that a form can send several of."""


def show(visit: Visit) -> Response:
    """The ticket's page."""
    return _page(visit, visit.path("key"))


def _page(visit: Visit, key: str, status: int = 200, **more: Any) -> Response:
    parts, now = visit.site.parts, visit.site.now
    with parts.ledger.read() as uow:
        view = ticket_view(parts, uow, visit.ticket(uow, key), now, visit.person.actor)
        together, around = together_on(uow, view), _around(visit, uow, view.ticket)
    verbs = possible(view.ticket, GRANTS[visit.person.role])
    named: dict[str, Any] = {
        "view": view,
        "ticket": view.ticket,
        "sla": current(view.sla),
        "timeline": visible(view.events),
        "theme": parts.workspace.taxonomy.name(view.ticket.theme) if view.ticket.theme else "",
        "verbs": {verb.name: verb for verb in verbs},
        "routing": parts.workspace.routing,
        "root_causes": parts.workspace.sla.root_causes,
        "priorities": [one for one in Priority if one is not view.ticket.priority],
        "mentionable": ", @".join(one for one, _ in visit.site.people.owners[:12]),
        "together": together,
        "initiatives": {one.id: one.title for one in listed(parts)},
        "teamwork": parts.workspace.teamwork,
        "checklist": parts.workspace.closing.checklist,
        "others": visit.site.presence.others(key, visit.person.name, visit.site.monotonic()),
        "drafts": {},
        "draft_verb": "",
        "problem": None,
        "missed": (),
        **around,
        **more,
    }
    return visit.page("ticket.html", status, **named)


def _around(visit: Visit, uow: SqlUnitOfWork, ticket: Ticket) -> dict[str, Any]:
    """The tickets it stands together with: merged into it, the problem it belongs to, those of the problem it is."""
    store, scope = SqlStormStore(uow.connection), visit.scope
    children = store.children(ticket.key) if ticket.rule == STORM else []
    return {
        "merged": uow.tickets.merged(ticket.key),
        "problem_of": store.parents([ticket.key]).get(ticket.key),
        "children": [key for key in children if scope.teams is None or visit.sees(uow.tickets.get(key))],
    }


def do(visit: Visit) -> Response:
    """Do one verb; a change that no longer fits comes back with what was missed and what was written."""
    key, verb = visit.path("key"), _verb(visit)
    try:
        before, after = perform(visit, key, verb)
    except CollisionError as error:
        return _page(visit, key, 409, problem=error, missed=_missed(visit, error), **_drafts(visit, verb))
    except (LifecycleError, BadFormError) as error:
        return _page(visit, key, 422, problem=error, **_drafts(visit, verb))
    seen = visit.number("version")
    merged = seen is not None and before.version > seen
    told = {"key": "ticket.merged" if merged else f"done.{verb.name}", "ticket": key}
    left = not visit.sees(after)
    return visit.go("/inbox" if left else f"/tickets/{key}", json.dumps(told))


def perform(visit: Visit, key: str, verb: Verb) -> tuple[Ticket, Ticket]:
    """Do it in one transaction in which the scope is looked at too; the ticket before and after."""
    parts, before = visit.site.parts, list[Ticket]()

    def within(uow: SqlUnitOfWork, ticket: Ticket) -> None:
        if not visit.sees(ticket):
            raise no_ticket(key)
        before.append(ticket)

    fields = {name: " ".join(visit.form.get(name, [])).strip() for name in MANY} | {
        name: visit.field(name) for name in verb.fields if name not in MANY
    }
    doing = Doing(parts, visit.person.actor, parts.clock(), fields, key)
    try:
        done = verb.build(doing)
        after = act(parts, key, done, seen=visit.number("version"), adds=verb.adds, also=within)
    except NotFoundError as error:
        raise missing(visit, key, error) from error
    return before[0], after


def missing(visit: Visit, key: str, error: NotFoundError) -> NotFoundError:
    """The same answer for a ticket that is not there and for one of another team; other errors as they are."""
    try:
        with visit.site.parts.ledger.read() as uow:
            visit.ticket(uow, key)
    except NotFoundError as gone:
        return gone
    return error


def _missed(visit: Visit, error: CollisionError) -> tuple[TicketEvent, ...]:
    """What happened meanwhile, as this person may read it."""
    return readable(error.missed, visit.person.actor)


def _verb(visit: Visit) -> Verb:
    verb = VERBS.get(visit.path("verb"))
    if verb is None:
        raise NotFoundError(f"there is nothing called {visit.path('verb')!r} to do", next_step="go back to the ticket")
    if verb.needs not in GRANTS[visit.person.role]:
        raise ForbiddenError(f"your role ({visit.person.role}) may not do this", next_step="ask a lead")
    return verb


def _drafts(visit: Visit, verb: Verb) -> dict[str, Any]:
    return {"drafts": {name: visit.field(name) for name in verb.fields}, "draft_verb": verb.name}
