"""The working windows of a stretch of UTC: wall-clock hours of a zone, through every change of its clock.

All times are whole microseconds since 1970 in UTC, so that what follows is comparing and adding integers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

Hours = tuple[tuple[int, int], ...]
"""Working intervals of one weekday, in minutes from its midnight [start, end); an end past 1440 is the next day."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MINUTE = 60_000_000
DAY = 24 * 60 * _MINUTE
WEEK = 7 * DAY
_SAMPLE = 3 * 60 * _MINUTE


def span(microseconds: int) -> timedelta:
    """So much time; takes half the time of `timedelta(microseconds=...)`, which works out days with big numbers."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return timedelta(0, seconds, rest)


@dataclass(frozen=True, slots=True)
class Windows:
    """Every working window in [low, high); `used[i]` is the reading at the start of window i, `base` that at `low`.

    A reading is the working time since a moment that only the table knows; differences of readings are what counts.
    """

    low: int
    high: int
    starts: list[int]
    ends: list[int]
    used: list[int]
    base: int
    total: int

    def joined(self, later: "Windows") -> "Windows":
        """One table of this and the one that begins where it ends; the readings of this one stay."""
        shift = self.total - later.base
        return Windows(
            self.low,
            later.high,
            self.starts + later.starts,
            self.ends + later.ends,
            self.used + [used + shift for used in later.used],
            self.base,
            later.total + shift,
        )

    def shifted(self, total: int) -> "Windows":
        """The same windows, read so that the reading at the end is `total`."""
        by = total - self.total
        used = [one + by for one in self.used]
        return Windows(self.low, self.high, self.starts, self.ends, used, self.base + by, total)


def windows(timezone: str, hours: tuple[Hours, ...], holidays: frozenset[date], low: int, high: int) -> Windows:
    """The windows of [low, high), read from 0; one that crosses a border is cut there."""
    offsets = tuple(_offsets(ZoneInfo(timezone), low, high))
    pieces = sorted(
        (max(start - offset, since), min(end - offset, until))
        for start, end in _wall_intervals(hours, holidays, low, high)
        for since, until, offset in offsets
        if max(start - offset, since) < min(end - offset, until)
    )
    merged = _merged(pieces)
    used = list(accumulate((end - start for start, end in merged), initial=0))
    starts, ends = [start for start, _ in merged], [end for _, end in merged]
    return Windows(low, high, starts, ends, used[:-1], 0, used[-1])


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _wall_intervals(
    hours: tuple[Hours, ...], holidays: frozenset[date], low: int, high: int
) -> Iterator[tuple[int, int]]:
    """Hours as wall-clock microseconds, of every local day that could reach into the UTC span [low, high)."""
    day = (_NAIVE_EPOCH + span(low - 3 * DAY)).date()
    for _ in range((high - low) // DAY + 5):
        if day not in holidays:
            midnight = (datetime.combine(day, time()) - _NAIVE_EPOCH) // MICROSECOND
            for start, end in hours[day.weekday()]:
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
    shift = (EPOCH + span(moment)).astimezone(zone).utcoffset()
    return 0 if shift is None else shift // MICROSECOND
