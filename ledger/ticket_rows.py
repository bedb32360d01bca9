"""Tickets and events between their dataclasses and rows, both ways; no database in here."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from ledger.bulk import from_json
from ledger.columns import iso
from ledger.identity import customer_name, customer_number
from tickets.events import EventKind, TicketEvent
from tickets.ticket import Closure, DueTimes, Priority, Status, Ticket
from triggers.policy import Severity

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The next due time of a live ticket to which nothing is promised, or whose clock stands still."""


def stored_values(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket's row, the one that only orders the inbox included."""
    return {**ticket_values(ticket), "next_due": next_due(ticket)}


def next_due(ticket: Ticket) -> datetime | None:
    """What is due next: the first touch until there was one, then the resolution; None once nothing is owed."""
    if not ticket.live:
        return None
    first = ticket.due.first_touch if ticket.first_touched_at is None else None
    return min((due for due in (first, ticket.due.resolution) if due), default=NEVER)


def ticket_values(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket's row."""
    closure = ticket.closure
    return {
        "key": ticket.key,
        "status": ticket.status.value,
        "severity": ticket.severity.value,
        "priority": ticket.priority.value,
        "team": ticket.team,
        "owner": ticket.owner,
        "survey": ticket.survey,
        "theme": ticket.theme,
        "tier": ticket.tier,
        "rule": ticket.rule,
        "customer": customer_number(ticket.customer_id),
        "opened_at": ticket.opened_at,
        "first_touch_due": ticket.due.first_touch,
        "resolution_due": ticket.due.resolution,
        "version": ticket.version,
        "subject": ticket.subject,
        "first_touched_at": ticket.first_touched_at,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "root_cause": closure.root_cause if closure else None,
        "action_taken": closure.action_taken if closure else None,
        "resolved": closure.resolved if closure else None,
        "responses": ticket.responses,
        "policy_hash": ticket.policy_hash,
        "queue": ticket.queue,
        "episode": ticket.episode,
        "merged_into": ticket.merged_into,
        "follow_up_of": ticket.follow_up_of,
        "escalated": ticket.escalated,
        "checked": " ".join(ticket.checked) or None,
    }


def cells(values: dict[str, Any]) -> tuple[str | int | None, ...]:
    """The values of a row as the driver takes them."""
    return tuple([iso(value) if isinstance(value, datetime) else value for value in values.values()])


def as_ticket(row: Row[Any]) -> Ticket:
    """The ticket of a row that has every column of the table, in its order: by name takes twice as long."""
    (
        key, status, severity, priority, team, owner, survey, theme, tier, rule, customer, opened_at, first_touch_due,
        resolution_due, version, subject, first_touched_at, resolved_at, closed_at, root_cause, action_taken, resolved,
        responses, policy_hash, queue, _, _, merged_into, follow_up_of, escalated, checked,
    ) = row  # fmt: skip
    return Ticket(
        key=key,
        status=Status(status),
        severity=Severity(severity),
        priority=Priority(priority),
        team=team,
        owner=owner,
        survey=survey,
        theme=theme,
        tier=tier,
        rule=rule,
        customer_id=customer_name(customer),
        opened_at=opened_at,
        due=DueTimes(first_touch_due, resolution_due),
        version=version,
        subject=subject,
        first_touched_at=first_touched_at,
        resolved_at=resolved_at,
        closed_at=closed_at,
        closure=None if root_cause is None else Closure(root_cause, action_taken or "", bool(resolved)),
        responses=responses,
        policy_hash=policy_hash,
        queue=queue,
        merged_into=merged_into,
        follow_up_of=follow_up_of,
        escalated=escalated,
        checked=tuple(checked.split()) if checked else (),
    )


def as_event(row: Row[Any]) -> TicketEvent:
    """The event of a row."""
    return TicketEvent(
        ticket=row.ticket,
        sequence=row.sequence,
        kind=EventKind(row.kind),
        actor=row.actor,
        at=row.at,
        reason=row.reason,
        data=tuple((name, value) for name, value in from_json(row.data)),
        note=row.note,
    )


def differences(before: Ticket, now: Ticket) -> str:
    """What differs between two states of one ticket, for a person: "owner amira -> ben, priority high -> urgent"."""
    old, new = ticket_values(before), ticket_values(now)
    return ", ".join(f"{name} {_told(old[name])} -> {_told(new[name])}" for name in old if old[name] != new[name])


def _told(value: Any) -> str:
    return "none" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
