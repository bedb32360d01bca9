"""sla.yaml into an `SlaPolicy`: durations, hours and holidays parsed once, working days turned into working time."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.calendar import WEEKDAYS, Calendar, Clock, Hours
from tickets.routing import Routing
from tickets.sla import DEFAULT_PRIORITIES, SlaPolicy, Target
from tickets.ticket import Priority
from triggers.policy import Severity

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_HOLIDAY_YEARS = range(2000, 2061)


def _duration(text: str) -> str:
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise ValueError("not a duration such as 30m, 2h, 1h30m or 5d")
    return text.strip()


def _interval(text: str) -> str:
    if not _INTERVAL.fullmatch(text):
        raise ValueError('not an interval such as "09:00-17:30" (end before start: into the next day; end 24:00)')
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not an IANA time zone such as Europe/London") from error
    return name


Duration = Annotated[str, AfterValidator(_duration)]


class HoursModel(FileModel):
    """Working intervals by weekday; a day left out is free."""

    mon: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    tue: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    wed: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    thu: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    fri: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    sat: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()
    sun: tuple[Annotated[str, AfterValidator(_interval)], ...] = ()


class CalendarModel(FileModel):
    """A calendar; holidays are dates, or country codes of the `holidays` package ("GB", "GB-ENG")."""

    timezone: Annotated[str, AfterValidator(_zone)]
    hours: HoursModel
    holidays: tuple[date | str, ...] = ()
    day: Duration | None = None


class TargetModel(FileModel):
    """What is promised for one priority; "1d" of business time is one working day of the calendar."""

    priority: Priority
    first_touch: Duration | None = None
    resolution: Duration | None = None
    clock: Clock = Clock.BUSINESS


class SlaModel(FileModel):
    """sla.yaml as written."""

    calendar: CalendarModel
    priorities: dict[Severity, Priority] = Field(default_factory=dict)
    targets: tuple[TargetModel, ...] = Field(min_length=1)
    escalate_overdue_to: str | None = None
    root_causes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


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
    if not any(getattr(model.calendar.hours, name) for name in WEEKDAYS):
        raise ConfigError(
            "no weekday has working hours",
            where=f"{path}: calendar.hours",
            next_step='give at least one day its hours, for example mon: ["09:00-17:30"]',
        )
    calendar = _calendar(model.calendar, path)
    working_day = _length(model.calendar.day, timedelta()) if model.calendar.day else calendar.working_day()
    listed = [target.priority for target in model.targets]
    if repeated := next((one for i, one in enumerate(listed) if one in listed[:i]), None):
        raise ConfigError(
            f"priority {repeated} has two targets", where=f"{path}: targets", next_step="keep one line a priority"
        )
    return SlaPolicy(
        calendar=calendar,
        targets={target.priority: _target(target, working_day) for target in model.targets},
        priorities={**DEFAULT_PRIORITIES, **model.priorities},
        escalate_overdue_to=model.escalate_overdue_to,
        root_causes=model.root_causes,
    )


def _target(model: TargetModel, working_day: timedelta) -> Target:
    day = working_day if model.clock is Clock.BUSINESS else timedelta(days=1)
    return Target(
        first_touch=_length(model.first_touch, day) if model.first_touch else None,
        resolution=_length(model.resolution, day) if model.resolution else None,
        clock=model.clock,
    )


def _length(text: str, day: timedelta) -> timedelta:
    """A checked duration as time; `day` is what "1d" is worth."""
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return days * day + timedelta(hours=hours, minutes=minutes)


def _calendar(model: CalendarModel, path: Path) -> Calendar:
    return Calendar(
        timezone=model.timezone,
        hours=tuple(_day(getattr(model.hours, name)) for name in WEEKDAYS),
        holidays=frozenset(day for item in model.holidays for day in _free_days(item, path)),
    )


def _day(intervals: tuple[str, ...]) -> Hours:
    return tuple(sorted(_minutes(text) for text in intervals))


def _minutes(text: str) -> tuple[int, int]:
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return start, end if end > start else end + 24 * 60


def _free_days(item: date | str, path: Path) -> list[date]:
    if isinstance(item, date):
        return [item]
    if item[:1].isdigit():
        return [_date(item, path)]
    country, _, subdivision = item.partition("-")
    try:
        return list(holidays.country_holidays(country, subdiv=subdivision or None, years=_HOLIDAY_YEARS))
    except NotImplementedError as error:
        raise ConfigError(
            f"holidays {item!r}: {error}",
            where=f"{path}: calendar.holidays",
            allowed="dates (2026-12-25) and ISO country codes, with a region if wanted (GB, GB-ENG)",
            next_step="use another code or list the dates",
        ) from error


def _date(text: str, path: Path) -> date:
    """A date that YAML took for text, because it is quoted or is no date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"holidays: {text!r} is not a date",
            where=f"{path}: calendar.holidays",
            allowed="YYYY-MM-DD",
            next_step="correct that date",
        ) from error
