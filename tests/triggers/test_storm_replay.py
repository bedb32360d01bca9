"""Storms of the past: hours added up as live, a storm found, ended, and left out of what is usual."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.handling import StormPolicy
from triggers.storm_replay import Hours, storms_of
from triggers.storms import EVERYTHING, Arrived, Group, Seen, apart

THEME: Group = ("theme", "late")
STORE: Group = ("store", "York")
POLICY = StormPolicy(("theme", "store"), at_least=5)

arrived = st.lists(
    st.builds(
        lambda group, hour, came, fired: Arrived(group, hour, Seen(came + fired, fired)),
        st.sampled_from([THEME, STORE, EVERYTHING]), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5),
    ),
    max_size=40,
)  # fmt: skip


@given(arrived, st.sampled_from([THEME, STORE]), st.integers(-5, 65), st.integers(0, 70))
def test_hours_add_up(came: list[Arrived], group: Group, after: int, length: int) -> None:
    until = after + length
    exposed = EVERYTHING if group == THEME else group
    seen = Hours(came).seen(group, after, until)
    assert seen.responses == sum(
        one.seen.responses for one in came if one.group == exposed and after < one.hour <= until
    )
    assert seen.fired == sum(one.seen.fired for one in came if one.group == group and after < one.hour <= until)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6), st.integers(0, 40), st.integers(0, 40))
def test_spans_that_overlap_are_counted_once(spans: list[tuple[int, int]], first: int, last: int) -> None:
    found = apart(spans, first, last)
    inside = {hour for after, until in spans for hour in range(after + 1, until + 1) if first < hour <= last}
    covered = [hour for after, until in found for hour in range(after + 1, until + 1)]
    assert len(covered) == len(set(covered)) and set(covered) == inside


def history(storm: range, days: int = 40) -> list[Arrived]:
    came = []
    for hour in range(days * 24):
        fired = 9 if hour in storm else hour % 24 == 5
        came += [Arrived(EVERYTHING, hour, Seen(30, int(fired))), Arrived(THEME, hour, Seen(int(fired), int(fired)))]
    return came


def test_a_storm_begins_is_over_by_itself_and_does_not_become_usual() -> None:
    (first,) = storms_of(POLICY, history(range(720, 730)))
    assert first.alarm.group == THEME and 720 <= first.first <= 721
    assert first.last is not None and 730 < first.last <= 737
    twice = [*history(range(720, 780)), *(Arrived(THEME, hour, Seen(9, 9)) for hour in range(850, 855))]
    storms = storms_of(POLICY, twice)
    assert len(storms) == 2
    assert storms[1].alarm.usual.rate < 0.01, "the hours of the first storm are no part of what is usual"
    assert storms_of(POLICY, history(range(0))) == []


def test_a_storm_that_still_rages_has_no_end() -> None:
    (raging,) = storms_of(POLICY, history(range(950, 960)))
    assert raging.last is not None, "hours without any response are calm"
    many = [*history(range(950, 960)), *(Arrived(STORE, hour, Seen(5, 5)) for hour in range(955, 960))]
    assert all(storm.first <= 960 for storm in storms_of(POLICY, many))


@settings(max_examples=40, deadline=None)
@given(arrived)
def test_storms_of_one_group_do_not_overlap(came: list[Arrived]) -> None:
    usual = [Arrived(group, hour, Seen(20, 0)) for group in (THEME, STORE, EVERYTHING) for hour in range(-200, 0)]
    storms = storms_of(POLICY, [*usual, *came])
    for group in (THEME, STORE):
        mine = [storm for storm in storms if storm.alarm.group == group]
        for before, after in pairwise(mine):
            assert before.last is not None and before.last <= after.first
