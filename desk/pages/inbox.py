"""The inbox: boxes, filters, search, saved views, and doing one thing to many tickets with a way back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from desk.cursors import cursor_text, read_cursor
from desk.days import midnight
from desk.errors import BadFormError
from desk.lines import Lines
from desk.marks import Marks
from desk.visit import Visit
from ledger.accounts import drop_view, save_view, views_of
from ledger.inbox import COUNTED, box_counts, inbox_page, matching
from tickets.access import Permission
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
    "late",
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
        counts = _counts(visit, uow.connection, wanted)
        views = views_of(uow.connection, visit.person.id)
        total = (
            matching(uow.connection, replace(wanted, after=None), COUNTED)
            if _asked(visit) and not wanted.words
            else None
        )
    names = {one: taxonomy.name(one) for one in taxonomy.ids}
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
        routing=visit.site.parts.workspace.routing,
        surveys=visit.site.parts.workspace.surveys,
        themes=names.items(),
        choices=Choices(),
        lines=Lines(Marks(visit.reader), visit.site.people.names, names, visit.may(Permission.BULK_TICKETS)),
    )


def _counts(visit: Visit, connection: Connection, wanted: InboxFilter) -> dict[Box, int]:
    site, boxes = visit.site, [box for box in Box if box is not Box.ALL]
    return site.counts.get(visit.person.id, site.monotonic(), lambda: box_counts(connection, wanted, boxes))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    boxes: tuple[Box, ...] = tuple(Box)
    statuses: tuple[Status, ...] = tuple(Status)
    severities: tuple[Severity, ...] = tuple(Severity)
    priorities: tuple[Priority, ...] = tuple(Priority)


def wanted_of(visit: Visit) -> InboxFilter:
    """The filter that the address asks for. Raises BadFormError for a value there is none of."""
    return filter_of(visit, {name: visit.query(name) for name in ("box", "after", *FILTERS)})


def filter_of(visit: Visit, asked: Mapping[str, str]) -> InboxFilter:
    """The filter of a query in this person's view: what a number counts is what its link opens."""
    site, person, routing = visit.site, visit.person, visit.site.parts.workspace.routing
    now, given = site.now, {name: value for name, value in asked.items() if value}
    present = [one.id for team in routing.teams for one in team.members if routing.roster.away(one.id, now) is None]
    zone = site.parts.workspace.settings.zone
    return InboxFilter(
        box=_box(visit, given),
        scope=visit.scope,
        member=person.actor,
        present=tuple(dict.fromkeys(present)),
        fallback=routing.fallback.owner,
        soon=now if given.get("late") == "1" else now + SOON,
        statuses=(_one(given, "status", Status),) if "status" in given else (),
        team=given.get("team"),
        owner=given.get("owner"),
        severity=_one(given, "severity", Severity) if "severity" in given else None,
        priority=_one(given, "priority", Priority) if "priority" in given else None,
        survey=given.get("survey"),
        theme=given.get("theme"),
        words=given.get("q", "")[:200],
        opened_from=_day(given, "opened_from", zone),
        opened_until=_day(given, "opened_until", zone),
        resolved_from=_day(given, "resolved_from", zone),
        resolved_until=_day(given, "resolved_until", zone),
        kept=_one(given, "kept", Kept) if "kept" in given else None,
        live=given.get("live") == "1",
        after=read_cursor(given["after"]) if "after" in given else None,
    )


def _box(visit: Visit, given: Mapping[str, str]) -> Box:
    if "box" in given:
        return _one(given, "box", Box)
    if any(name in given for name in FILTERS):
        return Box.ALL
    return Box.MINE if visit.person.member else Box.TEAM


def _one(given: Mapping[str, str], name: str, kind: type[K]) -> K:
    try:
        return kind(given[name])
    except ValueError:
        raise BadFormError(f"there is no {name} {given[name]!r}", allowed=", ".join(kind)) from None


def _day(given: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """Midnight of a day where the workspace is."""
    if name not in given:
        return None
    try:
        day = date.fromisoformat(given[name])
    except ValueError:
        raise BadFormError(f"{name} is no day", allowed="YYYY-MM-DD") from None
    return midnight(day, zone, name)


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
