"""SLA facts as rows: what `tickets.metric_events` derives, kept so that reports need neither events nor calendar."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, or_, select

from ledger.bulk import insert_rows, within
from ledger.columns import iso
from ledger.schema import sla_facts, sla_marks, tickets
from tickets.metric_events import MetricEvent
from tickets.ticket import Status

_FACTS = ("ticket", "metric", "number", "kind", "at", "target_seconds")
_MARKS = ("ticket", "version", "policy", "next_at")


class Recorded(NamedTuple):
    """The facts of one ticket up to a moment, and when the clock alone makes the next one (None: never)."""

    version: int
    facts: tuple[MetricEvent, ...]
    next_at: datetime | None


class SqlSlaFactStore:
    """SLA facts and how far they go."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stale(self, now: datetime, policy: str, limit: int) -> list[str]:
        """Keys of tickets whose facts do not go up to `now`: new, changed, of another sla.yaml, or caught by time.

        What is closed is not judged anew by another sla.yaml.
        """
        behind = or_(
            sla_marks.c.ticket.is_(None),
            sla_marks.c.version != tickets.c.version,
            and_(sla_marks.c.policy != policy, tickets.c.status != Status.CLOSED.value),
            sla_marks.c.next_at <= now,
        )
        joined = tickets.outerjoin(sla_marks, sla_marks.c.ticket == tickets.c.key)
        found = select(tickets.c.key).select_from(joined).where(behind).order_by(tickets.c.key).limit(limit)
        return list(self._connection.execute(found).scalars())

    def keep(self, recorded: Mapping[str, Recorded], policy: str) -> None:
        """Write the facts of these tickets in place of those there were."""
        for table in (sla_facts, sla_marks):
            self._connection.execute(delete(table).where(within(self._connection, table.c.ticket, list(recorded))))
        facts = [
            (key, fact.metric.value, fact.number, fact.kind.value, iso(fact.at), _seconds(fact))
            for key, (_, found, _) in recorded.items()
            for fact in found
        ]
        marks = [
            (key, one.version, policy, None if one.next_at is None else iso(one.next_at))
            for key, one in recorded.items()
        ]
        insert_rows(self._connection, sla_facts, _FACTS, facts)
        insert_rows(self._connection, sla_marks, _MARKS, marks)

    def list(
        self, since: datetime | None = None, kind: str | None = None, metric: str | None = None, limit: int = 100
    ) -> Sequence[tuple[str, str, int, str, datetime, float | None]]:
        """Ticket, metric, number, kind, moment and target in seconds of the latest facts, the latest first."""
        return [fact for _, fact in self.page(since, kind, metric, limit)]

    def page(
        self, since: datetime | None, kind: str | None, metric: str | None, limit: int, before: int | None = None
    ) -> Sequence[tuple[int, tuple[str, str, int, str, datetime, float | None]]]:
        """The same, each with its number, from the one after number `before` in that order on."""
        columns = [sla_facts.c[name] for name in _FACTS]
        order = sla_facts.c.at.desc(), sla_facts.c.id.desc()
        chosen = select(sla_facts.c.id, *columns).order_by(*order).limit(limit)
        if before is not None:
            at = select(sla_facts.c.at).where(sla_facts.c.id == before).scalar_subquery()
            chosen = chosen.where(or_(sla_facts.c.at < at, and_(sla_facts.c.at == at, sla_facts.c.id < before)))
        if since is not None:
            chosen = chosen.where(sla_facts.c.at >= since)
        for column, value in ((sla_facts.c.kind, kind), (sla_facts.c.metric, metric)):
            chosen = chosen if value is None else chosen.where(column == value)
        return [(row[0], tuple(row[1:])) for row in self._connection.execute(chosen)]


def _seconds(fact: MetricEvent) -> float | None:
    return None if fact.target is None else fact.target.total_seconds()
