"""Who reads: language, zone and theme, and how dates, numbers and durations look to them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal, format_percent
from starlette.requests import Request

from desk.texts import Texts, load_texts
from tickets.calendar import Clock
from tickets.sla_state import SlaState

ZONE_COOKIE, THEME_COOKIE = "desk_zone", "desk_theme"
THEMES = ("auto", "light", "dark")
LANGUAGES_READ = 10
WHOLE_FROM = 10
"""Hours from which minutes say nothing more; desk.js counts on in the same way."""
DEFAULT_LOCALE = Locale("en", "GB")


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader's locale, zone, theme and texts; `now` is the desk's clock."""

    locale: Locale
    zone: ZoneInfo
    theme: str
    texts: Texts
    now: datetime

    def moment(self, at: datetime | None) -> str:
        """A date and time, with the zone."""
        if at is None:
            return ""
        there = at.astimezone(self.zone)
        return f"{_date(there.date(), 'yMMMd', self.locale)}, {self._time(there)} {there:%Z}"

    def short(self, at: datetime | None) -> str:
        """The time today, the day this year, else the date."""
        if at is None:
            return ""
        there, here = at.astimezone(self.zone), self.now.astimezone(self.zone)
        if there.date() == here.date():
            return self._time(there)
        return _date(there.date(), "MMMd" if there.year == here.year else "yMMMd", self.locale)

    def plain_day(self, day: date) -> str:
        """A day, with its year where that is not this one."""
        here = self.now.astimezone(self.zone)
        return _date(day, "MMMd" if day.year == here.year else "yMMMd", self.locale)

    def _time(self, there: datetime) -> str:
        return _time(there.time().replace(second=0, microsecond=0), self.locale)

    def day(self, day: date) -> str:
        """A day, with its weekday."""
        return _date(day, "yMMMEd", self.locale)

    def number(self, value: float | None, pattern: str | None = None) -> str:
        """A number with the locale's separators; a dash for none."""
        return "–" if value is None else _decimal(value, pattern, self.locale)

    def share_change(self, value: float) -> str:
        """A share more or less, as a whole percentage with its sign."""
        told = self.percent(abs(value))
        return f"{'+' if value > 0 else '−' if value < 0 else ''}{told}"

    def percent(self, value: float | None) -> str:
        """A share as a percentage; a dash for none."""
        return "–" if value is None else str(format_percent(value, locale=self.locale))

    def tenth(self, value: float | None) -> str:
        """A share as a percentage with one decimal; a dash for none."""
        return "–" if value is None else str(format_percent(value, _tenths(self.locale), locale=self.locale))

    def span(self, length: timedelta | None) -> str:
        """A duration in its one or two largest units."""
        if length is None:
            return "–"
        minutes = int(abs(length).total_seconds() // 60)
        days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
        if days >= 3:
            return self.texts("span.days", days=days)
        if days:
            return self.texts("span.days_hours", days=days, hours=hours)
        if hours >= WHOLE_FROM:
            return self.texts("span.whole_hours", hours=hours)
        if hours:
            return self.texts("span.hours", hours=hours, minutes=minutes)
        return self.texts("span.minutes", minutes=minutes)

    def used(self, state: SlaState) -> str:
        """The time a promise has used, in hours where only working hours count: a working day is no 24 of them."""
        return self._clocked(state.business if state.clock is Clock.BUSINESS else state.elapsed, state.clock)

    def target(self, state: SlaState) -> str:
        """The time a promise allows."""
        return self._clocked(state.target, state.clock)

    def _clocked(self, length: timedelta | None, clock: Clock) -> str:
        if length is None or clock is Clock.ELAPSED:
            return self.span(length)
        hours, minutes = divmod(int(length.total_seconds() // 60), 60)
        key = "span.hours" if minutes and hours < 100 else "span.whole_hours"
        return self.texts(key, hours=self.number(hours), minutes=minutes)


@lru_cache(maxsize=4_000)  # a list has many dates and numbers, and few different ones
def _date(day: date, fields: str, locale: Locale) -> str:
    """A day with these fields, in the order and with the signs that the locale writes them in."""
    return str(format_skeleton(fields, datetime.combine(day, time()), locale=locale))


@lru_cache(maxsize=4_000)
def _time(moment: time, locale: Locale) -> str:
    return str(format_time(moment, "short", locale=locale))


@lru_cache(maxsize=4_000)
def _decimal(value: float, pattern: str | None, locale: Locale) -> str:
    return str(format_decimal(value, format=pattern, locale=locale))


@lru_cache(maxsize=200)
def _tenths(locale: Locale) -> str:
    """The locale's own way to write a percentage, with one decimal."""
    return re.sub(r"0(?=[^0]*$)", "0.0", locale.percent_formats[None].pattern, count=1)


@lru_cache(maxsize=200)
def _parsed(name: str) -> Locale | None:
    try:
        return Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def reader_of(request: Request, workspace_zone: ZoneInfo, now: datetime) -> Reader:
    """The reader that a request's headers and cookies tell of; anything unknown falls back."""
    locale = _locale(request.headers.get("accept-language", ""))
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return Reader(
        locale,
        _zone(request.cookies.get(ZONE_COOKIE, "")) or workspace_zone,
        theme if theme in THEMES else "auto",
        load_texts(locale.language),
        now,
    )


def _locale(accepted: str) -> Locale:
    names = (part.partition(";")[0].strip()[:20] for part in accepted.split(",")[:LANGUAGES_READ])
    return next((locale for name in names if (locale := _parsed(name)) is not None), DEFAULT_LOCALE)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name and len(name) < 64 else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
