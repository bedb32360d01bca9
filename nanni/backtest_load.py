"""What a stream of fired responses would ask of the people who answer them: tickets, owners, full days.

Routing, episodes, cool-downs, budgets, settle windows and the test for storms are the real ones. How long a ticket
stays live cannot be known of tickets that never were, so it is one stated length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tickets.episodes import ReopenWindow
from tickets.routing import Routing
from triggers.handling import BudgetPolicy, StormPolicy
from triggers.policy import Severity
from triggers.storm_replay import Raged
from triggers.storms import Group

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a load is simulated under: who answers, for how long, and what the policy holds back.

    `handling` is how long a ticket stays live, `storms` are those that the policy's `storm` sees in the history.
    `ranked`: the responses of one batch and day are taken together, as a budget ranks them.
    """

    routing: Routing
    handling: timedelta
    zone: ZoneInfo = UTC
    reopen: ReopenWindow | None = None
    budget: BudgetPolicy | None = None
    storm: StormPolicy | None = None
    storms: tuple[Raged, ...] = ()
    ranked: bool = False


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """One owner over the whole time: `full_days` are days on which their live tickets reached their capacity.

    `reviews` are responses that their day had no room for under the policy's budget.
    """

    owner: str
    team: str
    capacity: int
    tickets: int
    peak: int
    full_days: int
    reviews: int = 0


@dataclass(frozen=True, slots=True)
class StormLoad:
    """One storm: `tickets` opened while it raged, of which owners were told in digests instead of `kept_back` mails."""

    group: Group
    began: datetime
    ended: datetime | None
    tickets: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class Load:
    """What became of the responses that fired.

    Each is in one of `opened`, `attached`, `suppressed`, `reviewed` and `refused`: suppressed by a cool-down, reviewed
    for want of a budget, refused by reason (its status, its age, an edit, a comment that was waited for and took its
    place). `attached` joined a live ticket, `reopened` among them brought one back. `problems` are the parent tickets
    of storms, which stand beside `opened`. `overflow` counts tickets that waited for somebody of the routed team to
    have room; `peaks` is the most live tickets of a team by day.
    """

    days: int
    opened: int
    attached: int
    overflow: int
    suppressed: int
    owners: tuple[OwnerLoad, ...]
    peaks: Mapping[tuple[str, date], int]
    severities: Mapping[Severity, int] = field(default_factory=dict)
    reopened: int = 0
    reviewed: int = 0
    problems: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    storms: tuple[StormLoad, ...] = ()

    @property
    def fired(self) -> int:
        """Responses that fired."""
        return self.opened + self.attached + self.suppressed + self.reviewed + sum(self.refused.values())

    @property
    def kept_back(self) -> int:
        """Notices of a ticket that a digest stands for."""
        return sum(storm.kept_back for storm in self.storms)

    @property
    def pressure(self) -> float:
        """Share of owner-days at capacity: days on which new work would have had to wait for somebody."""
        people = len(self.owners)
        return sum(owner.full_days for owner in self.owners) / (people * self.days) if people and self.days else 0.0
