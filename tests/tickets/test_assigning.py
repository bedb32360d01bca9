"""Strategies one by one, and what holds whatever routing.yaml says."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import LONDON, NOW, ROUTING
from tickets.presence import Absence, Roster
from tickets.routing import Assignment, Hierarchy, Member, Route, Routing, RoutingFacts, Strategy, Team
from triggers.policy import Severity

TODAY = NOW.date()
LEEDS = RoutingFacts(Severity.HIGH, "store_nps", language="de-AT", attributes=(("store", "Leeds"), ("region", "North")))


def away(**delegates: str | None) -> Roster:
    return Roster({name: (Absence(TODAY, TODAY, to),) for name, to in delegates.items()}, {})


def routed(
    route: Route, facts: RoutingFacts = LEEDS, load: dict[str, int] | None = None, **fields: object
) -> tuple[str, str]:
    routing = replace(ROUTING, routes=(route,), **fields)  # type: ignore[arg-type]
    chosen = routing.route(facts, load or {}, NOW)
    return chosen.owner, chosen.reason


def test_an_account_owner_is_named_by_id_or_address_in_any_team() -> None:
    route = Route("stores", strategy=Strategy.ACCOUNT_OWNER)
    for value in ("hana", "Hana@example.org"):
        owner, reason = routed(route, replace(LEEDS, attributes=(("account_owner", value),)))
        assert (owner, reason) == ("hana", "route 1: account owner hana")
    assert routed(route)[0] == "amira"
    assert routed(route, replace(LEEDS, attributes=(("account_owner", "left-us"),)))[0] == "amira"


def test_an_account_owner_who_is_away_has_a_stand_in_or_falls_back() -> None:
    route = Route("stores", strategy=Strategy.ACCOUNT_OWNER)
    facts = replace(LEEDS, attributes=(("account_owner", "bo"),))
    told = routed(route, facts, roster=away(bo="amira"))
    assert told == ("amira", "route 1: account owner bo, amira stands in for bo")
    assert routed(route, facts, roster=away(bo=None)) == ("hana", "route 1: account owner bo is away: fallback")


def test_a_place_is_looked_up_from_the_narrowest_to_head_office() -> None:
    route = Route("stores", strategy=Strategy.HIERARCHY)
    places = Hierarchy((("store", {"leeds": "bo"}), ("region", {"north": "amira"})), "hana")
    assert routed(route, hierarchy=places) == ("bo", "route 1: store")
    assert routed(route, hierarchy=places, roster=away(bo=None)) == ("amira", "route 1: region")
    elsewhere = replace(LEEDS, attributes=(("store", "York"),))
    assert routed(route, elsewhere, hierarchy=places) == ("hana", "route 1: head office")


def test_skills_and_languages_are_required() -> None:
    amira, bo = ROUTING.teams[0].members
    skilled = Team("stores", "Stores", (amira, replace(bo, skills=frozenset({"refunds"}), languages=("de",))))
    teams = (skilled, ROUTING.teams[1])
    assert routed(Route("stores", skills=frozenset({"refunds"})), teams=teams)[0] == "bo"
    assert routed(Route("stores", speaks=True), teams=teams)[0] == "bo"
    none = routed(Route("stores", speaks=True), replace(LEEDS, language="fr"), teams=teams)
    assert none == ("hana", "route 1: nobody of stores has what it requires: fallback")


def test_those_on_shift_go_first_and_by_night_it_waits_for_somebody_there() -> None:
    shifts = Roster({}, {"amira": replace(LONDON, timezone="Asia/Tokyo"), "bo": LONDON})
    assert routed(Route("stores"), roster=shifts)[0] == "bo"
    both = Roster({}, dict.fromkeys(("amira", "bo"), replace(LONDON, timezone="Asia/Tokyo")))
    assert routed(Route("stores"), roster=both)[0] == "amira"


def test_work_goes_to_whoever_has_room_today_while_somebody_has() -> None:
    routing = replace(ROUTING, routes=(Route("stores"),))
    chosen = routing.route(LEEDS, {"bo": 1}, NOW, full=("amira",))
    assert (chosen.owner, chosen.reason) == ("amira", "route 1: least loaded of stores (0 of 2)"), "bo has no capacity"
    amira, bo = ROUTING.teams[0].members
    roomy = replace(routing, teams=(Team("stores", "Stores", (amira, replace(bo, capacity=9))), ROUTING.teams[1]))
    chosen = roomy.route(LEEDS, {"bo": 8}, NOW, full=("amira",))
    assert (chosen.owner, chosen.reason) == ("bo", "route 1: least loaded of stores with room today (8 of 9)")
    assert roomy.route(LEEDS, {"bo": 8}, NOW, full=("amira", "bo")).owner == "amira"
    nights = replace(roomy, roster=Roster({}, {"bo": replace(LONDON, timezone="Asia/Tokyo")}))
    assert nights.route(LEEDS, {"bo": 8}, NOW, full=("amira",)).owner == "bo", "off shift is better than nobody"


def test_a_whole_team_away_is_stood_in_for() -> None:
    assert routed(Route("stores"), roster=away(amira=None, bo="hana"))[0] == "hana"


def test_the_fallback_too_has_a_stand_in_and_answers_when_nobody_is_there() -> None:
    nowhere = Route("stores", surveys=("other",))
    assert routed(nowhere, roster=away(hana="bo")) == ("bo", "no route matched: fallback, bo stands in for hana")
    assert routed(nowhere, roster=away(hana=None))[0] == "amira"
    everybody = away(hana=None, amira=None, bo=None)
    assert routed(nowhere, roster=everybody) == ("hana", "no route matched: fallback, though everybody is away")


def test_round_robin_gives_everybody_a_turn_and_no_backlog_to_who_returns() -> None:
    members = tuple(Member(name, name, f"{name}@example.org", 50) for name in "abc")
    team = Team("t", "T", members)
    holiday = Roster({"b": (Absence(TODAY, TODAY),)}, {})
    routing = Routing((team,), (Route("t", strategy=Strategy.ROUND_ROBIN),), Assignment("t", "a", "f"), roster=holiday)
    turns: dict[str, tuple[datetime, int]] = {}
    given_to = []
    for i in range(16):
        now = NOW + timedelta(hours=3 * i)
        owner = routing.route(LEEDS, {}, now, turns).owner
        turns[owner] = (now, turns.get(owner, (now, 0))[1] + 1)
        given_to.append(owner)
    assert given_to == ["a", "c", "a", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"]


ids = [f"m{i}" for i in range(6)]
members = st.builds(
    lambda name, capacity, skills, languages: Member(name, name, f"{name}@example.org", capacity, skills, languages),
    st.just(""),
    st.integers(1, 4),
    st.frozensets(st.sampled_from(["refunds", "legal"])),
    st.sampled_from([(), ("de",), ("en", "de")]),
)


@st.composite
def routings(draw: st.DrawFn) -> Routing:
    cut = draw(st.integers(1, 5))
    people = [replace(draw(members), id=name, email=f"{name}@example.org") for name in ids]
    teams = (Team("t0", "T0", tuple(people[:cut])), Team("t1", "T1", tuple(people[cut:])))
    route = st.builds(
        Route,
        team=st.sampled_from(["t0", "t1"]),
        surveys=st.sampled_from([(), ("s1",)]),
        strategy=st.sampled_from(Strategy),
        skills=st.frozensets(st.sampled_from(["refunds", "legal"]), max_size=1),
        speaks=st.booleans(),
    )
    absence = st.builds(
        lambda first, days, to: Absence(TODAY + timedelta(first), TODAY + timedelta(first + days), to),
        st.integers(-1, 1),
        st.integers(0, 2),
        st.none() | st.sampled_from(ids),
    )
    gone = draw(st.dictionaries(st.sampled_from(ids), st.tuples(absence), max_size=6))
    hours = draw(st.dictionaries(st.sampled_from(ids), st.just(LONDON), max_size=3))
    places = Hierarchy((("store", {"leeds": draw(st.sampled_from(ids))}),), draw(st.sampled_from(ids)))
    routes = tuple(draw(st.lists(route, max_size=4)))
    owner = teams[0].members[0].id
    return Routing(teams, routes, Assignment("t0", owner, "fallback"), places, Roster(gone, hours))


facts = st.builds(
    RoutingFacts,
    severity=st.sampled_from(Severity),
    survey=st.sampled_from(["s1", "s2"]),
    language=st.sampled_from([None, "de-AT", "fr"]),
    attributes=st.sampled_from([(), (("store", "Leeds"),), (("account_owner", "m3"),)]),
)


@given(routings(), st.lists(facts, min_size=1, max_size=12), st.integers(0, 30))
def test_always_one_known_owner_the_same_for_the_same_and_nobody_who_is_away(
    routing: Routing, arrivals: list[RoutingFacts], hours: int
) -> None:
    load: dict[str, int] = {}
    now = NOW + timedelta(hours=hours)
    somebody_there = any(routing.roster.away(name, now) is None for name in ids)
    for one in arrivals:
        chosen = routing.route(one, load, now)
        assert chosen == routing.route(one, dict(load), now)
        home = routing.home(chosen.owner)
        assert home is not None and home[0].id == chosen.team
        assert routing.roster.away(chosen.owner, now) is None or not somebody_there
        load[chosen.owner] = load.get(chosen.owner, 0) + 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 60))
def test_shares_of_capacity_are_fair_within_one_ticket(capacities: list[int], arrivals: int) -> None:
    people = tuple(Member(f"m{i}", "", f"m{i}@example.org", size) for i, size in enumerate(capacities))
    routing = Routing((Team("t", "T", people),), (Route("t"),), Assignment("t", "m0", "fallback"))
    load: dict[str, int] = {}
    for _ in range(min(arrivals, sum(capacities))):
        owner = routing.route(LEEDS, load, NOW).owner
        load[owner] = load.get(owner, 0) + 1
    for one in people:
        for other in people:
            mine, theirs = load.get(one.id, 0), load.get(other.id, 0)
            assert (mine - 1) / one.capacity <= theirs / other.capacity + 1e-9
