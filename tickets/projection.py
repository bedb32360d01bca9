"""Ticket rows out of events: `apply` is the only way a ticket changes, so any row can be rebuilt from its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from feedback.errors import NanniError
from tickets.events import EventKind, TicketEvent
from tickets.ticket import Closure, DueTimes, Priority, Status, Ticket
from triggers.policy import Severity


class ProjectionError(NanniError):
    """Events that do not tell one ticket's life in order: a gap, a repeat, or a start that is no opening."""


Data = Mapping[str, str]
Fields = dict[str, Any]


def due_data(due: DueTimes) -> tuple[tuple[str, str], ...]:
    """Deadlines as event data; an absent target leaves no entry."""
    pairs = (("first_touch_due", due.first_touch), ("resolution_due", due.resolution))
    return tuple((name, value.isoformat()) for name, value in pairs if value is not None)


def apply(ticket: Ticket | None, event: TicketEvent) -> Ticket:
    """The ticket after one more event. Raises ProjectionError for an event out of order."""
    data = dict(event.data)
    if ticket is None:
        return _opened(event, data)
    if event.ticket != ticket.key or event.sequence != ticket.version + 1 or event.kind is EventKind.OPENED:
        raise ProjectionError(
            f"event {event.sequence} ({event.kind}) of {event.ticket} cannot follow version {ticket.version}",
            where=f"ticket {ticket.key}",
            next_step="run `nanni audit` to see whether the event log is whole",
        )
    return replace(ticket, version=event.sequence, **_CHANGES[event.kind](ticket, event, data))


def rebuild(events: Iterable[TicketEvent]) -> Ticket:
    """The ticket that these events, in order, tell of. Raises ProjectionError for none, or a gap."""
    ticket: Ticket | None = None
    for event in events:
        ticket = apply(ticket, event)
    if ticket is None:
        raise ProjectionError("a ticket without events", next_step="run `nanni audit`")
    return ticket


def _opened(event: TicketEvent, data: Data) -> Ticket:
    if event.kind is not EventKind.OPENED or event.sequence != 1:
        raise ProjectionError(
            f"the first event is {event.kind} {event.sequence}, not the opening",
            where=f"ticket {event.ticket}",
            next_step="run `nanni audit` to see whether the event log is whole",
        )
    return Ticket(
        key=event.ticket,
        status=Status.NEW,
        severity=Severity(data["severity"]),
        priority=Priority(data["priority"]),
        team="",
        owner="",
        survey=data["survey"],
        theme=data.get("theme"),
        rule=data["rule"],
        customer_id=data.get("customer"),
        opened_at=event.at,
        due=_due(data),
        version=1,
        subject=data.get("subject", ""),
        policy_hash=data.get("policy", ""),
        tier=data.get("tier"),
        responses=int(data.get("responses", "1")),
        follow_up_of=data.get("follow_up_of"),
    )


def _due(data: Data) -> DueTimes:
    return DueTimes(_time(data.get("first_touch_due")), _time(data.get("resolution_due")))


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _assigned(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"team": data["team"], "owner": data["owner"], "queue": data.get("queue")}


def _attached(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    learned = {"theme": data["theme"]} if "theme" in data else {}
    return learned if data.get("revised") else {"responses": ticket.responses + 1, **learned}


def _touched(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"status": Status(data["to"]), "escalated": "", **_contacted(ticket, event, data)}


def _moved(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"status": Status(data["to"])}


def _raised(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"severity": Severity(data["to"]), "rule": data.get("rule", ticket.rule)}


def _prioritised(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"priority": Priority(data["to"]), "due": _due(data)}


def _contacted(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"first_touched_at": ticket.first_touched_at or event.at}


def _resolved(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    closure = Closure(data["root_cause"], event.note, data["resolved"] == "yes")
    return {"status": Status(data["to"]), "resolved_at": event.at, "closure": closure, "escalated": ""}


def _closed(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"status": Status(data["to"]), "closed_at": event.at}


def _reopened(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    withdrawn = {"resolved_at": None, "closed_at": None, "closure": None, "checked": ()}
    return {"status": Status(data["to"]), "due": _due(data), **withdrawn}


def _retimed(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"due": _due(data)}


def _merged(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"merged_into": data.get("into")}


def _regrouped(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    """Responses came or went with another ticket, and with them what they made worse."""
    fields: Fields = {"responses": int(data["responses"])}
    if "severity" in data:
        fields |= {"severity": Severity(data["severity"]), "rule": data["rule"]}
    if "priority" in data:
        fields["priority"] = Priority(data["priority"])
    if "retimed" in data:
        fields["due"] = _due(data)
    return fields


def _escalated(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"escalated": data["step"]}


def _answered_for(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"escalated": ""}


def _checked(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {"checked": tuple(dict.fromkeys((*ticket.checked, *data["items"].split())))}


def _counted(ticket: Ticket, event: TicketEvent, data: Data) -> Fields:
    return {}


_CHANGES: Mapping[EventKind, Callable[[Ticket, TicketEvent, Data], Fields]] = {
    EventKind.ASSIGNED: _assigned,
    EventKind.RESPONSE_ATTACHED: _attached,
    EventKind.RESPONSE_REVISED: _counted,
    EventKind.ACKNOWLEDGED: _touched,
    EventKind.STATUS_CHANGED: _moved,
    EventKind.SEVERITY_RAISED: _raised,
    EventKind.PRIORITY_CHANGED: _prioritised,
    EventKind.CONTACTED: _contacted,
    EventKind.NOTED: _counted,
    EventKind.ESCALATED: _escalated,
    EventKind.ESCALATION_ACKNOWLEDGED: _answered_for,
    EventKind.RESOLVED: _resolved,
    EventKind.CLOSED: _closed,
    EventKind.REOPENED: _reopened,
    EventKind.SLA_UPDATED: _retimed,
    EventKind.MERGED: _merged,
    EventKind.UNMERGED: _merged,
    EventKind.ABSORBED: _regrouped,
    EventKind.RELEASED: _regrouped,
    EventKind.SPLIT: _regrouped,
    EventKind.FOLLOWED_UP: _counted,
    EventKind.CHECKED: _checked,
    EventKind.CUSTOMER_MESSAGED: _counted,
    EventKind.CUSTOMER_ANSWERED: _counted,
    EventKind.WATCHED: _counted,
    EventKind.UNWATCHED: _counted,
    EventKind.TAGGED: _counted,
    EventKind.UNTAGGED: _counted,
    EventKind.REMINDER_SET: _counted,
    EventKind.REMINDER_DROPPED: _counted,
    EventKind.REMINDED: _counted,
    EventKind.FILE_ATTACHED: _counted,
    EventKind.FILE_REMOVED: _counted,
    EventKind.CATEGORISED: _counted,
    EventKind.CHILDREN_ATTACHED: _counted,
    EventKind.CITED: _counted,
    EventKind.UNCITED: _counted,
    EventKind.CONSENT_RECORDED: _counted,
}
"""Which fields of the row each kind of event sets; some events only count as versions."""
