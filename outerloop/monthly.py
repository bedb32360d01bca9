"""A month as managers are told of it: figures with intervals, alarms, drivers, initiatives, promises, what to do next.

Made by `outerloop.monthly_builder` from a warehouse, put into words by `outerloop.monthly_page`. Shares are proportions
(0 … 1), scores as in `outerloop.reports`, hours elapsed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from outerloop.alarm_reports import Alarm, Verbatim
from outerloop.between import Days, Worked
from outerloop.effect_reports import Measured
from outerloop.initiatives import Initiative
from outerloop.rates import Estimate


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the month, the same of the months before it, and the difference; None where there was none before."""

    now: Estimate
    before: Estimate | None
    moved: Estimate | None

    @property
    def clear(self) -> bool:
        """Whether chance alone is an unlikely reason for the difference (its 95 % interval leaves zero out)."""
        return self.moved is not None and self.moved.clear


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One kind of scale: `value` in NPS points, or per cent in the top band for any other kind."""

    kind: str
    answers: int
    value: Change


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme's share of the month's responses."""

    theme: str
    name: str
    level: int
    mentions: int
    responses: int
    share: Change


@dataclass(frozen=True, slots=True)
class DriverLine:
    """What a theme moves the NPS by, in points, and its part of the variance that themes explain."""

    theme: str
    name: str
    answers: int
    impact: Estimate
    weight: Estimate


@dataclass(frozen=True, slots=True)
class InitiativeLine:
    """An initiative that had begun: its effect up to the month's end, or the reason why there is none to tell."""

    initiative: Initiative
    measured: Measured | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promise over the tickets opened in the month; `kept` is the share met of those decided."""

    promise: str
    tickets: int
    met: int
    missed: int
    pending: int
    kept: Change
    median_hours: float
    p90_hours: float


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team's tickets and promises; changes are not told, since a team's month is small."""

    team: str
    worked: Worked
    promises: tuple[PromiseLine, ...]


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A root cause's share of the tickets closed in the month."""

    cause: str
    closed: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A month on the way here: of `line` (a kind of scale, or a promise) its value with limits."""

    line: str
    month: date
    partial: bool
    value: Estimate


class StepKind(StrEnum):
    """What kind of thing is to be done."""

    LOOK_INTO = "look into"
    START = "start an initiative"
    DECIDE = "decide on an initiative"
    MEASURE = "measure again"
    PROMISES = "keep promises"
    CAUSES = "name causes"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with the figure that asks for it; `who` is a person's id, "" where nobody is named yet.

    `survey` is the one it is about, "" for all.
    """

    kind: StepKind
    what: str
    why: str
    who: str = ""
    survey: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Responses worth reading under a heading; the words themselves stay in the ledger."""

    about: str
    responses: tuple[Verbatim, ...]


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """One month. `before` are the whole months it is compared with (None: there are none), `year` the drivers' days.

    `partial`: responses do not cover the month from its first to its last day, so its counts cannot be compared with
    those of whole months; shares can, with care. `themes_looked_at` is how many themes `moved` was chosen from,
    `seasonal` whether alarms are against the same time of earlier years; the trends are the months of `year`, scores in
    points or per cent, promises as shares kept.
    """

    month: date
    days: Days
    before: Days | None
    year: Days
    partial: bool
    as_of: datetime
    zone: str
    responses: int
    responses_a_month_before: float | None
    scores: tuple[ScoreLine, ...]
    moved: tuple[ThemeLine, ...]
    themes_looked_at: int
    weeks_watched: tuple[date, ...]
    alarms: tuple[Alarm, ...]
    seasonal: bool
    drivers: tuple[DriverLine, ...]
    initiatives: tuple[InitiativeLine, ...]
    promises: tuple[PromiseLine, ...]
    worked: Worked
    worked_before: Worked | None
    teams: tuple[TeamLine, ...]
    causes: tuple[CauseLine, ...]
    score_trend: tuple[TrendPoint, ...]
    promise_trend: tuple[TrendPoint, ...]
    verbatims: tuple[Named, ...]
    steps: tuple[Step, ...] = ()
