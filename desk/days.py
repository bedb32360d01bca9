"""Days of an address as moments."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from desk.errors import BadFormError


def midnight(day: date, zone: ZoneInfo, name: str) -> datetime:
    """When a day begins there, in UTC. Raises BadFormError for a day at the end of the calendar."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        raise BadFormError(f"{name} is no day that anything happens on", allowed="YYYY-MM-DD") from None
