from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import LONDON, NOW
from tickets.calendar import Calendar
from tickets.presence import Absence, Roster, delegation_cycles

TODAY = NOW.date()


def roster(**away: Absence) -> Roster:
    return Roster({name: (absence,) for name, absence in away.items()}, {})


def test_an_absence_holds_from_its_first_to_its_last_day_in_the_persons_zone() -> None:
    away = Absence(date(2026, 3, 11), date(2026, 3, 12))
    there = Roster({"kei": (away,)}, {"kei": Calendar("Asia/Tokyo", LONDON.hours)})
    assert there.away("kei", datetime(2026, 3, 10, 14, 59, tzinfo=UTC)) is None
    assert there.away("kei", datetime(2026, 3, 10, 15, tzinfo=UTC)) == away  # already the eleventh in Tokyo
    assert there.away("kei", datetime(2026, 3, 12, 15, tzinfo=UTC)) is None


def test_the_stand_in_is_the_end_of_the_chain_while_it_lasts() -> None:
    chain = roster(a=Absence(TODAY, TODAY, "b"), b=Absence(TODAY, TODAY, "c"))
    assert chain.stand_in("a", NOW) == "c"
    assert chain.stand_in("a", NOW + timedelta(days=1)) == "a"
    assert roster(a=Absence(TODAY, TODAY)).stand_in("a", NOW) is None


def test_people_who_stand_in_for_each_other_are_found_only_when_they_are_away_together() -> None:
    tomorrow = TODAY + timedelta(days=1)
    together = {"a": [Absence(TODAY, tomorrow, "b")], "b": [Absence(tomorrow, tomorrow, "a")]}
    assert delegation_cycles(together) == [("a", "b")]
    assert delegation_cycles({"a": [Absence(TODAY, TODAY, "b")], "b": [Absence(tomorrow, tomorrow, "a")]}) == []
    assert delegation_cycles({"a": [Absence(TODAY, TODAY, "a")]}) == [("a",)]


def test_hours_say_who_is_on_shift() -> None:
    there = Roster({}, {"amira": LONDON})
    assert there.on_shift("amira", NOW)
    assert not there.on_shift("amira", NOW.replace(hour=17))
    assert there.on_shift("anybody", NOW.replace(hour=3))


people = st.sampled_from(["a", "b", "c", "d"])
absences = st.builds(
    lambda first, days, to: Absence(TODAY + timedelta(first), TODAY + timedelta(first + days), to),
    st.integers(-3, 3),
    st.integers(0, 4),
    st.none() | people,
)


@given(st.dictionaries(people, st.lists(absences, max_size=2)), people)
def test_a_stand_in_is_there_and_circles_are_what_leaves_none(away: dict[str, list[Absence]], asked: str) -> None:
    there = Roster({name: tuple(found) for name, found in away.items()}, {})
    answer = there.stand_in(asked, NOW)
    assert answer is None or there.away(answer, NOW) is None
    if answer is None and not delegation_cycles(away):
        ends = [asked]
        while (absence := there.away(ends[-1], NOW)) is not None and absence.delegate is not None:
            ends.append(absence.delegate)
        assert there.away(ends[-1], NOW) is not None
