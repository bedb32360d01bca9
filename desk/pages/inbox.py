"""The inbox: boxes, filters, search, saved views, and doing one thing to many tickets with a way back."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from desk.cursors import cursor_text, read_cursor
from desk.errors import BadFormError
from desk.pages.bulk import Undo
from desk.visit import Visit
from ledger.accounts import drop_view, save_view, views_of
from ledger.inbox import COUNTED, box_counts, inbox_page, matching
from tickets.inbox import Box, InboxFilter, Kept
from tickets.ticket import Priority, Status
from triggers.policy import Severity

SOON = timedelta(hours=4)
FILTERS = (
    "team",
    "owner",
    "status",
    "severity",
    "priority",
    "survey",
    "theme",
    "q",
    "kept",
    "live",
    "opened_from",
    "opened_until",
    "resolved_from",
    "resolved_until",
)
K = TypeVar("K", Box, Status, Severity, Priority, Kept)


def show(visit: Visit) -> Response:
    """One page of a box."""
    wanted, taxonomy = wanted_of(visit), visit.site.parts.workspace.taxonomy
    with visit.site.parts.ledger.read() as uow:
        page = inbox_page(uow.connection, wanted)
        counts = box_counts(uow.connection, wanted, [box for box in Box if box is not Box.ALL])
        views = views_of(uow.connection, visit.person.id)
        total = matching(uow.connection, replace(wanted, after=None)) if _asked(visit) and not wanted.words else None
    more = urlencode({**_query(visit), "after": cursor_text(page.next)}) if page.next else ""
    return visit.page(
        "inbox.html",
        box=wanted.box,
        wanted=wanted,
        page=page,
        counts=counts,
        counted=COUNTED,
        views=views,
        total=total,
        more=more,
        asked=_asked(visit),
        undo_told=Undo.read(visit.session.undo).told if visit.session else 0,
        routing=visit.site.parts.workspace.routing,
        surveys=visit.site.parts.workspace.surveys,
        themes=[(one, taxonomy.name(one)) for one in taxonomy.ids],
        choices=Choices(),
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    boxes: tuple[Box, ...] = tuple(Box)
    statuses: tuple[Status, ...] = tuple(Status)
    severities: tuple[Severity, ...] = tuple(Severity)
    priorities: tuple[Priority, ...] = tuple(Priority)


def wanted_of(visit: Visit) -> InboxFilter:
    """The filter that the address asks for. Raises BadFormError for a value there is none of."""
    site, person, routing = visit.site, visit.person, visit.site.parts.workspace.routing
    now = site.now
    present = [one.id for team in routing.teams for one in team.members if routing.roster.away(one.id, now) is None]
    return InboxFilter(
        box=_box(visit),
        scope=person.scope,
        member=person.actor,
        present=tuple(dict.fromkeys(present)),
        fallback=routing.fallback.owner,
        soon=now + SOON,
        statuses=(_one(visit, "status", Status),) if visit.query("status") else (),
        team=visit.query("team") or None,
        owner=visit.query("owner") or None,
        severity=_one(visit, "severity", Severity) if visit.query("severity") else None,
        priority=_one(visit, "priority", Priority) if visit.query("priority") else None,
        survey=visit.query("survey") or None,
        theme=visit.query("theme") or None,
        words=visit.query("q")[:200],
        opened_from=_day(visit, "opened_from"),
        opened_until=_day(visit, "opened_until"),
        resolved_from=_day(visit, "resolved_from"),
        resolved_until=_day(visit, "resolved_until"),
        kept=_one(visit, "kept", Kept) if visit.query("kept") else None,
        live=visit.query("live") == "1",
        after=read_cursor(visit.query("after")) if visit.query("after") else None,
    )


def _box(visit: Visit) -> Box:
    if visit.query("box"):
        return _one(visit, "box", Box)
    return Box.ALL if _asked(visit) else Box.MINE if visit.person.member else Box.TEAM


def _one(visit: Visit, name: str, kind: type[K]) -> K:
    value = visit.query(name)
    try:
        return kind(value)
    except ValueError:
        raise BadFormError(f"there is no {name} {value!r}", allowed=", ".join(kind)) from None


def _day(visit: Visit, name: str) -> datetime | None:
    """Midnight of a day where the workspace is."""
    value = visit.query(name)
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise BadFormError(f"{name} is no day", allowed="YYYY-MM-DD") from None
    return datetime.combine(day, time(), visit.site.parts.workspace.settings.zone)


def _query(visit: Visit) -> dict[str, str]:
    return {name: value for name in ("box", *FILTERS) if (value := visit.query(name))}


def _asked(visit: Visit) -> bool:
    return any(visit.query(name) for name in FILTERS)


def save(visit: Visit) -> Response:
    """Keep the filter of the page under a name."""
    name, query = visit.field("name")[:60], visit.field("query")[:1_000]
    if not name:
        raise BadFormError("a view needs a name", next_step="give it one")
    with visit.site.parts.ledger.begin() as uow:
        save_view(uow.connection, visit.person.id, name, query)
    return visit.go(f"/inbox?{query}", flash=json.dumps({"key": "inbox.view_saved", "name": name}))


def drop(visit: Visit) -> Response:
    """Forget a view of one's own."""
    with visit.site.parts.ledger.begin() as uow:
        drop_view(uow.connection, visit.person.id, visit.number("view") or 0)
    return visit.go("/inbox")
