"""Working time as a running count: what hours a calendar counts, when a target runs out, how much was used.

A moment is working time when the wall clock in the calendar's zone reads inside its hours on it. So an hour that the
clock skips does not count, one that it repeats counts twice, and an overnight interval belongs to the day it starts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from feedback.errors import ConfigError
from tickets.windows import DAY, EPOCH, MICROSECOND, WEEK, Hours, Windows, span, windows

__all__ = ["WEEKDAYS", "Calendar", "Clock", "Gauge", "Hours", "deadline", "elapsed"]


class Clock(StrEnum):
    """Which time a target counts."""

    BUSINESS = "business"
    ELAPSED = "elapsed"


# In Python 3.11 reaching a member through its enum runs Python code, and clocks are read for every ticket.
_BUSINESS = Clock.BUSINESS
_STEP = 16 * WEEK
_HORIZON = 520 * WEEK


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours by weekday (0 is Monday) in an IANA zone, without the holidays.

    `hours` has seven entries. The windows seen so far are one table that grows and is remembered, which changes no
    result: every table of one calendar gives a moment the same reading.
    """

    timezone: str
    hours: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()
    _table: dict[str, Windows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def reading(self, moment: int) -> int:
        """The working time up to a moment, both in microseconds, counted from somewhere that stays."""
        table = self._table.get("")
        if table is None or not table.low <= moment < table.high:
            table = self._reaching(moment)
        i = bisect_right(table.starts, moment) - 1
        if i < 0:
            return table.base
        end = table.ends[i]
        return table.used[i] + (moment if moment < end else end) - table.starts[i]

    def moment(self, reading: int) -> int:
        """The first moment at which the count reads so much: more than it read at a moment asked for before.

        Raises ConfigError when there is no working time for ten years.
        """
        table = self._table[""]
        while table.total < reading:
            table = self._reaching(table.high)
            last = table.ends[-1] if table.ends else table.low
            if table.total < reading and table.high - last > _HORIZON:
                raise ConfigError(
                    f"no working time in the ten years after {EPOCH + span(last):%Y-%m-%d}",
                    where=f"calendar in {self.timezone}",
                    next_step="give at least one weekday working hours that are not all holidays",
                )
        i = bisect_left(table.used, reading) - 1
        return table.starts[i] + reading - table.used[i]

    def working_day(self) -> timedelta:
        """What "one day" of business time means: the mean working time of the weekdays that have any."""
        lengths = [sum(end - start for start, end in day) for day in self.hours if day]
        return timedelta(minutes=sum(lengths)) / len(lengths) if lengths else timedelta()

    def _reaching(self, moment: int) -> Windows:
        """The table grown until it has the moment inside. Two threads at once may both do it, with the same result."""
        table = self._table.get("")
        if table is None:
            low = (moment - DAY) // WEEK * WEEK
            table = self._table.setdefault("", self._made(low, low + _STEP))
        while moment < table.low:
            earlier = self._made(table.low - _STEP, table.low)
            table = self._table[""] = earlier.shifted(table.base).joined(table)
        while moment >= table.high:
            table = self._table[""] = table.joined(self._made(table.high, table.high + _STEP))
        return table

    def _made(self, low: int, high: int) -> Windows:
        return windows(self.timezone, self.hours, self.holidays, low, high)


@dataclass(slots=True)
class Gauge:
    """One clock of one calendar as a running count in microseconds; remembers what it was asked.

    Many questions about one ticket are about the same few moments, which are looked up once.
    """

    calendar: Calendar
    clock: Clock
    _seen: dict[datetime, int] = field(default_factory=dict)

    def at(self, moment: datetime) -> int:
        """What the count reads at a moment."""
        told = self._seen.get(moment)
        if told is None:
            since = moment - EPOCH
            told = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
            if self.clock is _BUSINESS:
                told = self.calendar.reading(told)
            self._seen[moment] = told
        return told

    def when(self, reading: int) -> datetime:
        """The first moment at which the count reads so much: more than at some moment asked for before."""
        if self.clock is _BUSINESS:
            reading = self.calendar.moment(reading)
        return EPOCH + span(reading)


def deadline(start: datetime, target: timedelta, calendar: Calendar, clock: Clock) -> datetime:
    """The first moment, in UTC, by which `target` has been used since `start`.

    A target that runs out with a working window ends at the window's end, not at the next one's start. Raises
    ConfigError when the calendar has no working time for ten years.
    """
    if clock is Clock.ELAPSED or target <= timedelta():
        return (start + target if clock is Clock.ELAPSED else start).astimezone(UTC)
    begin = (start - EPOCH) // MICROSECOND
    due = calendar.moment(calendar.reading(begin) + target // MICROSECOND)
    return EPOCH + span(due)


def elapsed(start: datetime, end: datetime, calendar: Calendar, clock: Clock) -> timedelta:
    """How much time of this clock lies in [start, end); nothing when `end` is not after `start`."""
    if end <= start:
        return timedelta()
    if clock is Clock.ELAPSED:
        return end.astimezone(UTC) - start.astimezone(UTC)
    first, last = ((moment - EPOCH) // MICROSECOND for moment in (start, end))
    return span(calendar.reading(last) - calendar.reading(first))


WEEKDAYS: Mapping[str, int] = {name: i for i, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
"""Weekday names of workspace files."""
