"""The escalation ladder: who hears when, as a promise runs out and after it is broken, and by which signals besides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tickets.calendar import Calendar, deadline, elapsed
from tickets.sla import Metric, SlaPolicy
from tickets.sla_state import SlaState, Standing

OWNER, LEAD, MANAGER = "owner", "lead", "manager"
"""Roles that a step can name instead of a person."""

TIMED = (Metric.FIRST_TOUCH, Metric.RESOLUTION)
"""Metrics whose due times stand in a ticket's row."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: reached when the fraction `at` of the target is used up, or `after` so much time past it.

    At 1 the promise is broken: the rung is reached a moment after the deadline, never at it.
    """

    id: str
    to: tuple[str, ...]
    at: float = 1.0
    after: timedelta = timedelta()
    metrics: tuple[Metric, ...] = TIMED

    def reached(self, state: SlaState, calendar: Calendar, now: datetime) -> bool:
        """Whether a turn that is still owed, counted on `calendar`, has come this far; a pause reaches nothing new."""
        if state.metric not in self.metrics or state.until is not None or state.deadline is None:
            return False
        target = state.target or timedelta()
        if now > state.deadline:
            return elapsed(state.deadline, now, calendar, state.clock) >= self.after + max(self.at - 1, 0) * target
        if state.standing is Standing.PAUSED or not self.warns:
            return False
        return elapsed(now, state.deadline, calendar, state.clock) <= (1 - self.at) * target

    @property
    def warns(self) -> bool:
        """Whether it comes before the promise is broken."""
        return self.at < 1 and not self.after


class Signal(StrEnum):
    """What besides time calls for help. EXPERTISE is raised by hand."""

    REPEATED = "repeated"
    IMPACT = "impact"
    EXPERTISE = "expertise"


@dataclass(frozen=True, slots=True)
class SignalRule:
    """A signal that the ticket's events can show, from which number on, and who hears of it."""

    signal: Signal
    at_least: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps in order, signals, and how often an escalation is told again until somebody acknowledges it.

    `most` limits the repetitions of one escalation (None: until it is acknowledged). With `stops`, a promise whose
    escalation was acknowledged climbs no further; else its later steps are still told.
    """

    steps: tuple[Step, ...]
    signals: tuple[SignalRule, ...] = ()
    repeat: timedelta | None = None
    most: int | None = None
    stops: bool = False

    @property
    def by_due_time(self) -> bool:
        """Whether the due times in the rows show every ticket that may have reached something."""
        timed = all(set(step.metrics) <= set(TIMED) for step in self.steps)
        return timed and not self.signals and self.repeat is None

    def horizon(self, policy: SlaPolicy, now: datetime) -> datetime:
        """A ticket whose due times are all later has reached no step by `now`."""
        early = min((step.at for step in self.steps if step.warns), default=1.0)
        targets = [*policy.targets.values(), *(special.target for special in policy.special)]
        ends = [
            deadline(now, (1 - early) * length, policy.calendar_of(target), target.clock)
            for target in targets
            for metric in TIMED
            if (length := target.length(metric)) is not None
        ]
        return max(ends, default=now)


def default_ladder(overdue_to: str | None) -> Ladder:
    """One step, when a promise is broken: the owner is told, and whoever `escalate_overdue_to` names."""
    return Ladder((Step("1", (OWNER, *((overdue_to,) if overdue_to else ()))),))
