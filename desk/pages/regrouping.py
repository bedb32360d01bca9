"""One trouble in one ticket, two troubles in two: merge, take a merge back, split."""

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from desk.errors import BadFormError
from desk.visit import Visit, no_ticket
from feedback.errors import NotFoundError
from nanni import regrouping
from nanni.ticket_view import ticket_view
from tickets.collision import CollisionError, refuse_collision
from tickets.lifecycle import LifecycleError
from tickets.merging import Log
from tickets.ticket import Ticket


def show(visit: Visit) -> Response:
    """What can be put together and taken apart."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, **more: Any) -> Response:
    parts, key = visit.site.parts, visit.path("key")
    with parts.ledger.read() as uow:
        view = ticket_view(parts, uow, visit.ticket(uow, key), visit.site.now, visit.person.actor)
        merged = [one for one in uow.tickets.merged(key) if visit.sees(one)]
    others = [one for one in view.history if one.live and one.merged_into is None and visit.sees(one)]
    taxonomy = parts.workspace.taxonomy
    shown: dict[str, Any] = {
        "view": view, "ticket": view.ticket, "others": others, "merged": merged, "problem": None,
        "themes": [(one, taxonomy.name(one)) for one in taxonomy.ids if one != view.ticket.theme], **more,
    }  # fmt: skip
    return visit.page("regroup.html", status, **shown)


def merge(visit: Visit) -> Response:
    """Another ticket of the customer is taken over by this one."""
    key, child, reason = visit.path("key"), visit.field("child"), _reason(visit)
    return _done(
        visit,
        "merged",
        lambda also: regrouping.merge_tickets(visit.site.parts, child, key, visit.person.actor, reason, also),
        child,
    )


def unmerge(visit: Visit) -> Response:
    """A merge is taken back: `child` stands alone again."""
    child, reason = visit.field("child") or visit.path("key"), _reason(visit)
    return _done(
        visit,
        "unmerged",
        lambda also: regrouping.unmerge_ticket(visit.site.parts, child, visit.person.actor, reason, also),
        child,
    )


def split(visit: Visit) -> Response:
    """Some responses become a ticket of their own."""
    chosen, theme, reason = visit.form.get("response", []), visit.field("theme"), _reason(visit)
    if theme not in visit.site.parts.workspace.taxonomy.ids:
        raise BadFormError("what is the new ticket about?", next_step="choose a theme")
    actor, key = visit.person.actor, visit.path("key")
    return _done(
        visit,
        "split",
        lambda also: regrouping.split_ticket(visit.site.parts, key, chosen, theme, actor, reason, also),
        "",
    )


def _done(visit: Visit, what: str, do: Callable[[regrouping.Check], Ticket], child: str) -> Response:
    """Do it where the person sees every ticket concerned and nobody was faster; else say why not."""
    key, seen = visit.path("key"), visit.number("version")

    def also(log: Log) -> None:
        if not visit.sees(log.ticket):
            raise no_ticket(log.ticket.key)
        if log.ticket.key == key and seen is not None:
            refuse_collision(log.ticket, log.events, seen, adds=False)

    try:
        after = do(also)
    except NotFoundError as error:
        raise no_ticket(child or key) from error
    except CollisionError as error:
        return _page(visit, 409, problem=error)
    except LifecycleError as error:
        return _page(visit, 422, problem=error)
    told = {"key": f"regroup.{what}_done", "ticket": child or after.key, "into": key}
    return visit.go(f"/tickets/{key}", json.dumps(told))


def _reason(visit: Visit) -> str:
    reason = visit.field("reason")[:300]
    if not reason:
        raise BadFormError("a reason is missing", next_step="say in a few words why")
    return reason
