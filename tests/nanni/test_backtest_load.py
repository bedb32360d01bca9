from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from nanni.backtest_load import Firing, Load, simulate
from tickets.routing import Assignment, Member, Route, Routing, RoutingFacts, Team
from triggers.policy import Severity

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROUTING = Routing(
    teams=(
        Team("stores", "Stores", (Member("amira", "Amira", "", 2), Member("ben", "Ben", "", 1))),
        Team("care", "Care", (Member("nora", "Nora", "", 50),)),
    ),
    routes=(Route("stores", surveys=("store",)),),
    fallback=Assignment("care", "nora", "fallback"),
)  # fmt: skip


def firing(days: float, who: str, survey: str = "store") -> Firing:
    return Firing(START + days * DAY, who, RoutingFacts(Severity.HIGH, survey))


def load(*firings: Firing, days: int = 10) -> Load:
    return simulate(firings, ROUTING, 2 * DAY, days)


def test_a_customer_with_a_live_ticket_gets_no_second_one() -> None:
    told = load(firing(0, "ann"), firing(1, "ann"), firing(2, "ann"), firing(2, "bob"))
    assert (told.opened, told.attached) == (3, 1)


def test_a_full_team_overflows_to_the_fallback_and_its_days_are_counted() -> None:
    told = load(*(firing(0, f"c{n}") for n in range(4)), firing(5, "d"))
    by_owner = {owner.owner: owner for owner in told.owners}
    assert told.overflow == 1
    assert (by_owner["amira"].tickets, by_owner["amira"].peak, by_owner["amira"].full_days) == (3, 2, 3)
    assert (by_owner["ben"].tickets, by_owner["ben"].full_days) == (1, 3)
    assert (by_owner["nora"].tickets, by_owner["nora"].full_days) == (1, 0)
    assert told.pressure == 6 / 30


def test_peaks_by_day_carry_over_quiet_days() -> None:
    told = load(firing(0, "a"), firing(0.1, "b"), firing(1.9, "c"), firing(2.5, "d"))
    days = [told.peaks["stores", date(2026, 3, 2) + timedelta(days=n)] for n in range(5)]
    assert days == [2, 2, 3, 2, 2]


def test_a_cool_down_holds_back_who_was_given_a_ticket_lately() -> None:
    week = [Firing(START + days * DAY, "ann", RoutingFacts(Severity.LOW, "store"), 7 * DAY) for days in (0, 1, 4, 8)]
    told = load(*week)
    assert (told.opened, told.attached, told.suppressed) == (2, 1, 1)


def test_nothing_fired() -> None:
    told = load(days=0)
    assert (told.opened, told.pressure, told.peaks) == (0, 0, {})


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8), st.booleans()), max_size=40))
def test_agrees_with_a_plain_count_whatever_the_order(told: list[tuple[int, int, bool]]) -> None:
    firings = [firing(hours / 4, f"c{who}", "store" if stores else "web") for hours, who, stores in told]
    found = load(*firings)
    assert found.opened + found.attached == len(firings)
    assert sum(owner.tickets for owner in found.owners) == found.opened
    for owner in found.owners:
        assert owner.peak <= owner.capacity
        assert (owner.full_days > 0) == (owner.peak >= owner.capacity)
    live: dict[str, datetime] = {}
    opened = 0
    for one in sorted(firings, key=lambda one: (one.at, one.who, one.facts.survey)):
        if live.get(one.who, START - DAY) <= one.at:
            live[one.who], opened = one.at + 2 * DAY, opened + 1
    assert found.opened == opened
    shuffled = load(*reversed(firings))
    assert shuffled == found
