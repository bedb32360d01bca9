"""A day's budget goes to what is worst, wherever there is room, and nobody is given more than theirs."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.disposition import Disposition
from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys
from tickets.budget import DayBudget, rank
from tickets.landing import Candidate
from tickets.opening import Plan, plan
from tickets.routing import Member, Route, Team
from triggers.handling import BudgetPolicy
from triggers.policy import Severity

TEAMS = (
    Team("stores", "Stores", (Member("amira", "Amira", "", 4), Member("bo", "Bo", "", 2))),
    Team("care", "Care", (Member("hana", "Hana", "", 9), Member("ida", "Ida", "", 9))),
)
PLACES = replace(ROUTING, teams=TEAMS, routes=(Route("stores", surveys=("store_nps",)), Route("care")))
HIGH, LOW, CRITICAL = Severity.HIGH, Severity.LOW, Severity.CRITICAL


def given_out(candidates: list[Candidate], day: DayBudget) -> Plan:
    ranked = sorted(candidates, key=lambda one: rank(one.severity, one.submitted_at, one.position))
    return plan(ranked, {}, keys(), PLACES, SLA, {}, NOW, day=day)


def test_whose_day_is_full_is_passed_over_and_what_is_beyond_names_whom_it_was_for() -> None:
    severities = [LOW, LOW, HIGH, LOW, HIGH, CRITICAL]
    told = given_out(
        [candidate(i, customer=f"c-{i}", severity=severity) for i, severity in enumerate(severities)],
        DayBudget(BudgetPolicy(2), {"amira": 1}, exempt=(3,)),
    )
    owners = {landed.position: ticket.owner for landed in told.landed for ticket in told.opened
              if ticket.key == landed.ticket}  # fmt: skip
    assert set(told.refused) == {1}, "of the least severe the one given last"
    assert told.refused[1].owner == "amira"
    assert sorted(owners.items()) == [(0, "bo"), (2, "bo"), (3, "amira"), (4, "amira"), (5, "amira")]


def test_what_is_refused_opens_nothing_that_others_could_join() -> None:
    first, second = candidate(1, severity=HIGH), candidate(2, severity=LOW)
    told = given_out([first, second], DayBudget(BudgetPolicy(1), {"amira": 1, "bo": 1}))
    assert set(told.refused) == {1, 2}
    assert [landed.disposition for landed in told.landed] == [Disposition.SUPPRESSED] * 2
    exempt = given_out([first, second], DayBudget(BudgetPolicy(1), {"amira": 1, "bo": 1}, exempt=(2,)))
    assert (set(exempt.refused), [ticket.responses for ticket in exempt.opened]) == ({1}, [1])


asked = st.lists(
    st.builds(
        candidate,
        position=st.integers(0, 99),
        customer=st.sampled_from([None, "c-1", "c-2", "c-3"]),
        severity=st.sampled_from(Severity),
        survey=st.sampled_from(["store_nps", "web"]),
        submitted_at=st.integers(1, 5).map(lambda hours: NOW - timedelta(hours=hours)),
    ),
    max_size=16,
    unique_by=lambda one: one.position,
)


@given(asked, st.integers(1, 4), st.dictionaries(st.sampled_from(["amira", "bo", "hana"]), st.integers(0, 5)))
def test_nobody_is_given_more_and_nothing_worse_waits_for_less(
    candidates: list[Candidate], most: int, had: dict[str, int]
) -> None:
    day = DayBudget(BudgetPolicy(most), had)
    told = given_out(candidates, day)
    ranks = {one.position: rank(one.severity, one.submitted_at, one.position) for one in candidates}
    counting = {ticket.key: ticket for ticket in told.opened if ticket.severity is not CRITICAL}
    given_to = {name: sum(one.owner == name for one in counting.values()) for name in PLACES.people}
    held = {name: sum(one.owner == name for one in told.opened) for name in PLACES.people}
    for name, count in given_to.items():
        assert count == 0 or count + had.get(name, 0) <= most
    for position, to in told.refused.items():
        if to.queue is not None:  # a team without capacity: one person holds what waits for it, and nobody else
            continue
        for member in PLACES.team(to.team).members:
            full = given_to[member.id] + had.get(member.id, 0) >= most
            assert full or held[member.id] >= member.capacity, "a colleague had room"
        kept = [one for one in told.landed if one.ticket in counting and one.disposition is Disposition.OPENED]
        theirs = [one.position for one in kept if one.ticket and counting[one.ticket].team == to.team]
        assert all(ranks[other] < ranks[position] for other in theirs)
    kept_only = [one for one in candidates if one.position not in told.refused]
    again = given_out(kept_only, day)
    assert (again.opened, again.refused) == (told.opened, {}), "what a review takes out changes nothing for the rest"
