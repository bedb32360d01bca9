"""The inbox in SQL: pages by key, in the order of due times that an index holds, and the number in each box."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

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
SOON = "soon"
NOTHING_SAID = ("", None, "")
COUNTED = 1_000
"""Boxes are counted up to here: "999+" tells a person as much as the exact number, at the price of one page."""


def inbox_page(connection: Connection, wanted: InboxFilter, limit: int | None = None) -> InboxPage:
    """One page. A ticket that is changed between two pages may be missed or met twice, never an unchanged one."""
    wanted = _with_stray(connection, wanted)
    size, by = limit or wanted.limit, rows.c.next_due if wanted.by_due else rows.c.opened_at
    order = (by, rows.c.key) if wanted.by_due else (by.desc(), rows.c.key.desc())
    asked = [*_asked(wanted), *([_beyond(by, wanted.after, wanted.by_due)] if wanted.after else [])]
    parts = _parts(wanted)
    found = list[Row[Any]]()
    for part in parts:  # each in its own order off its own index: an OR of them would be sorted whole
        found += connection.execute(select(rows).where(part, *asked).order_by(*order).limit(size + 1)).all()
    if len(parts) > 1:
        found.sort(key=lambda row: (row._mapping[by], row.key), reverse=not wanted.by_due)
    page = [(as_ticket(row), row.next_due) for row in found[:size]]
    last = found[size - 1] if len(found) > size else None
    following = Cursor(last._mapping[by], last.key) if last else None
    return InboxPage(tuple(_rows(connection, page)), following)


def box_counts(connection: Connection, wanted: InboxFilter, boxes: Sequence[Box]) -> dict[Box, int]:
    """How many tickets are in each box, counted up to `COUNTED`."""
    stray = _with_stray(connection, replace(wanted, box=Box.UNASSIGNED)).stray
    statement, parts = _counting(tuple(boxes), wanted.scope, wanted.member, wanted.fallback, stray)
    found = iter(connection.execute(statement, {SOON: wanted.soon or NEVER}).one())
    return {box: min(sum(next(found) for _ in range(count)), COUNTED) for box, count in zip(boxes, parts, strict=True)}


@lru_cache(maxsize=512)  # building it takes as long as counting
def _counting(
    boxes: tuple[Box, ...], scope: Scope, member: str | None, fallback: str | None, stray: tuple[str, ...]
) -> tuple[Select[Any], list[int]]:
    """Counts up to `COUNTED`, one for each part of each box, and how many parts a box has."""
    viewed = InboxFilter(scope=scope, member=member, fallback=fallback, stray=stray)
    asked = [replace(viewed, box=box) for box in boxes]
    parts = [[select(rows.c.key).where(part, *_box(one)) for part in _parts(one)] for one in asked]
    some = [part.limit(COUNTED).subquery() for one in parts for part in one]
    counts = (select(func.count()).select_from(one).scalar_subquery().label(f"n{i}") for i, one in enumerate(some))
    return select(*counts), [len(one) for one in parts]


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
    around = [and_(*elsewhere, _at_places(scope.places))] if scope.places else []
    return [*(rows.c.team == team for team in teams), *own, *around]


def _at_places(places: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """A response of the ticket has one of these attributes; a quote in a value is escaped there, so none is forged."""
    pairs = (f"{to_json(name)}:{to_json(storable(value))}" for name, value in sorted(places))
    said = or_(*(responses.c.attributes.icontains(pair, autoescape=True) for pair in pairs))
    return exists().where(responses.c.ticket == rows.c.key, said)


def at_places(connection: Connection, key: str, places: Iterable[tuple[str, str]]) -> bool:
    """Whether a ticket is about one of these places."""
    return connection.execute(select(rows.c.key).where(rows.c.key == key, _at_places(places))).first() is not None


def _owned_elsewhere(member: str, teams: Sequence[str]) -> ColumnElement[bool]:
    """What somebody owns in none of these teams, as ranges between them: "not in" would read all they own."""
    mine, team = rows.c.owner == member, rows.c.team
    if not teams:
        return mine
    between = (and_(mine, team > low, team < high) for low, high in pairwise(teams))
    return or_(and_(mine, team < teams[0]), *between, and_(mine, team > teams[-1]))


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


def _beyond(by: Column[datetime], after: Cursor, ascending: bool) -> ColumnElement[bool]:
    """What comes after a row, as one comparison of pairs: an index is entered at the place, not read up to it."""
    place, row = tuple_(literal(after.at, by.type), literal(after.key)), tuple_(by, rows.c.key)
    return row > place if ascending else row < place


def _rows(connection: Connection, page: Sequence[tuple[Ticket, datetime | None]]) -> list[InboxRow]:
    """Each ticket with the latest response it is about."""
    told: dict[str, tuple[str, float | None, str]] = {}
    wanted = (
        select(responses.c.ticket, responses.c.score, responses.c.comments, customers.c.name, customers.c.email)
        .join_from(responses, customers, customers.c.id == responses.c.customer, isouter=True)
        .where(within(connection, responses.c.ticket, [ticket.key for ticket, _ in page]))
        .order_by(responses.c.submitted_at, responses.c.id)
    )
    for ticket, score, comments, name, mail in connection.execute(wanted).all():
        words = " ".join(" ".join(text for text in from_json(comments or "[]") if text).split())
        told[ticket] = (name or mail or "", score, words[:WORDS_SHOWN])
    return [
        InboxRow(ticket, due if due != NEVER else None, *told.get(ticket.key, NOTHING_SAID)) for ticket, due in page
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
