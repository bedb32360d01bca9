"""Arrivals by hour, the storms found in them, the tickets that belong to one, and the notices it kept back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedback.errors import NotFoundError
from ledger.bulk import insert_missing, within
from ledger.identity import take_numbers
from ledger.schema import arrivals, kept_back, storm_tickets, storms, tickets
from ledger.ticket_rows import as_ticket
from tickets.notice import Notice, NoticeKind
from tickets.ticket import Ticket
from triggers.storms import EVERYTHING, Alarm, Arrived, Group, Seen, Span, apart

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm as kept; `usual` is what was usual when it began, and stays so while it lasts."""

    id: int
    group: Group
    ticket: str
    began_at: datetime
    told_at: datetime
    ended_at: datetime | None
    now: Seen
    usual: Seen
    chance: float
    reason: str
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A notice that was not sent, and why; `told_in` is the event of the parent whose digest told of it (None: due)."""

    ticket: str
    kind: NoticeKind
    channel: str
    target: str
    at: datetime
    reason: str
    told_in: int | None


class SqlStormStore:
    """Storms in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, arrived: Iterable[Arrived]) -> None:
        """Add what came to the hours' counts."""
        rows = [
            {"kind": one.group[0], "value": one.group[1], "hour": one.hour,
             "responses": one.seen.responses, "fired": one.seen.fired}
            for one in arrived
        ]  # fmt: skip
        if not rows:
            return
        build = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        added = build(arrivals)
        self._connection.execute(
            added.on_conflict_do_update(
                index_elements=["kind", "value", "hour"],
                set_={name: arrivals.c[name] + added.excluded[name] for name in ("responses", "fired")},
            ),
            rows,
        )

    def seen(self, hour: int, window: int, usual: int) -> dict[Group, tuple[Seen, Seen]]:
        """By group that fired in the last `window` hours: those hours, and the `usual` hours before them.

        The hours of the group's own past storms, and of the windows that raised them, are no part of what is usual.
        """
        found = self._sums(hour, window, usual)
        everything = found.get(EVERYTHING, (Seen(), Seen()))
        exposed = {
            group: self._exposed(group, pair, everything)
            for group, pair in found.items()
            if group != EVERYTHING and pair[0].fired
        }
        for group, spans in self._past(hour - window - usual, window).items():
            if group in exposed:
                now, before = exposed[group]
                gone = [self._between(group, span) for span in apart(spans, hour - window - usual, hour - window)]
                responses, fired = (sum(one[at] for one in gone) for at in (0, 1))
                exposed[group] = now, Seen(before.responses - responses, before.fired - fired)
        return exposed

    def _sums(self, hour: int, window: int, usual: int) -> dict[Group, tuple[Seen, Seen]]:
        late = arrivals.c.hour > hour - window
        sums = [
            func.coalesce(func.sum(case((condition, column), else_=0)), 0)
            for condition in (late, ~late)
            for column in (arrivals.c.responses, arrivals.c.fired)
        ]
        wanted = and_(arrivals.c.hour > hour - window - usual, arrivals.c.hour <= hour)
        rows = (
            select(arrivals.c.kind, arrivals.c.value, *sums).where(wanted).group_by(arrivals.c.kind, arrivals.c.value)
        )
        return {
            (row[0], row[1]): (Seen(int(row[2]), int(row[3])), Seen(int(row[4]), int(row[5])))
            for row in self._connection.execute(rows)
        }

    def _exposed(self, group: Group, pair: tuple[Seen, Seen], everything: tuple[Seen, Seen]) -> tuple[Seen, Seen]:
        if _exposure(group) == group:
            return pair
        now, before = (seen._replace(responses=whole.responses) for seen, whole in zip(pair, everything, strict=True))
        return now, before

    def _past(self, since: int, window: int) -> dict[Group, list[Span]]:
        """The hours of storms that ended since then, and of the windows that raised them, by group."""
        moment = datetime.fromtimestamp(since * HOUR, UTC)
        ended = select(storms).where(storms.c.ended_at.is_not(None), storms.c.ended_at > moment)
        found: dict[Group, list[Span]] = {}
        for row in self._connection.execute(ended):
            found.setdefault((row.kind, row.value), []).append((_hour(row.began_at) - window, _hour(row.ended_at)))
        return found

    def _between(self, group: Group, span: Span) -> Seen:
        """What came in the hours (after, until]; the exposure of a theme is every response."""
        sums = []
        for (kind, value), column in ((_exposure(group), arrivals.c.responses), (group, arrivals.c.fired)):
            here = and_(arrivals.c.kind == kind, arrivals.c.value == value)
            within_span = and_(arrivals.c.hour > span[0], arrivals.c.hour <= span[1])
            total = select(func.coalesce(func.sum(column), 0)).where(here, within_span)
            sums.append(int(self._connection.execute(total).scalar_one()))
        return Seen(*sums)

    def active(self) -> list[Storm]:
        """Storms that rage, the oldest first."""
        raging = select(storms).where(storms.c.ended_at.is_(None)).order_by(storms.c.id)
        return [_storm(row) for row in self._connection.execute(raging)]

    def latest(self, limit: int = 50) -> list[Storm]:
        """Storms, the latest first."""
        latest = select(storms).order_by(storms.c.id.desc()).limit(limit)
        return [_storm(row) for row in self._connection.execute(latest)]

    def begin(self, alarm: Alarm, ticket: str, reason: str, now: datetime) -> Storm:
        """A storm begins."""
        (number,) = take_numbers(self._connection, "storm", 1)
        made = Storm(number, alarm.group, ticket, now, now, None, alarm.now, alarm.usual, alarm.chance, reason)
        self._connection.execute(
            insert(storms).values(
                id=number, kind=alarm.group[0], value=alarm.group[1], ticket=ticket, began_at=now, told_at=now,
                responses=alarm.now.responses, fired=alarm.now.fired, usual_responses=alarm.usual.responses,
                usual_fired=alarm.usual.fired, chance=alarm.chance, reason=reason,
            )
        )  # fmt: skip
        return made

    def join(self, storm: int, keys: Sequence[str], now: datetime) -> None:
        """Tickets belong to a storm from now on."""
        rows = [{"storm": storm, "ticket": key, "joined_at": now} for key in keys]
        insert_missing(self._connection, storm_tickets, rows)

    def keep_back(self, storm: int, kept: Sequence[Notice], reason: str) -> None:
        """Notices that are not sent, and why."""
        rows = [
            {"id": one.id, "storm": storm, "kind": one.kind.value, "ticket": one.ticket, "channel": one.channel.value,
             "target": one.target, "at": one.created_at, "reason": reason}
            for one in kept
        ]  # fmt: skip
        insert_missing(self._connection, kept_back, rows)

    def untold(self, storm: int) -> list[Ticket]:
        """The storm's tickets that no digest has told of yet."""
        mine = and_(storm_tickets.c.storm == storm, storm_tickets.c.told_in.is_(None))
        chosen = select(tickets).join(storm_tickets, storm_tickets.c.ticket == tickets.c.key).where(mine)
        return [as_ticket(row) for row in self._connection.execute(chosen.order_by(tickets.c.opened_at, tickets.c.key))]

    def told(self, storm: int, sequence: int, now: datetime) -> None:
        """A digest has told of all that was untold: event `sequence` of the parent."""
        for table in (storm_tickets, kept_back):
            mine = (table.c.storm == storm, table.c.told_in.is_(None))
            self._connection.execute(update(table).where(*mine).values(told_in=sequence))
        self._connection.execute(update(storms).where(storms.c.id == storm).values(told_at=now))

    def end(self, storm: int, now: datetime, by: str | None = None) -> None:
        """A storm is over: by itself, or because somebody says so."""
        self._connection.execute(update(storms).where(storms.c.id == storm).values(ended_at=now, ended_by=by))

    def get(self, number: int) -> Storm:
        """A storm by its number. Raises NotFoundError."""
        row = self._connection.execute(select(storms).where(storms.c.id == number)).one_or_none()
        if row is None:
            raise NotFoundError(f"no storm {number}", next_step="`nanni storms list --all` shows those there were")
        return _storm(row)

    def ended_by_hand(self, since: datetime) -> set[Group]:
        """What somebody has called over since then."""
        ended = select(storms.c.kind, storms.c.value).where(storms.c.ended_by.is_not(None), storms.c.ended_at > since)
        return {(row.kind, row.value) for row in self._connection.execute(ended)}

    def kept_of(self, storm: int) -> list[KeptBack]:
        """The notices that a storm kept back, the first first."""
        mine = select(kept_back).where(kept_back.c.storm == storm).order_by(kept_back.c.at, kept_back.c.id)
        return [
            KeptBack(row.ticket, NoticeKind(row.kind), row.channel, row.target, row.at, row.reason, row.told_in)
            for row in self._connection.execute(mine)
        ]

    def children(self, parent: str) -> list[str]:
        """Keys of the tickets that belong to the problem of this ticket."""
        mine = select(storm_tickets.c.ticket).join(storms, storms.c.id == storm_tickets.c.storm)
        keys = self._connection.execute(mine.where(storms.c.ticket == parent)).scalars()
        return sorted(keys, key=lambda key: (len(key), key))

    def parents(self, keys: Sequence[str]) -> dict[str, str]:
        """By ticket, the problem it belongs to, for those of these tickets that belong to one."""
        chosen = select(storm_tickets.c.ticket, storms.c.ticket.label("parent")).join(
            storms, storms.c.id == storm_tickets.c.storm
        )
        rows = self._connection.execute(chosen.where(within(self._connection, storm_tickets.c.ticket, keys)))
        return {row.ticket: row.parent for row in rows}


def _storm(row: Row[Any]) -> Storm:
    found = row._mapping
    return Storm(
        found["id"], (found["kind"], found["value"]), found["ticket"], found["began_at"], found["told_at"],
        found["ended_at"], Seen(found["responses"], found["fired"]),
        Seen(found["usual_responses"], found["usual_fired"]), found["chance"], found["reason"], found["ended_by"],
    )  # fmt: skip


def _exposure(group: Group) -> Group:
    """Where the responses that a group is measured against are counted: a quiet response names no theme."""
    return EVERYTHING if group[0] == "theme" else group


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // HOUR)
