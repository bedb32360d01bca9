"""Working time against an oracle that walks the wall clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from feedback.errors import ConfigError
from tests.tickets.builders import LONDON, OFFICE
from tickets.calendar import Calendar, Clock, Hours, deadline, elapsed

MINUTE = timedelta(minutes=1)

# Weeks around clock changes of both directions and hemispheres, a half-hour one, one at midnight, one that skips a day.
TURNS = [
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Sydney", datetime(2026, 10, 3, 16, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]


def works(calendar: Calendar, moment: datetime) -> bool:
    """The definition, read off the wall clock: today's hours, or yesterday's that run past midnight."""
    wall = moment.astimezone(ZoneInfo(calendar.timezone))
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    for day, reading in ((today, minute), (today - timedelta(days=1), minute + 24 * 60)):
        for start, end in calendar.hours[day.weekday()]:
            if start <= reading < end and day not in calendar.holidays:
                return True
    return False


def counted(calendar: Calendar, start: datetime, minutes: int) -> int:
    return sum(works(calendar, start + i * MINUTE) for i in range(minutes))


def walked(calendar: Calendar, start: datetime, target: int) -> datetime:
    """The end of the minute in which the target is used up."""
    limit = start + timedelta(days=6)
    while target:
        assume(start < limit)
        target -= works(calendar, start)
        start += MINUTE
    return start


@st.composite
def days(draw: st.DrawFn) -> Hours:
    """No, one or several intervals of a day, apart from each other, the last possibly overnight."""
    marks = draw(st.lists(st.integers(0, 40), max_size=6, unique=True).map(sorted))
    intervals = [(start * 45, end * 45) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    return tuple((start, end) for start, end in intervals if start < 24 * 60)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    zone, turn = draw(st.sampled_from(TURNS))
    hours = tuple(draw(days()) for _ in range(7))
    assume(any(hours))
    holidays = draw(st.frozensets(st.integers(-3, 3).map(lambda n: (turn + timedelta(days=n)).date()), max_size=2))
    start = turn + draw(st.integers(-4 * 24 * 60, 2 * 24 * 60)) * MINUTE
    return Calendar(zone, hours, holidays), start


@settings(max_examples=120, deadline=None)
@given(cases(), st.integers(0, 4 * 24 * 60))
def test_elapsed_is_what_the_wall_clock_counts(case: tuple[Calendar, datetime], minutes: int) -> None:
    calendar, start = case
    used = elapsed(start, start + minutes * MINUTE, calendar, Clock.BUSINESS)
    assert used == counted(calendar, start, minutes) * MINUTE


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(cases(), st.integers(1, 20 * 60))
def test_deadline_is_where_the_wall_clock_has_used_the_target(case: tuple[Calendar, datetime], target: int) -> None:
    calendar, start = case
    assert deadline(start, target * MINUTE, calendar, Clock.BUSINESS) == walked(calendar, start, target)


@settings(max_examples=300, deadline=None)
@given(cases(), st.timedeltas(timedelta(microseconds=1), timedelta(days=40)))
def test_elapsed_undoes_deadline_to_the_microsecond(case: tuple[Calendar, datetime], target: timedelta) -> None:
    calendar, start = case
    for clock in Clock:
        due = deadline(start, target, calendar, clock)
        assert elapsed(start, due, calendar, clock) == target
        assert elapsed(start, due - timedelta(microseconds=1), calendar, clock) < target


@settings(max_examples=200, deadline=None)
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=30)), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_time_adds_up(case: tuple[Calendar, datetime], one: timedelta, two: timedelta) -> None:
    calendar, start = case
    middle, end = start + one, start + one + two
    for clock in Clock:
        parts = elapsed(start, middle, calendar, clock) + elapsed(middle, end, calendar, clock)
        assert parts == elapsed(start, end, calendar, clock)


def test_friday_afternoon_runs_into_monday_morning() -> None:
    friday = datetime(2026, 3, 13, 16, 30, tzinfo=UTC)
    assert deadline(friday, timedelta(hours=1), LONDON, Clock.BUSINESS) == datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
    assert deadline(friday, timedelta(hours=1), LONDON, Clock.ELAPSED) == datetime(2026, 3, 13, 17, 30, tzinfo=UTC)


def test_a_target_used_up_at_the_end_of_the_day_is_due_then() -> None:
    due = deadline(datetime(2026, 3, 13, 16, tzinfo=UTC), timedelta(hours=1), LONDON, Clock.BUSINESS)
    assert due == datetime(2026, 3, 13, 17, tzinfo=UTC)


def test_an_hour_the_clock_skips_does_not_count_and_one_it_repeats_counts_twice() -> None:
    nights = Calendar("Europe/London", (((0, 360),),) * 7)
    spring, autumn = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert elapsed(spring, spring + timedelta(hours=12), nights, Clock.BUSINESS) == timedelta(hours=5)
    assert elapsed(autumn, autumn + timedelta(hours=12), nights, Clock.BUSINESS) == timedelta(hours=7)


def test_a_holiday_takes_the_night_shift_that_starts_on_it() -> None:
    nights = Calendar("UTC", (((22 * 60, 30 * 60),),) * 7, frozenset({date(2026, 12, 25)}))
    christmas = datetime(2026, 12, 25, tzinfo=UTC)
    still_from_the_eve, the_next_evening = timedelta(hours=6), timedelta(hours=2)
    used = elapsed(christmas, christmas + timedelta(days=2), nights, Clock.BUSINESS)
    assert used == still_from_the_eve + the_next_evening


def test_an_end_before_the_start_has_used_nothing() -> None:
    now = datetime(2026, 3, 11, 12, tzinfo=UTC)
    for clock in Clock:
        assert elapsed(now, now - timedelta(days=1), LONDON, clock) == timedelta()
        assert deadline(now, timedelta(), LONDON, clock) == now


def test_times_of_other_zones_are_the_same_moment() -> None:
    tokyo = datetime(2026, 3, 13, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    due = deadline(tokyo, timedelta(hours=1), LONDON, Clock.BUSINESS)
    assert due == datetime(2026, 3, 13, 10, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_a_calendar_without_working_time_says_so() -> None:
    with pytest.raises(ConfigError, match="no working time in the ten years"):
        deadline(datetime(2026, 1, 1, tzinfo=UTC), MINUTE, Calendar("UTC", ((),) * 7), Clock.BUSINESS)


def test_a_working_day_is_the_mean_of_the_days_that_have_hours() -> None:
    assert LONDON.working_day() == timedelta(hours=8)
    split = Calendar("UTC", (((540, 750), (780, 1050)), ((540, 1050),), (), (), (), (), ()))
    assert split.working_day() == timedelta(hours=8, minutes=15)


def test_one_evaluation_takes_less_than_50_microseconds() -> None:
    calendar = Calendar("America/New_York", OFFICE)
    start, target = datetime(2026, 2, 27, 15, 7, tzinfo=UTC), timedelta(hours=40)
    due = deadline(start, target, calendar, Clock.BUSINESS)
    best = []
    for _ in range(5):
        began = process_time()
        for _ in range(500):
            deadline(start, target, calendar, Clock.BUSINESS)
            elapsed(start, due, calendar, Clock.BUSINESS)
        best.append((process_time() - began) / 1000)
    assert min(best) < 50e-6
