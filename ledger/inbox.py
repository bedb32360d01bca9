"""The inbox in SQL: pages by key, in the order of due times that an index holds, and the number in each box."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, false, func, or_, select, union_all

from ledger.bulk import from_json, storable, to_json, within
from ledger.schema import customers, responses, ticket_events
from ledger.schema import tickets as rows
from ledger.ticket_rows import NEVER, as_ticket
from tickets.access import Scope
from tickets.inbox import Box, Cursor, InboxFilter, InboxPage, InboxRow, Kept
from tickets.ticket import Status, Ticket

WORDS_SHOWN = 240
HAPPY, UNHAPPY = ("4", "5"), ("1", "2", "3")
"""Answers to the follow-up survey that count as satisfied (the top two boxes), and the others."""
_OF_A_BOX = InboxFilter()
COUNTED = 1_000
"""Boxes are counted up to here: "999+" tells a person as much as the exact number, at the price of one page."""


def inbox_page(connection: Connection, wanted: InboxFilter, limit: int | None = None) -> InboxPage:
    """One page. A ticket that is changed between two pages may be missed or met twice, never an unchanged one."""
    wanted = _with_stray(connection, wanted)
    size, by = limit or wanted.limit, rows.c.next_due if wanted.by_due else rows.c.opened_at
    order = (by, rows.c.key) if wanted.by_due else (by.desc(), rows.c.key.desc())
    asked = [*_asked(wanted), *([_beyond(by, wanted.after, wanted.by_due)] if wanted.after else [])]
    # Each part of the scope in its own order off its own index: an OR of them would be sorted whole.
    parts = [select(rows.c.key).where(part, *asked).order_by(*order).limit(size + 1) for part in _parts(wanted)]
    if len(parts) == 1:
        chosen = select(rows).where(_parts(wanted)[0], *asked)
    else:
        first = union_all(*(select(part.subquery().c.key) for part in parts)).subquery()
        chosen = select(rows).where(rows.c.key.in_(select(first.c.key)))
    found = connection.execute(chosen.order_by(*order).limit(size + 1)).all()
    page = [(as_ticket(row), row.next_due) for row in found[:size]]
    more = len(found) > size
    last = found[size - 1] if more else None
    following = Cursor(last.next_due if wanted.by_due else last.opened_at, last.key) if last else None
    return InboxPage(tuple(_rows(connection, page)), following)


def box_counts(connection: Connection, wanted: InboxFilter, boxes: Sequence[Box]) -> dict[Box, int]:
    """How many tickets are in each box, counted up to `COUNTED`."""
    limited = []
    for box in boxes:
        asked = _with_stray(
            connection,
            replace(
                _OF_A_BOX,
                box=box,
                scope=wanted.scope,
                member=wanted.member,
                present=wanted.present,
                fallback=wanted.fallback,
                soon=wanted.soon,
            ),
        )
        some = select(rows.c.key).where(*conditions(asked)).limit(COUNTED).subquery()
        limited.append(select(func.count()).select_from(some).scalar_subquery().label(box))
    return dict(zip(boxes, connection.execute(select(*limited)).one(), strict=True))


def _with_stray(connection: Connection, wanted: InboxFilter) -> InboxFilter:
    """The filter with the owners who cannot work, where it asks for them.

    Found by stepping from one owner to the next in an index: "not one of those present" would read every ticket.
    """
    if wanted.box is not Box.UNASSIGNED:
        return wanted
    owners = select(func.min(rows.c.owner).label("owner")).cte("owners", recursive=True)
    following = select(func.min(rows.c.owner)).where(rows.c.owner > owners.c.owner).scalar_subquery()
    every = owners.union_all(select(following).where(owners.c.owner.is_not(None)))
    found = connection.execute(select(every.c.owner).where(every.c.owner.is_not(None))).scalars()
    return replace(wanted, stray=tuple(owner for owner in found if owner not in wanted.present))


def matching(connection: Connection, wanted: InboxFilter, most: int | None = None) -> int:
    """How many tickets match: exactly, or counted up to `most`."""
    wanted = _with_stray(connection, wanted)
    if most is not None:
        some = select(rows.c.key).where(*conditions(wanted)).limit(most).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
    return int(connection.execute(select(func.count()).select_from(rows).where(*conditions(wanted))).scalar_one())


def conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the tickets table."""
    return [or_(*_parts(wanted)), *_asked(wanted)]


def _parts(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The scope in parts that do not overlap; somebody's own box needs none, what is theirs is always within it."""
    scope = wanted.scope
    if scope.teams is None or (wanted.box is Box.MINE and wanted.member == scope.member):
        return [rows.c.key.is_not(None)]
    teams = sorted(scope.teams)
    own = [and_(rows.c.owner == scope.member, rows.c.team.not_in(teams))] if scope.member else []
    elsewhere = [rows.c.team.not_in(teams)] + ([rows.c.owner != scope.member] if scope.member else [])
    around = [and_(*elsewhere, _at_places(scope.places))] if scope.places else []
    return [*(rows.c.team == team for team in teams), *own, *around] or [false()]


def _at_places(places: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """A response of the ticket has one of these attributes; a quote in a value is escaped there, so none is forged."""
    pairs = (f"{to_json(name)}:{to_json(storable(value))}" for name, value in sorted(places))
    said = or_(*(responses.c.attributes.icontains(pair, autoescape=True) for pair in pairs))
    return exists().where(responses.c.ticket == rows.c.key, said)


def at_places(connection: Connection, key: str, places: Iterable[tuple[str, str]]) -> bool:
    """Whether a ticket is about one of these places."""
    return connection.execute(select(rows.c.key).where(rows.c.key == key, _at_places(places))).first() is not None


def _asked(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The filter without the scope."""
    found = _box(wanted)
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


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    if scope.teams is None:
        return rows.c.key.is_not(None)
    own = rows.c.owner == scope.member if scope.member else false()
    around = _at_places(scope.places) if scope.places else false()
    return or_(rows.c.team.in_(sorted(scope.teams)), own, around)


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
            return [
                live,
                or_(
                    rows.c.owner.in_(wanted.stray),
                    and_(rows.c.owner == wanted.fallback, rows.c.status == Status.NEW.value),
                ),
            ]
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


def waits(connection: Connection, wanted: InboxFilter, *, resolved: bool) -> list[float]:
    """Elapsed hours from opening to first touch (or to resolution) of the tickets that match and came so far."""
    end = rows.c.resolved_at if resolved else rows.c.first_touched_at
    found = connection.execute(select(rows.c.opened_at, end).where(*conditions(wanted), end.is_not(None)))
    return [(until - since).total_seconds() / 3600 for since, until in found]


def middle_opening(connection: Connection, wanted: InboxFilter) -> datetime | None:
    """When the median of the tickets that match was opened (of an even number the older one); None for no ticket."""
    middle = (matching(connection, wanted) - 1) // 2
    if middle < 0:
        return None
    ordered = select(rows.c.opened_at).where(*conditions(wanted)).order_by(rows.c.opened_at)
    opened: datetime = connection.execute(ordered.offset(middle).limit(1)).scalar_one()
    return opened


def opened_by_week(connection: Connection, wanted: InboxFilter) -> list[tuple[datetime, int]]:
    """Tickets that match by the week they were opened in (Monday, UTC), weeks without any included."""
    counted: dict[datetime, int] = {}
    for opened in connection.execute(select(rows.c.opened_at).where(*conditions(wanted))).scalars():
        day = opened.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = day - timedelta(days=day.weekday())
        counted[monday] = counted.get(monday, 0) + 1
    if not counted:
        return []
    first, weeks = min(counted), (max(counted) - min(counted)).days // 7
    return [(week, counted.get(week, 0)) for week in (first + timedelta(days=7 * n) for n in range(weeks + 1))]


def live_load(connection: Connection, now: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """By team and owner, how many live tickets there are and how many of them are late."""
    late = func.sum(case((rows.c.next_due < now, 1), else_=0))
    counted = select(rows.c.team, rows.c.owner, func.count(), late).where(rows.c.next_due.is_not(None))
    found = connection.execute(counted.group_by(rows.c.team, rows.c.owner))
    return {(team, owner): (count, int(behind or 0)) for team, owner, count, behind in found}


def live_keys(connection: Connection, scope: Scope, owner: str, limit: int = 500) -> list[str]:
    """The live tickets of an owner within a scope, in the order of work."""
    mine = select(rows.c.key).where(_in_scope(scope), rows.c.owner == owner, rows.c.next_due.is_not(None))
    return list(connection.execute(mine.order_by(rows.c.next_due, rows.c.key).limit(limit)).scalars())
