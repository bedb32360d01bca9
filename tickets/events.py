"""What happens to tickets, in the past tense: the source of truth that ticket rows are rebuilt from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """Every kind of change a ticket can go through."""

    OPENED = "opened"
    RESPONSE_ATTACHED = "response_attached"
    RESPONSE_REVISED = "response_revised"
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    STATUS_CHANGED = "status_changed"
    SEVERITY_RAISED = "severity_raised"
    PRIORITY_CHANGED = "priority_changed"
    CONTACTED = "contacted"
    NOTED = "noted"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    SLA_UPDATED = "sla_updated"
    MERGED = "merged"
    UNMERGED = "unmerged"
    ABSORBED = "absorbed"
    RELEASED = "released"
    SPLIT = "split"
    FOLLOWED_UP = "followed_up"
    ESCALATION_ACKNOWLEDGED = "escalation_acknowledged"
    CHECKED = "checked"
    CUSTOMER_MESSAGED = "customer_messaged"
    CUSTOMER_ANSWERED = "customer_answered"
    WATCHED = "watched"
    UNWATCHED = "unwatched"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    REMINDER_SET = "reminder_set"
    REMINDER_DROPPED = "reminder_dropped"
    REMINDED = "reminded"
    FILE_ATTACHED = "file_attached"
    FILE_REMOVED = "file_removed"
    CATEGORISED = "categorised"
    CHILDREN_ATTACHED = "children_attached"
    CITED = "cited"
    UNCITED = "uncited"
    CONSENT_RECORDED = "consent_recorded"


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One change: who did what to which ticket, when and why.

    `data` holds facts without personal data (old and new values, rule ids, due times); text people wrote goes in
    `note`, which the hash chain covers only by salted digest, so that it can be erased (invariant 9).
    """

    ticket: str
    sequence: int
    kind: EventKind
    actor: str
    at: datetime
    reason: str = ""
    data: tuple[tuple[str, str], ...] = ()
    note: str = ""
