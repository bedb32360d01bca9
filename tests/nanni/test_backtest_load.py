from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from nanni.backtest_load import Load, Terms
from nanni.firings import Firing, packed
from nanni.load_run import simulate
from tickets.calendar import Calendar
from tickets.episodes import ReopenWindow
from tickets.routing import Assignment, Member, Route, Routing, RoutingFacts, Team
from triggers.handling import BudgetPolicy, StormPolicy
from triggers.policy import Severity
from triggers.storm_replay import Raged
from triggers.storms import Alarm, Seen

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


PEOPLE = {name: number for number, name in enumerate(["ann", "bob", "a", "b", "c", "d", "c0", "c1", "c2", "c3"], 1)}


def firing(days: float, who: str | int, survey: str = "store", theme: str | None = None, number: int = 0) -> Firing:
    person = who if isinstance(who, int) else PEOPLE[who]
    facts = RoutingFacts(Severity.HIGH, survey, theme)
    return Firing(START + days * DAY, person, facts, response=number or next(NUMBERS))


NUMBERS = iter(range(-1, -10_000_000, -1))


def load(*firings: Firing, days: int = 10, **terms: Any) -> Load:
    return simulate(packed(firings), replace(Terms(ROUTING, 2 * DAY), **terms), days)


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
    week = [replace(firing(days, "ann"), cool_down=7 * DAY) for days in (0, 1, 4, 8)]
    told = load(*week)
    assert (told.opened, told.attached, told.suppressed) == (2, 1, 1)


def test_nothing_fired() -> None:
    told = load(days=0)
    assert (told.opened, told.pressure, told.peaks) == (0, 0, {})


def test_another_theme_is_another_ticket_and_an_answer_in_time_brings_the_old_one_back() -> None:
    window = ReopenWindow(3 * DAY, Calendar("UTC", ((),) * 7))
    told = load(
        firing(0, "ann", theme="delivery.late"),
        firing(1, "ann", theme="billing"),
        firing(1.5, "ann", theme="delivery.damage"),
        firing(4, "ann", theme="delivery"),
        firing(30, "ann", theme="delivery"),
        reopen=window,
    )
    assert (told.opened, told.attached, told.reopened) == (3, 2, 1)


def test_a_revision_belongs_to_its_tickets_response_and_the_refused_say_why() -> None:
    told = load(
        firing(0, "ann", number=-5),
        replace(firing(9, "ann", number=-5), refused="an edit"),
        replace(firing(9, "bob"), refused="an edit"),
        replace(firing(9, "c"), refused="imported response"),
    )
    assert (told.opened, told.attached, told.refused) == (1, 1, {"an edit": 1, "imported response": 1})


def test_a_budget_sends_the_rest_of_a_day_to_review_in_the_workspaces_own_days() -> None:
    budget = BudgetPolicy(1, ("critical",))
    evening = [firing(n / 100, n + 1, "web") for n in range(3)]
    urgent = replace(firing(0.1, 50), facts=RoutingFacts(Severity.CRITICAL, "web"))
    late = firing(0.275, 60, "web")  # 00:36 of the next day in Tokyo, 15:36 UTC
    told = load(*evening, urgent, late, budget=budget, zone=ZoneInfo("Asia/Tokyo"))
    assert (told.opened, told.reviewed) == (3, 2)
    assert {owner.owner: owner.reviews for owner in told.owners}["nora"] == 2
    assert load(*evening, urgent, late, budget=budget).reviewed == 3


def test_a_budget_ranks_what_came_together_and_not_what_came_before() -> None:
    budget, hour = BudgetPolicy(2), timedelta(hours=1)

    def told(severity: Severity, hours: int, who: int, ran: int) -> Firing:
        one = firing(hours / 24, who, "web")
        return replace(one, facts=replace(one.facts, severity=severity), ran_at=START + ran * hour)

    came = [told(Severity.LOW, 0, 1, 4), told(Severity.MEDIUM, 1, 2, 4), told(Severity.HIGH, 3, 3, 4)]
    together = load(*came, budget=budget, ranked=True)
    assert (together.severities, together.reviewed) == ({Severity.HIGH: 1, Severity.MEDIUM: 1}, 1)
    apart = load(*came[:2], replace(came[2], ran_at=START + 5 * hour), budget=budget, ranked=True)
    assert apart.severities == {Severity.MEDIUM: 1, Severity.LOW: 1}


def test_tickets_of_a_storm_neither_wait_nor_count_and_their_notices_are_kept_back() -> None:
    hour = int(START.timestamp() // 3_600)
    storm = Raged(Alarm(("theme", "late"), Seen(20, 9), Seen(900, 9), 1e-9), hour, hour + 5)
    many = [replace(firing(0.1, n, "web", "late"), groups=(("theme", "late"),)) for n in range(1, 8)]
    urgent = replace(many[0], who=90, response=-900, facts=RoutingFacts(Severity.CRITICAL, "web", "late"))
    before, after = (firing(day, n, "web") for day, n in ((0, 91), (0.5, 92)))
    told = load(before, *many, urgent, after, budget=BudgetPolicy(1), storm=StormPolicy(("theme",)), storms=(storm,))
    assert (told.opened, told.reviewed, told.problems, told.kept_back) == (9, 1, 1, 7)
    assert [(one.group, one.tickets) for one in told.storms] == [(("theme", "late"), 8)]
    assert told.storms[0].began == START + timedelta(hours=1)
    assert sum(owner.tickets for owner in told.owners) == 9, "the parent stands beside the customers' tickets"
    assert max(told.peaks.values()) == 10


def test_a_batch_that_shows_a_storm_is_in_it() -> None:
    hour = int(START.timestamp() // 3_600)
    storm = Raged(Alarm(("theme", "late"), Seen(20, 9), Seen(900, 9), 1e-9), hour, hour + 5)
    many = [replace(firing(0.001, n, "web", "late"), groups=(("theme", "late"),)) for n in range(1, 8)]
    terms: dict[str, Any] = {"budget": BudgetPolicy(1), "storm": StormPolicy(("theme",)), "storms": (storm,)}
    assert [one.tickets for one in load(*many, **terms, ranked=True).storms] == [7]
    assert [one.tickets for one in load(*many, **terms).storms] == [0], (
        "one by one, each comes before the end of its hour"
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda hours, who, theme, refused, cool, number: Firing(
                START + timedelta(hours=hours), who, RoutingFacts(Severity.HIGH, "store", theme),
                7 * DAY if cool else None, -1 - number, (("theme", theme),) if theme else (), refused,
                START + timedelta(hours=hours + 1 + number % 9),
            ),
            st.integers(0, 300), st.integers(1, 6), st.sampled_from([None, "late", "billing"]),
            st.sampled_from(["", "", "", "an edit"]), st.booleans(), st.integers(0, 50),
        ),
        max_size=40,
        unique_by=lambda one: (one.at, one.response),
    ),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_every_response_that_fires_has_one_place_whatever_holds_it_back(
    firings: list[Firing], budget: int, stormy: bool, ranked: bool
) -> None:
    hour = int(START.timestamp() // 3_600)
    storm = Raged(Alarm(("theme", "late"), Seen(20, 9), Seen(900, 9), 1e-9), hour + 20, hour + 100)
    terms = Terms(
        ROUTING, 2 * DAY, budget=BudgetPolicy(budget), storm=StormPolicy(("theme",)),
        storms=(storm,) if stormy else (), ranked=ranked,
    )  # fmt: skip
    told = simulate(packed(firings), terms, 20)
    assert told.fired == len(firings)
    assert sum(owner.tickets for owner in told.owners) == told.opened
    assert sum(owner.reviews for owner in told.owners) == told.reviewed
    assert told == simulate(packed(firings[::-1]), terms, 20)
    halves = packed(firings[::2])
    halves.extend(packed(firings[1::2]))
    assert simulate(halves, terms, 20) == told


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8), st.booleans()), max_size=40))
def test_agrees_with_a_plain_count_whatever_the_order(told: list[tuple[int, int, bool]]) -> None:
    firings = [firing(hours / 4, who + 1, "store" if stores else "web") for hours, who, stores in told]
    found = load(*firings)
    assert found.opened + found.attached == len(firings)
    assert sum(owner.tickets for owner in found.owners) == found.opened
    for owner in found.owners:
        assert owner.peak <= owner.capacity
        assert (owner.full_days > 0) == (owner.peak >= owner.capacity)
    live: dict[int, datetime] = {}
    opened = 0
    for one in sorted(firings, key=lambda one: one.at):
        if live.get(one.who, START - DAY) <= one.at:
            live[one.who], opened = one.at + 2 * DAY, opened + 1
    assert found.opened == opened
    shuffled = load(*reversed(firings))
    assert shuffled == found
