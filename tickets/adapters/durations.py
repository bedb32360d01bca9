"""Lengths of time as workspace files write them: 30m, 2h, 1h30m, 5d."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


def _duration(text: str) -> str:
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise ValueError("not a duration such as 30m, 2h, 1h30m or 5d")
    return text.strip()


Duration = Annotated[str, AfterValidator(_duration)]


def length(text: str, day: timedelta = timedelta(days=1)) -> timedelta:
    """A checked duration as time; `day` is what "1d" is worth."""
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return days * day + timedelta(hours=hours, minutes=minutes)
