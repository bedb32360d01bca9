"""A follow-up ticket: the same trouble goes on after the reopen window, in a ticket of its own that names the first."""

from datetime import datetime

from tickets.actions import SYSTEM, Acted, assigned
from tickets.events import EventKind, TicketEvent
from tickets.projection import apply, due_data
from tickets.routing import Assignment
from tickets.sla import SlaPolicy, due_times
from tickets.ticket import Ticket


def follow_up(earlier: Ticket, key: str, owner: Assignment, reason: str, sla: SlaPolicy, now: datetime) -> Acted:
    """The new ticket: what the earlier one was about, as severe and urgent, with clocks of its own and no response."""
    due = due_times(earlier.priority, now, sla, earlier.survey, earlier.tier)
    facts = (
        ("severity", earlier.severity.value),
        ("priority", earlier.priority.value),
        ("survey", earlier.survey),
        ("rule", earlier.rule),
        ("theme", earlier.theme),
        ("tier", earlier.tier),
        ("customer", earlier.customer_id),
        ("responses", "0"),
        ("follow_up_of", earlier.key),
        ("subject", earlier.subject),
        ("policy", earlier.policy_hash),
    )
    data = (*((name, value) for name, value in facts if value), *due_data(due))
    opened = TicketEvent(key, 1, EventKind.OPENED, SYSTEM, now, reason, data)
    return assigned(Acted(apply(None, opened), (opened,)), SYSTEM, now, owner)


def followed_up(earlier: Acted, key: str, now: datetime) -> Acted:
    """The earlier ticket, which says where the trouble goes on."""
    return earlier.then(EventKind.FOLLOWED_UP, SYSTEM, now, (("by", key),), "unhappy after the reopen window")
