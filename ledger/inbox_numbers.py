"""Numbers about the tickets of an inbox's filter: waits, weeks, load."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, case, func, select

from ledger.inbox import matching
from ledger.inbox_filter import conditions, in_scope
from ledger.schema import tickets as rows
from tickets.access import Scope
from tickets.inbox import InboxFilter


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


def opened_by_week(connection: Connection, wanted: InboxFilter, zone: ZoneInfo) -> list[tuple[date, int]]:
    """Tickets that match by the week they were opened in (its Monday there), weeks without any included."""
    counted: dict[date, int] = {}
    for opened in connection.execute(select(rows.c.opened_at).where(*conditions(wanted))).scalars():
        day = opened.astimezone(zone).date()
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
    mine = select(rows.c.key).where(in_scope(scope), rows.c.owner == owner, rows.c.next_due.is_not(None))
    return list(connection.execute(mine.order_by(rows.c.next_due, rows.c.key).limit(limit)).scalars())
