"""Calendars of sla.yaml: hours, an IANA zone, and holidays as dates, country codes or iCalendar files."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator

from feedback.adapters.yaml_file import FileModel
from feedback.errors import ConfigError
from tickets.adapters.durations import Duration
from tickets.adapters.ical import all_day_dates
from tickets.calendar import WEEKDAYS, Calendar, Hours

_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
HOLIDAY_YEARS = range(2000, 2061)
"""Years that country codes and yearly entries of iCalendar files are expanded for."""


def _interval(text: str) -> str:
    if not _INTERVAL.fullmatch(text):
        raise ValueError('not an interval such as "09:00-17:30" (end before start: into the next day; end 24:00)')
    return text


def zone(name: str) -> str:
    """A checked IANA zone name, for pydantic. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not an IANA time zone such as Europe/London") from error
    return name


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
    """A calendar; holidays are dates, country codes of the `holidays` package ("GB-ENG") or .ics files."""

    timezone: Annotated[str, AfterValidator(zone)]
    hours: HoursModel
    holidays: tuple[date | str, ...] = ()
    day: Duration | None = None


def build_calendar(model: CalendarModel, path: Path, place: str = "calendar") -> Calendar:
    """The calendar of a model; `path` is the file it stands in, which .ics files are found beside.

    Raises ConfigError for hours that no weekday has, and for holidays that cannot be read.
    """
    if not any(getattr(model.hours, name) for name in WEEKDAYS):
        raise ConfigError(
            "no weekday has working hours",
            where=f"{path}: {place}.hours",
            next_step='give at least one day its hours, for example mon: ["09:00-17:30"]',
        )
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
    if item.lower().endswith(".ics"):
        return all_day_dates(path.parent / item, HOLIDAY_YEARS)
    country, _, subdivision = item.partition("-")
    try:
        return list(holidays.country_holidays(country, subdiv=subdivision or None, years=HOLIDAY_YEARS))
    except NotImplementedError as error:
        raise ConfigError(
            f"holidays {item!r}: {error}",
            where=f"{path}: calendar.holidays",
            allowed="dates (2026-12-25) ISO country codes, with a region if wanted (GB, GB-ENG), and .ics files",
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
