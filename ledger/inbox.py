"""The inbox in SQL: pages by key, in the order of due times that an index holds, and the number in each box."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select

from ledger.bulk import from_json, storable, to_json, within
from ledger.schema import customers, responses, ticket_events
from ledger.schema import tickets as rows
from ledger.ticket_rows import NEVER, as_ticket
from tickets.access import Scope
from tickets.inbox import Box, Cursor, InboxFilter, InboxPage, InboxRow, Kept
from tickets.ticket import Status, Ticket

WORDS_SHOWN = 240
COUNTED = 1_000
"""Boxes are counted up to here: "999+" tells a person as much as the exact number, at the price of one page."""


def inbox_page(connection: Connection, wanted: InboxFilter) -> InboxPage:
    """One page. A ticket that is changed between two pages may be missed or met twice, never an unchanged one."""
    by = rows.c.next_due if wanted.by_due else rows.c.opened_at
    chosen = select(rows).where(*conditions(wanted))
    if wanted.after:
        chosen = chosen.where(_beyond(by, wanted.after, wanted.by_due))
    order = (by, rows.c.key) if wanted.by_due else (by.desc(), rows.c.key.desc())
    found = connection.execute(chosen.order_by(*order).limit(wanted.limit + 1)).all()
    page = [(as_ticket(row), row.next_due) for row in found[: wanted.limit]]
    more = len(found) > wanted.limit
    last = found[wanted.limit - 1] if more else None
    following = Cursor(last.next_due if wanted.by_due else last.opened_at, last.key) if last else None
    return InboxPage(tuple(_rows(connection, page)), following)


def box_counts(connection: Connection, wanted: InboxFilter, boxes: Sequence[Box]) -> dict[Box, int]:
    """How many tickets are in each box, counted up to `COUNTED`."""
    counted = {}
    for box in boxes:
        limited = select(rows.c.key).where(*conditions(InboxFilter(
            box, wanted.scope, wanted.member, wanted.present, wanted.fallback, wanted.soon
        ))).limit(COUNTED).subquery()  # fmt: skip
        counted[box] = connection.execute(select(func.count()).select_from(limited)).scalar_one()
    return counted


def matching(connection: Connection, wanted: InboxFilter) -> int:
    """How many tickets match, exactly."""
    return int(connection.execute(select(func.count()).select_from(rows).where(*conditions(wanted))).scalar_one())


def conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the tickets table."""
    found = [_in_scope(wanted.scope), *_box(wanted)]
    named: dict[str, Any] = {
        "team": wanted.team,
        "owner": wanted.owner,
        "severity": wanted.severity,
        "priority": wanted.priority,
        "survey": wanted.survey,
    }
    found += [rows.c[name] == str(value) for name, value in named.items() if value is not None]
    if wanted.statuses:
        found.append(rows.c.status.in_([status.value for status in wanted.statuses]))
    if wanted.theme:
        found.append(or_(rows.c.theme == wanted.theme, rows.c.theme.startswith(f"{wanted.theme}.", autoescape=True)))
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
            return exists().where(ticket_events.c.ticket == rows.c.key, ticket_events.c.kind == "reopened")


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    if scope.teams is None:
        return rows.c.key.is_not(None)
    own = rows.c.owner == scope.member if scope.member else false()
    return or_(rows.c.team.in_(sorted(scope.teams)), own)


def _box(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    live = rows.c.next_due.is_not(None)
    match wanted.box:
        case Box.ALL:
            return []
        case Box.MINE:
            return [live, rows.c.owner == (wanted.member or "")]
        case Box.TEAM:
            return [live]
        case Box.UNASSIGNED:
            stray = rows.c.owner.not_in(wanted.present)
            return [live, or_(stray, and_(rows.c.owner == wanted.fallback, rows.c.status == Status.NEW.value))]
        case Box.BREACHING:
            return [live, rows.c.next_due < (wanted.soon or NEVER)]
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


def _beyond(by: Any, after: Cursor, ascending: bool) -> ColumnElement[bool]:
    further = by > after.at if ascending else by < after.at
    same = and_(by == after.at, rows.c.key > after.key if ascending else rows.c.key < after.key)
    return or_(further, same)


def _rows(connection: Connection, page: Sequence[tuple[Ticket, datetime | None]]) -> list[InboxRow]:
    """Each ticket with the latest response it is about."""
    told: dict[str, tuple[str, float | None, str]] = {}
    wanted = (
        select(responses.c.ticket, responses.c.score, responses.c.comments, customers.c.name, customers.c.email)
        .join_from(responses, customers, customers.c.id == responses.c.customer, isouter=True)
        .where(within(connection, responses.c.ticket, [ticket.key for ticket, _ in page]))
        .order_by(responses.c.submitted_at, responses.c.id)
    )
    for row in connection.execute(wanted):
        words = " ".join(" ".join(text for text in from_json(row.comments or "[]") if text).split())
        told[row.ticket] = (row.name or row.email or "", row.score, words[:WORDS_SHOWN])
    plain = [InboxRow(ticket, due if due != NEVER else None) for ticket, due in page]
    return [
        replace(row, customer=told[row.ticket.key][0], score=told[row.ticket.key][1], words=told[row.ticket.key][2])
        if row.ticket.key in told
        else row
        for row in plain
    ]
