"""Nanni and the stock libraries on working time in weeks of a clock change, against the wall clock's minutes.

Run by `benchmarks.sla`, which names the versions.
"""

import importlib
from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.tickets.sla_worlds import MINUTE, TURNS, world
from tickets.calendar import Calendar, Clock, deadline, elapsed

_HOUR = timedelta(hours=1)
Case = tuple[str, tuple[int, int], datetime, int]
"""A zone, daily hours in minutes (an end past 1440 is the next day), a start, and minutes after it."""


def _peer_cases(count: int = 100) -> list[tuple[Case, int]]:
    """Working time from start to end in weeks of a clock change, with what the wall clock says."""
    rng, found = Random(3), []
    shifts = (("America/New_York", (0, 360)), ("Europe/Berlin", (22 * 60, 30 * 60)), ("Europe/London", (540, 1050)))
    changes = {zone: [turn for name, turn in TURNS if name == zone] for zone, _ in shifts}
    for zone, hours in shifts:
        for turn in changes[zone]:
            start = (turn - timedelta(days=2)).replace(minute=0)
            minutes = world(Calendar(zone, ((hours,),) * 7), start, 4 * 24 * 60).works
            for _ in range(count // 4):
                first = rng.randrange(0, 2 * 24 * 60)
                length = rng.randrange(60, len(minutes) - first)
                told = int(minutes[first : first + length].sum())
                found.append(((zone, hours, start + first * MINUTE, length), told))
    return found


def _asked(answer: Callable[[Case], float]) -> dict[str, int]:
    wrong = raised = 0
    cases = _peer_cases()
    for case, told in cases:
        try:
            wrong += abs(answer(case) - told) > 1e-6
        except Exception:  # a peer may raise anything, which is counted
            raised += 1
    return {"wrong": wrong, "raised": raised, "asked": len(cases)}


def _peer(module: str, make: Callable[[Any], Callable[[Case], float]]) -> Callable[[], object]:
    def run() -> object:
        try:
            library = importlib.import_module(module)
        except ImportError:
            return "not installed"
        return _asked(make(library))

    return run


def _nanni(case: Case) -> float:
    zone, hours, start, minutes = case
    calendar = Calendar(zone, ((hours,),) * 7)
    return elapsed(start, start + minutes * MINUTE, calendar, Clock.BUSINESS) / MINUTE


def _local(case: Case) -> tuple[datetime, datetime, time, time]:
    zone, (opens, closes), start, minutes = case
    there = ZoneInfo(zone)
    first, last = (moment.astimezone(there).replace(tzinfo=None) for moment in (start, start + minutes * MINUTE))
    starts, ends = (time(minute // 60 % 24, minute % 60) for minute in (opens, closes))
    return first, last, starts, ends


def _business_duration(library: Any) -> Callable[[Case], float]:
    def answer(case: Case) -> float:
        first, last, opens, closes = _local(case)
        return float(library.businessDuration(first, last, starttime=opens, endtime=closes, weekendlist=[], unit="min"))

    return answer


def _businesstimedelta(library: Any) -> Callable[[Case], float]:
    pytz: Any = importlib.import_module("pytz")

    def answer(case: Case) -> float:
        zone, (opens, closes), start, minutes = case
        rule = library.WorkDayRule(
            start_time=time(opens // 60),
            end_time=time(closes // 60 % 24, closes % 60),
            working_days=list(range(7)),
            tz=pytz.timezone(zone),
        )
        used = library.Rules([rule]).difference(start, start + minutes * MINUTE)
        return float(used.hours * 60 + used.seconds / 60)

    return answer


def _pandas(library: Any) -> Callable[[Case], float]:
    def answer(case: Case) -> float:
        zone, (opens, closes), start, minutes = case
        there = ZoneInfo(zone)
        end = closes % (24 * 60)
        hours = library.offsets.CustomBusinessHour(
            start=f"{opens // 60:02}:{opens % 60:02}", end=f"{end // 60:02}:{end % 60:02}", weekmask="1111111"
        )
        first = library.Timestamp(start.astimezone(there))
        due = first + hours * (minutes // 60)  # the offset counts whole hours
        told = deadline(start, minutes // 60 * _HOUR, Calendar(zone, ((case[1],),) * 7), Clock.BUSINESS)
        right = sum(world(Calendar(zone, ((case[1],),) * 7), start, minutes).works)
        return float(right if due == told else -1)

    return answer


PEERS: dict[str, Callable[[], object]] = {
    "nanni": lambda: _asked(_nanni),
    "business-duration": _peer("business_duration", _business_duration),
    "businesstimedelta": _peer("businesstimedelta", _businesstimedelta),
    "pandas CustomBusinessHour": _peer("pandas", _pandas),
}
