"""Working time as interval algebra in UTC: what hours a calendar counts, when a target runs out, how much was used.

A moment is working time when the wall clock in the calendar's zone reads inside its hours on it. So an hour that the
clock skips does not count, one that it repeats counts twice, and an overnight interval belongs to the day it starts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from zoneinfo import ZoneInfo

from feedback.errors import ConfigError


class Clock(StrEnum):
    """Which time a target counts."""

    BUSINESS = "business"
    ELAPSED = "elapsed"


Hours = tuple[tuple[int, int], ...]
"""Working intervals of one weekday, in minutes from its midnight [start, end); an end past 1440 is the next day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_WEEK = 7 * _DAY
_SAMPLE = 3 * 60 * _MINUTE
_HORIZON_WEEKS = 520


@dataclass(frozen=True, slots=True)
class _Windows:
    """The working windows inside one UTC week, in microseconds; `used[i]` is the working time before window i."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    used: tuple[int, ...]
    total: int

    def before(self, moment: int) -> int:
        """Working time of this week before a moment."""
        i = bisect_right(self.starts, moment) - 1
        return 0 if i < 0 else self.used[i] + min(moment, self.ends[i]) - self.starts[i]

    def moment(self, used: int) -> int:
        """The first moment at which this much working time (more than 0, at most `total`) has been used."""
        i = bisect_left(self.used, used) - 1
        return self.starts[i] + used - self.used[i]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours by weekday (0 is Monday) in an IANA zone, without the holidays.

    `hours` has seven entries. The windows of a week are computed once and remembered, which changes no result.
    """

    timezone: str
    hours: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()
    _weeks: dict[int, _Windows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def week(self, number: int) -> _Windows:
        """The working windows of a UTC week, counted from the epoch."""
        windows = self._weeks.get(number)
        if windows is None:
            windows = self._weeks[number] = _windows(self, number)
        return windows

    def working_day(self) -> timedelta:
        """What "one day" of business time means: the mean working time of the weekdays that have any."""
        lengths = [sum(end - start for start, end in day) for day in self.hours if day]
        return timedelta(minutes=sum(lengths)) / len(lengths) if lengths else timedelta()


def deadline(start: datetime, target: timedelta, calendar: Calendar, clock: Clock) -> datetime:
    """The first moment, in UTC, by which `target` has been used since `start`.

    A target that runs out with a working window ends at the window's end, not at the next one's start. Raises
    ConfigError when the calendar has no working time for ten years.
    """
    if clock is Clock.ELAPSED or target <= timedelta():
        return (start + target if clock is Clock.ELAPSED else start).astimezone(UTC)
    begin, left = _micros(start), target // _MICROSECOND
    number = begin // _WEEK
    left += calendar.week(number).before(begin)
    idle = 0
    while (windows := calendar.week(number)).total < left:
        left -= windows.total
        number += 1
        idle = 0 if windows.total else idle + 1
        if idle > _HORIZON_WEEKS:
            raise ConfigError(
                f"no working time in the ten years after {start:%Y-%m-%d}",
                where=f"calendar in {calendar.timezone}",
                next_step="give at least one weekday working hours that are not all holidays",
            )
    return _EPOCH + timedelta(microseconds=windows.moment(left))


def elapsed(start: datetime, end: datetime, calendar: Calendar, clock: Clock) -> timedelta:
    """How much time of this clock lies in [start, end); nothing when `end` is not after `start`."""
    if end <= start:
        return timedelta()
    if clock is Clock.ELAPSED:
        return end.astimezone(UTC) - start.astimezone(UTC)
    begin, finish = _micros(start), _micros(end)
    first, last = begin // _WEEK, finish // _WEEK
    whole = sum(calendar.week(number).total for number in range(first, last))
    used = whole + calendar.week(last).before(finish) - calendar.week(first).before(begin)
    return timedelta(microseconds=used)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _windows(calendar: Calendar, number: int) -> _Windows:
    low, high = number * _WEEK, (number + 1) * _WEEK
    offsets = tuple(_offsets(ZoneInfo(calendar.timezone), low, high))
    pieces = sorted(
        (max(start - offset, since), min(end - offset, until))
        for start, end in _wall_intervals(calendar, low, high)
        for since, until, offset in offsets
        if max(start - offset, since) < min(end - offset, until)
    )
    merged = _merged(pieces)
    lengths = [end - start for start, end in merged]
    return _Windows(
        starts=tuple(start for start, _ in merged),
        ends=tuple(end for _, end in merged),
        used=tuple(accumulate(lengths, initial=0))[:-1],
        total=sum(lengths),
    )


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _wall_intervals(calendar: Calendar, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Hours as wall-clock microseconds, of every local day that could reach into the UTC span [low, high)."""
    day = (_NAIVE_EPOCH + timedelta(microseconds=low - 3 * _DAY)).date()
    for _ in range((high - low) // _DAY + 5):
        if day not in calendar.holidays:
            midnight = (datetime.combine(day, time()) - _NAIVE_EPOCH) // _MICROSECOND
            for start, end in calendar.hours[day.weekday()]:
                yield midnight + start * _MINUTE, midnight + end * _MINUTE
        day += timedelta(days=1)


def _offsets(zone: ZoneInfo, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Spans [since, until) of UTC with their constant offset from it, covering [low, high)."""
    since, offset = low, _offset(zone, low)
    for moment in range(low + _SAMPLE, high + 1, _SAMPLE):
        if (changed := _offset(zone, moment)) != offset:
            turn = _turn(zone, moment - _SAMPLE, moment, offset)
            yield since, turn, offset
            since, offset = turn, changed
    yield since, high, offset


def _turn(zone: ZoneInfo, low: int, high: int, offset: int) -> int:
    """The first moment in (low, high] whose offset is not `offset`, to the second."""
    while high - low > 1_000_000:
        middle = (low + high) // 2_000_000 * 1_000_000
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _offset(zone: ZoneInfo, moment: int) -> int:
    shift = (_EPOCH + timedelta(microseconds=moment)).astimezone(zone).utcoffset()
    return 0 if shift is None else shift // _MICROSECOND


WEEKDAYS: Mapping[str, int] = {name: i for i, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
"""Weekday names of workspace files."""
