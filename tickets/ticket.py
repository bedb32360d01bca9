"""A ticket: what is owed to one customer about one theme, who owes it, and by when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triggers.policy import Severity


class Status(StrEnum):
    """Where a ticket stands; `tickets.lifecycle` says which moves are allowed."""

    NEW = "new"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting_on_customer"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"


LIVE = (Status.NEW, Status.OPEN, Status.IN_PROGRESS, Status.WAITING, Status.ON_HOLD)
"""Statuses in which the promise is still owed; a customer has at most one such ticket an episode, merged ones aside."""


class Priority(StrEnum):
    """Order of work, most urgent first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class DueTimes:
    """Deadlines in UTC by SLA metric; None where no target applies."""

    first_touch: datetime | None = None
    resolution: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """What closing a ticket must say: the cause, what was done, and whether it was resolved for the customer."""

    root_cause: str
    action_taken: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """The current state of one ticket: a projection of its events, rebuilt from them at will.

    `version` counts its events and guards every write. `customer_id` is the ledger's own id, not personal data.
    With `queue` the owner only holds it: it waits for capacity in that team.
    `merged_into` names the ticket that took this one over, `follow_up_of` the one whose reopen window was over,
    `escalated` the last step that nobody has acknowledged yet ("" for none), `checked` the closing checklist so far.
    """

    key: str
    status: Status
    severity: Severity
    priority: Priority
    team: str
    owner: str
    survey: str
    theme: str | None
    rule: str
    customer_id: str | None
    opened_at: datetime
    due: DueTimes
    version: int
    subject: str = ""
    first_touched_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    closure: Closure | None = None
    responses: int = 1
    policy_hash: str = ""
    tier: str | None = None
    queue: str | None = None
    merged_into: str | None = None
    follow_up_of: str | None = None
    escalated: str = ""
    checked: tuple[str, ...] = ()

    @property
    def episode(self) -> str:
        """What the promise is about, with the customer: the theme's first level, "" without a theme."""
        return episode_of(self.theme)

    @property
    def live(self) -> bool:
        """Whether the promise is still owed by this ticket itself: not resolved, and not merged into another."""
        return self.status in LIVE and self.merged_into is None


def episode_of(theme: str | None) -> str:
    """The episode that a theme belongs to: "delivery" for "delivery.late", "" for none."""
    return (theme or "").partition(".")[0]
