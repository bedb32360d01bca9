"""Days and times of an address as moments."""

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from desk.errors import BadFormError


def instant(moment: datetime | None, zone: tzinfo, name: str) -> datetime | None:
    """A time in UTC; without a zone of its own it is meant there. Raises BadFormError at the end of the calendar."""
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise BadFormError(f"{name} is no time that anything happens at", allowed="2026-03-09T10:00") from None


def midnight(day: date, zone: ZoneInfo, name: str) -> datetime:
    """When a day begins there, in UTC. Raises BadFormError for a day at the end of the calendar."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        raise BadFormError(f"{name} is no day that anything happens on", allowed="YYYY-MM-DD") from None
