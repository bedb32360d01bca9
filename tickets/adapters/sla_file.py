"""sla.yaml into an `SlaPolicy`: durations, hours and holidays parsed once, working days turned into working time."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.adapters.calendar_model import CalendarModel, build_calendar
from tickets.adapters.cause_model import flat_causes
from tickets.adapters.durations import Duration, length
from tickets.adapters.ladder_model import LadderModel, build_ladder
from tickets.adapters.priority_model import PriorityTableModel, as_list, build_table
from tickets.calendar import Calendar, Clock
from tickets.ladder import Ladder
from tickets.priority import SEVERITY_ALONE
from tickets.routing import Routing
from tickets.sla import DEFAULT_PRIORITIES, Metric, PauseRule, SlaPolicy, SpecialTarget, Target
from tickets.ticket import LIVE, Priority, Status
from triggers.policy import Severity

Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(as_list)]


class TargetModel(FileModel):
    """What is promised for one priority; "1d" of business time is one working day of the calendar.

    With `tier` or `survey` it holds for those tickets only; the first such line that takes a ticket goes before the
    priority's plain line.
    """

    priority: Priority
    tier: Names = ()
    survey: Names = ()
    first_touch: Duration | None = None
    next_touch: Duration | None = None
    resolution: Duration | None = None
    close_the_loop: Duration | None = None
    clock: Clock = Clock.BUSINESS
    calendar: str | None = None


class PauseModel(FileModel):
    """A status in which metrics stand still, for at most `cap` of a target's own time in all."""

    status: Status
    metrics: tuple[Metric, ...] = Field(default=(Metric.RESOLUTION, Metric.CLOSE_THE_LOOP), min_length=1)
    cap: Duration | None = None


class SlaModel(FileModel):
    """sla.yaml as written."""

    calendar: CalendarModel
    calendars: dict[str, CalendarModel] = Field(default_factory=dict)
    priorities: dict[Severity, Priority] = Field(default_factory=dict)
    priority_table: PriorityTableModel | None = None
    targets: tuple[TargetModel, ...] = Field(min_length=1)
    tier_attribute: str = "tier"
    pauses: tuple[PauseModel, ...] = ()
    escalate_overdue_to: str | None = None
    escalation: LadderModel | None = None
    root_causes: Annotated[tuple[str, ...], BeforeValidator(flat_causes)] = Field(min_length=1)


def load_sla(path: Path, routing: Routing | None = None) -> SlaPolicy:
    """Read sla.yaml. Raises ConfigError, also when overdue work would go to somebody `routing` does not know."""
    model = load_yaml(path, SlaModel)
    if routing and (unknown := model.escalate_overdue_to) and not routing.address(unknown):
        raise ConfigError(
            f"{unknown!r} is in no team of routing.yaml, so nobody would hear of overdue work",
            where=f"{path}: escalate_overdue_to",
            allowed=", ".join(member.id for team in routing.teams for member in team.members),
            next_step="name one of them, or add the person to a team",
        )
    calendar = build_calendar(model.calendar, path)
    named = {name: build_calendar(one, path, f"calendars.{name}") for name, one in model.calendars.items()}
    days = {name: _working_day(model.calendars[name], one) for name, one in named.items()}
    day = _working_day(model.calendar, calendar)
    _check(model, path)

    def target(one: TargetModel) -> Target:
        if one.calendar is None:
            return _target(one, day, None)
        return _target(one, days[one.calendar], named[one.calendar])

    return SlaPolicy(
        calendar=calendar,
        targets={one.priority: target(one) for one in model.targets if not (one.tier or one.survey)},
        priorities={**DEFAULT_PRIORITIES, **model.priorities},
        root_causes=model.root_causes,
        special=tuple(
            SpecialTarget(one.priority, target(one), one.tier, one.survey)
            for one in model.targets
            if one.tier or one.survey
        ),
        pauses=tuple(_pause(one, day) for one in model.pauses),
        tier_attribute=model.tier_attribute,
        priority_table=build_table(model.priority_table) if model.priority_table else SEVERITY_ALONE,
    )


def load_ladder(path: Path, sla: SlaPolicy, routing: Routing) -> Ladder:
    """The escalation ladder of sla.yaml. Raises ConfigError, also for somebody that `routing` does not know."""
    model = load_yaml(path, SlaModel)
    day = _working_day(model.calendar, sla.calendar)
    return build_ladder(model.escalation, model.escalate_overdue_to, path, day, routing)


def _check(model: SlaModel, path: Path) -> None:
    """Raises ConfigError for a line that says something twice or names what is not there."""
    plain = [one.priority for one in model.targets if not (one.tier or one.survey)]
    if repeated := next((one for i, one in enumerate(plain) if one in plain[:i]), None):
        raise ConfigError(
            f"priority {repeated} has two targets", where=f"{path}: targets", next_step="keep one line a priority"
        )
    for i, line in enumerate(model.targets):
        if line.calendar is not None and line.calendar not in model.calendars:
            raise ConfigError(
                f"no calendar is called {line.calendar!r}",
                where=f"{path}: targets[{i}].calendar",
                allowed=", ".join(model.calendars) or "none: there are no `calendars`",
                next_step="name one of them, or leave it out for the policy's own",
            )
    statuses = [one.status for one in model.pauses]
    for i, status in enumerate(statuses):
        if status in statuses[:i] or status not in LIVE or status is Status.NEW:
            raise ConfigError(
                f"{status} is named twice" if status in statuses[:i] else f"nothing pauses while a ticket is {status}",
                where=f"{path}: pauses[{i}].status",
                allowed=", ".join(one for one in LIVE if one is not Status.NEW),
                next_step="give each pausing status one line",
            )


def _working_day(model: CalendarModel, calendar: Calendar) -> timedelta:
    """What "1d" of a calendar's business time is worth."""
    return length(model.day) if model.day else calendar.working_day()


def _target(model: TargetModel, working_day: timedelta, calendar: Calendar | None) -> Target:
    day = working_day if model.clock is Clock.BUSINESS else timedelta(days=1)
    lengths: Mapping[str, timedelta | None] = {
        metric.value: length(told, day) if (told := getattr(model, metric.value)) else None for metric in Metric
    }
    return Target(**lengths, clock=model.clock, calendar=calendar)


def _pause(model: PauseModel, day: timedelta) -> PauseRule:
    return PauseRule(model.status, model.metrics, length(model.cap, day) if model.cap else None)
