"""The storms that a policy would have seen in hours that are past: the watch of `triggers.storms`, looked at each hour.

Live, a look is taken with every batch and the sweep decides when a storm is over; here both happen at the end of every
hour. What a storm is, what is usual and when it ends are the same functions.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from triggers.handling import StormPolicy
from triggers.storms import EVERYTHING, Alarm, Arrived, Group, Seen, alarms, apart, calm, whole_hours


class Raged(NamedTuple):
    """A storm of the past: it began with the end of hour `first` and was over with the end of hour `last`.

    Hours are counted since 1970. `last` is None for one that still raged when the history ended.
    """

    alarm: Alarm
    first: int
    last: int | None


class Hours:
    """What came, by group and hour, ready for sums over spans of hours."""

    def __init__(self, arrived: Iterable[Arrived]) -> None:
        came: dict[Group, Counter[int]] = {}
        fired: dict[Group, Counter[int]] = {}
        for one in arrived:
            came.setdefault(one.group, Counter())[one.hour] += one.seen.responses
            fired.setdefault(one.group, Counter())[one.hour] += one.seen.fired
        self._hours = {group: sorted(counts) for group, counts in came.items()}
        self._came = {group: _sums(self._hours[group], counts) for group, counts in came.items()}
        self._fired = {group: _sums(self._hours[group], counts) for group, counts in fired.items()}
        self.last = max((hours[-1] for hours in self._hours.values()), default=0)
        self.firing: dict[int, list[Group]] = {}
        for group, counts in fired.items():
            for hour, count in counts.items() if group != EVERYTHING else ():
                if count:
                    self.firing.setdefault(hour, []).append(group)

    def seen(self, group: Group, after: int, until: int) -> Seen:
        """What came in the hours (after, until]; the exposure of a theme is every response."""
        exposed = EVERYTHING if group[0] == "theme" else group
        return Seen(self._sum(self._came, exposed, after, until), self._sum(self._fired, group, after, until))

    def _sum(self, sums: Mapping[Group, Sequence[int]], group: Group, after: int, until: int) -> int:
        if group not in sums or until <= after:
            return 0
        hours, held = self._hours[group], sums[group]
        return held[bisect_right(hours, until)] - held[bisect_right(hours, after)]


def _sums(hours: Sequence[int], counts: Mapping[int, int]) -> list[int]:
    return list(accumulate((counts[hour] for hour in hours), initial=0))


def storms_of(policy: StormPolicy, arrived: Iterable[Arrived]) -> list[Raged]:
    """The storms of a history, in the order in which they began."""
    hours, window, usual = Hours(arrived), whole_hours(policy.window), whole_hours(policy.usual)
    found: list[Raged] = []
    free_from: dict[Group, int] = {}
    for hour in sorted(hours.firing):
        recent = {group for at in range(hour - window + 1, hour + 1) for group in hours.firing.get(at, ())}
        looked = {
            group: (hours.seen(group, hour - window, hour), usual_of(hours, found, group, hour, window, usual))
            for group in recent
            if free_from.get(group, hour) <= hour
        }
        # The bound on chance is shared among all groups that fired, those with a storm of their own included.
        quiet: dict[Group, tuple[Seen, Seen]] = {group: (Seen(), Seen()) for group in recent - looked.keys()}
        for alarm in alarms(policy, looked | quiet):
            storm = _until(policy, hours, alarm, hour, window)
            found.append(storm)
            free_from[alarm.group] = hours.last + 1 if storm.last is None else storm.last
    return found


def usual_of(hours: Hours, past: Iterable[Raged], group: Group, hour: int, window: int, usual: int) -> Seen:
    """What was usual before the window: without the hours of the group's own storms and of the windows before them."""
    first, last = hour - window - usual, hour - window
    told = hours.seen(group, first, last)
    mine = ((storm.first - window, storm.last) for storm in past if storm.alarm.group == group and storm.last)
    for after, until in apart(mine, first, last):
        gone = hours.seen(group, after, until)
        told = Seen(told.responses - gone.responses, told.fired - gone.fired)
    return told


def _until(policy: StormPolicy, hours: Hours, alarm: Alarm, first: int, window: int) -> Raged:
    for hour in range(first + window, hours.last + window + 1):
        if calm(policy, hours.seen(alarm.group, hour - window, hour), alarm.usual):
            return Raged(alarm, first, hour)
    return Raged(alarm, first, None)
