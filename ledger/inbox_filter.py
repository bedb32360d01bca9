"""What an inbox asks for as conditions in SQL: each part of a scope apart, so that an index finds it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, func, or_, select

from ledger.bulk import storable, to_json
from ledger.places import about
from ledger.schema import customers, responses, ticket_events
from ledger.schema import tickets as rows
from ledger.ticket_rows import NEVER
from tickets.access import Scope
from tickets.inbox import Box, InboxFilter, Kept
from tickets.ticket import Status

HAPPY, UNHAPPY = ("4", "5"), ("1", "2", "3")
"""Answers to the follow-up survey that count as satisfied (the top two boxes), and the others."""
SOON = "soon"


def conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the tickets table."""
    return [or_(*parts_of(wanted)), *asked_for(wanted)]


def parts_of(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """Scope and owners in parts that do not overlap, each of which an index finds."""
    scopes = _scopes(wanted)
    if wanted.box is not Box.UNASSIGNED:
        return scopes or [false()]
    nobody: list[ColumnElement[bool]] = [rows.c.owner.in_(wanted.stray)] if wanted.stray else []
    if wanted.fallback and wanted.fallback not in wanted.stray:
        nobody.append(and_(rows.c.owner == wanted.fallback, rows.c.status == Status.NEW.value))
    return [and_(scope, owners) for scope in scopes for owners in nobody] or [false()]


def _scopes(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The scope's teams; somebody's own box needs no scope, what is theirs is always within it."""
    scope = wanted.scope
    if scope.teams is None or (wanted.box is Box.MINE and wanted.member == scope.member):
        return [rows.c.key.is_not(None)]
    teams = sorted(scope.teams)
    own = [_owned_elsewhere(scope.member, teams)] if scope.member else []
    elsewhere = [rows.c.team.not_in(teams)] + ([rows.c.owner != scope.member] if scope.member else [])
    around = [and_(*elsewhere, about(scope.places))] if scope.places else []
    return [*(rows.c.team == team for team in teams), *own, *around]


def _owned_elsewhere(member: str, teams: Sequence[str]) -> ColumnElement[bool]:
    """What somebody owns in none of these teams, as ranges between them: "not in" would read all they own."""
    mine, team = rows.c.owner == member, rows.c.team
    if not teams:
        return mine
    between = (and_(mine, team > low, team < high) for low, high in pairwise(teams))
    return or_(and_(mine, team < teams[0]), *between, and_(mine, team > teams[-1]))


def asked_for(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The filter without the scope."""
    found = of_box(wanted)
    named: dict[str, Any] = {
        "team": wanted.team,
        "owner": wanted.owner,
        "severity": wanted.severity,
        "priority": wanted.priority,
        "survey": wanted.survey,
    }
    found += [rows.c[name] == storable(str(value)) for name, value in named.items() if value is not None]
    if wanted.statuses:
        found.append(rows.c.status.in_([status.value for status in wanted.statuses]))
    if wanted.theme:
        theme = storable(wanted.theme)
        found.append(or_(rows.c.theme == theme, rows.c.theme.startswith(f"{theme}.", autoescape=True)))
    if wanted.live:
        found.append(rows.c.next_due.is_not(None))
    found += _window(rows.c.opened_at, wanted.opened_from, wanted.opened_until)
    found += _window(rows.c.resolved_at, wanted.resolved_from, wanted.resolved_until)
    if wanted.kept:
        found.append(kept(wanted.kept))
    if wanted.words.strip():
        found.append(_says(wanted.words.strip()))
    return [condition for condition in found if condition is not None]


def kept(how: Kept) -> ColumnElement[bool]:
    """The condition behind a number of the dashboard."""
    touch, resolution = rows.c.first_touched_at, rows.c.resolved_at
    match how:
        case Kept.TOUCHED_IN_TIME:
            return touch <= rows.c.first_touch_due
        case Kept.TOUCHED_LATE:
            return touch > rows.c.first_touch_due
        case Kept.RESOLVED_IN_TIME:
            return resolution <= rows.c.resolution_due
        case Kept.RESOLVED_LATE:
            return resolution > rows.c.resolution_due
        case Kept.REOPENED:
            return _reopened()
        case Kept.FIRST_CONTACT:
            return and_(rows.c.resolved.is_(True), ~_reopened(), _times("contacted") <= 1)
        case Kept.ANSWERED_HAPPY:
            return _answered(HAPPY)
        case Kept.ANSWERED_UNHAPPY:
            return and_(_answered(UNHAPPY), ~_answered(HAPPY))


def _reopened() -> ColumnElement[bool]:
    return exists().where(ticket_events.c.ticket == rows.c.key, ticket_events.c.kind == "reopened")


def _answered(ratings: Sequence[str]) -> ColumnElement[bool]:
    given = [ticket_events.c.data.contains(to_json(["rating", rating]), autoescape=True) for rating in ratings]
    mine = (ticket_events.c.ticket == rows.c.key, ticket_events.c.kind == "customer_answered")
    return exists().where(*mine, or_(*given))


def _times(kind: str) -> ColumnElement[int]:
    counted = select(func.count()).where(ticket_events.c.ticket == rows.c.key, ticket_events.c.kind == kind)
    return counted.scalar_subquery()


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """The scope as one condition."""
    if scope.teams is None:
        return rows.c.key.is_not(None)
    own = rows.c.owner == scope.member if scope.member else false()
    around = about(scope.places) if scope.places else false()
    return or_(rows.c.team.in_(sorted(scope.teams)), own, around)


def of_box(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The box, its owners aside where they are a part of their own."""
    live = rows.c.next_due.is_not(None)
    match wanted.box:
        case Box.ALL:
            return []
        case Box.MINE:
            return [live, rows.c.owner == (wanted.member or "")]
        case Box.TEAM | Box.UNASSIGNED:
            return [live]
        case Box.BREACHING:
            return [live, rows.c.next_due < bindparam(SOON, wanted.soon or NEVER, rows.c.next_due.type)]
        case Box.WAITING:
            return [live, rows.c.status == Status.WAITING.value]


def _window(column: Any, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return ([column >= since] if since else []) + ([column < until] if until else [])


def _says(words: str) -> ColumnElement[bool]:
    """A comment of the ticket has these words as they stand; no pattern of the reader's is ever run."""
    plain = to_json(storable(words))[1:-1]  # comments are stored as JSON, so a quote in them is escaped
    said = responses.c.comments.icontains(plain, autoescape=True)
    return or_(
        exists().where(responses.c.ticket == rows.c.key, said),
        rows.c.customer.in_(select(customers.c.id).where(func.lower(customers.c.name) == words.casefold())),
    )
