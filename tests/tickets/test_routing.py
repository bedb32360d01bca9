import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import NotFoundError
from tests.tickets.builders import ROUTING
from tickets.routing import Assignment, Member, Route, Routing, RoutingFacts, Team
from triggers.policy import Severity

FACTS = RoutingFacts(Severity.HIGH, "store_nps", "delivery.late", "de-AT", "email", (("region", "North"),))


@pytest.mark.parametrize(
    ("route", "takes"),
    [
        (Route("stores"), True),
        (Route("stores", themes=("delivery",)), True),
        (Route("stores", themes=("deliver",)), False),
        (Route("stores", themes=("billing", "delivery.late")), True),
        (Route("stores", severities=(Severity.CRITICAL,)), False),
        (Route("stores", languages=("de",)), True),
        (Route("stores", languages=("DE-at",)), True),
        (Route("stores", languages=("de-CH",)), False),
        (Route("stores", channels=("sms",)), False),
        (Route("stores", attributes=(("region", ("north", "south")),)), True),
        (Route("stores", attributes=(("store", ("Leeds",)),)), False),
        (Route("stores", themes=("delivery",), surveys=("web_csat",)), False),
    ],
)
def test_a_route_takes_what_meets_all_its_conditions(route: Route, takes: bool) -> None:
    assert route.takes(FACTS) is takes


def test_the_least_loaded_by_share_of_capacity_gets_it() -> None:
    assert ROUTING.route(FACTS, {}).owner == "amira"
    assert ROUTING.route(FACTS, {"amira": 1}).owner == "bo"
    chosen = ROUTING.route(FACTS, {"amira": 1, "bo": 1})
    assert chosen == Assignment("stores", "amira", "route 1: least loaded of stores (1 of 2)")


def test_a_full_team_queues_with_the_fallback_and_says_so() -> None:
    chosen = ROUTING.route(FACTS, {"amira": 2, "bo": 1, "hana": 99})
    assert chosen == Assignment(
        "care",
        "hana",
        "route 1: nobody of stores has capacity left: fallback holds it for the queue of stores",
        queue="stores",
    )


def test_what_no_route_takes_falls_back() -> None:
    chosen = ROUTING.route(RoutingFacts(Severity.LOW, "web_csat"), {})
    assert chosen == Assignment("care", "hana", "no route matched: fallback")


def test_the_first_route_that_matches_wins() -> None:
    routing = Routing(ROUTING.teams, (Route("care", themes=("delivery",)), *ROUTING.routes), ROUTING.fallback)
    assert routing.route(FACTS, {}).team == "care"


def test_naming_somebody_unknown_lists_who_there_is() -> None:
    with pytest.raises(NotFoundError, match=r"nobody called 'zoe'.*Allowed: amira, bo, hana"):
        ROUTING.assign_to("zoe")
    assert ROUTING.address("zoe") == ""


names = st.sampled_from(["a", "b", "c", "d", "e"])
teams = st.lists(
    st.builds(
        lambda members: tuple(Member(name, name, f"{name}@example.org", size) for name, size in members.items()),
        st.dictionaries(names, st.integers(1, 3), min_size=1),
    ),
    min_size=1,
    max_size=3,
).map(lambda groups: tuple(Team(f"t{i}", f"T{i}", members) for i, members in enumerate(groups)))
facts = st.builds(
    RoutingFacts,
    severity=st.sampled_from(Severity),
    survey=st.sampled_from(["s1", "s2"]),
    theme=st.sampled_from([None, "x", "x.y"]),
    language=st.sampled_from([None, "de", "en"]),
)


@st.composite
def routings(draw: st.DrawFn) -> Routing:
    groups = draw(teams)
    routes = draw(
        st.lists(
            st.builds(
                Route,
                team=st.sampled_from([team.id for team in groups]),
                themes=st.sampled_from([(), ("x",)]),
                surveys=st.sampled_from([(), ("s1",)]),
                languages=st.sampled_from([(), ("de",)]),
            ),
            max_size=4,
        )
    )
    return Routing(groups, tuple(routes), Assignment(groups[0].id, groups[0].members[0].id, "fallback"))


@given(routings(), st.lists(facts, min_size=1, max_size=15))
def test_there_is_always_one_owner_within_capacity_and_always_the_same(
    routing: Routing, arrivals: list[RoutingFacts]
) -> None:
    load: dict[str, int] = {}
    members = {(team.id, member.id): member for team in routing.teams for member in team.members}
    for one in arrivals:
        chosen = routing.route(one, load)
        assert chosen == routing.route(one, dict(load))
        assert (chosen.team, chosen.owner) in members
        if "fallback" not in chosen.reason:
            assert load.get(chosen.owner, 0) < members[chosen.team, chosen.owner].capacity
        load[chosen.owner] = load.get(chosen.owner, 0) + 1
