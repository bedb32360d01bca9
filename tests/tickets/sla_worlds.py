"""Worlds for the SLA oracle: a random calendar around a clock change, each minute marked by the wall clock.

The definition is read off the wall clock of the zone, minute by minute, with nothing of the engine in it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tickets.calendar import Calendar, Clock, Hours

MINUTE = timedelta(minutes=1)
Minutes = npt.NDArray[np.int32]
BEFORE, AFTER = 4 * 24 * 60, 8 * 24 * 60
"""Minutes that a world spans before and after its clock change."""

TURNS = [
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # winter is the "daylight saving" there
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),  # at one minute past midnight
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),  # midnight does not exist
    ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # half an hour for good
    ("America/Asuncion", datetime(2024, 10, 6, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),  # midnight comes twice
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # Ramadan
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # two hours at once
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1985, 12, 31, 18, 30, tzinfo=UTC)),  # a quarter of an hour for good
    ("Asia/Gaza", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Asia/Manila", datetime(1978, 3, 21, 16, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # half an hour
    ("Australia/Sydney", datetime(2026, 10, 3, 16, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a day that never was
    ("Pacific/Kwajalein", datetime(1993, 8, 21, 12, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 9, 26, 14, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]


@dataclass(frozen=True, eq=False)
class World:
    """A calendar and, for each minute from `start`, whether the wall clock says that it is working time."""

    calendar: Calendar
    start: datetime
    works: Minutes

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    @cached_property
    def ticks(self) -> dict[Clock, Minutes]:
        """What each minute is worth on a clock."""
        return {Clock.BUSINESS: self.works, Clock.ELAPSED: np.ones_like(self.works)}

    @cached_property
    def counted(self) -> dict[Clock, Minutes]:
        """The minutes of each clock before each minute, from none before the first to all of them."""
        return {clock: counted(ticks) for clock, ticks in self.ticks.items()}


def counted(ticks: Minutes) -> Minutes:
    """How much there was before each minute, and at the end."""
    return np.concatenate((np.zeros(1, np.int32), np.cumsum(ticks, dtype=np.int32)))


def works(calendar: Calendar, moment: datetime, zone: ZoneInfo) -> bool:
    """The definition, read off the wall clock: today's hours, or yesterday's that run past midnight."""
    wall = moment.astimezone(zone)
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    for day, reading in ((today, minute), (today - timedelta(days=1), minute + 24 * 60)):
        for start, end in calendar.hours[day.weekday()]:
            if start <= reading < end and day not in calendar.holidays:
                return True
    return False


def world(calendar: Calendar, start: datetime, minutes: int = BEFORE + AFTER) -> World:
    zone = ZoneInfo(calendar.timezone)
    told = np.fromiter((works(calendar, start + i * MINUTE, zone) for i in range(minutes)), np.int32, minutes)
    return World(calendar, start, told)


def random_worlds(rng: Random, turn: tuple[str, datetime] | None = None) -> tuple[World, World]:
    """A calendar around a clock change, and another for after an edit."""
    zone, moment = turn or rng.choice(TURNS)
    start = moment.replace(second=0) - BEFORE * MINUTE
    first = world(_calendar(rng, zone, moment.date()), start)
    return first, world(_calendar(rng, zone, moment.date()), start)


def _calendar(rng: Random, zone: str, around: date) -> Calendar:
    while not any(hours := tuple(_day(rng) for _ in range(7))):
        pass
    holidays = frozenset(around + timedelta(days=rng.randint(-4, 6)) for _ in range(rng.choice([0, 0, 1, 2])))
    return Calendar(zone, hours, holidays)


def _day(rng: Random) -> Hours:
    """Free, plain, split, overnight, or anything of up to three intervals apart from each other."""
    kind = rng.random()
    if kind < 0.2:
        return ()
    if kind < 0.35:
        return ((9 * 60, 17 * 60 + 30),)
    if kind < 0.5:
        return ((9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60))
    if kind < 0.65:
        return ((22 * 60, 30 * 60),)
    marks = sorted(rng.sample(range(36 * 60), rng.choice([2, 4, 6])))
    return tuple((start, end) for start, end in zip(marks[::2], marks[1::2], strict=True) if start < 24 * 60)
