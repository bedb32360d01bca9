"""Holidays out of an iCalendar file (RFC 5545): its all-day events, of one or several days, once or every year.

Anything else that recurs is refused rather than guessed: a holiday missed is a deadline that is wrong.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from feedback.errors import ConfigError

_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEARLY = re.compile(r"FREQ=YEARLY(;INTERVAL=1)?(;(UNTIL=(?P<until>\d{8})(T\d{6}Z?)?|COUNT=(?P<count>\d+)))?")


def all_day_dates(path: Path, years: range) -> list[date]:
    """The dates of a file's all-day events; yearly ones are expanded over `years`, those with a time are left out.

    Raises ConfigError when the file cannot be read, has no all-day event, or recurs in another way than every year.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read the holidays: {error}", where=str(path), next_step="put an iCalendar file there, in UTF-8"
        ) from error
    dates = [day for event in _events(text) for day in _dates(event, years, path)]
    if not dates:
        raise ConfigError("no all-day event in it", where=str(path), next_step="export the holidays as all-day events")
    return dates


def _events(text: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Each event's properties: name to parameters and value. Folded lines are joined first."""
    event: dict[str, tuple[str, str]] | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, _, value = line.partition(":")
        name, _, parameters = name.upper().partition(";")
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value.strip().upper()) == ("END", "VEVENT") and event is not None:
            yield event
            event = None
        elif event is not None:
            event.setdefault(name, (parameters, value.strip()))


def _dates(event: dict[str, tuple[str, str]], years: range, path: Path) -> Iterator[date]:
    parameters, start = event.get("DTSTART", ("", ""))
    if "VALUE=DATE" not in parameters.split(";") or event.get("STATUS", ("", ""))[1].upper() == "CANCELLED":
        return
    first = _date(start, path)
    last = _date(event["DTEND"][1], path) - timedelta(days=1) if "DTEND" in event else first
    span = max((last - first).days, 0) + 1
    for day in _starts(first, event, years, path):
        yield from (day + timedelta(days=i) for i in range(span))


def _starts(first: date, event: dict[str, tuple[str, str]], years: range, path: Path) -> Iterator[date]:
    odd = [name for name in ("RDATE", "EXDATE", "EXRULE", "DURATION") if name in event]
    rule = event.get("RRULE", ("", ""))[1].upper()
    yearly = _YEARLY.fullmatch(rule) if rule else None
    if odd or (rule and yearly is None):
        raise ConfigError(
            f"the event of {first} has {' and '.join(odd) or f'RRULE {rule}'}, which is not read",
            where=str(path),
            allowed="single events, and RRULE:FREQ=YEARLY with UNTIL or COUNT",
            next_step="export each date as an event of its own, or list the dates in sla.yaml",
        )
    if yearly is None:
        yield first
        return
    until = _date(yearly["until"], path) if yearly["until"] else date(years[-1], 12, 31)
    count = int(yearly["count"]) if yearly["count"] else None
    days = (day for year in range(first.year, years[-1] + 1) if (day := _in_year(first, year)) is not None)
    for number, day in enumerate(days):
        if day > until or (count is not None and number >= count):
            return
        yield day


def _in_year(day: date, year: int) -> date | None:
    """The same day of another year; 29 February has none in most."""
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def _date(text: str, path: Path) -> date:
    found = _DAY.match(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is not a date", where=str(path), allowed="YYYYMMDD", next_step="correct that event"
        ) from error
