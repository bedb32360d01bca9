"""Overflow queues over made-up months: arrivals, resolutions, absences; what must hold after every single step."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.builders import NOW, candidate, planned
from tickets.actions import Acted, assigned
from tickets.episodes import age
from tickets.handover import replacement
from tickets.presence import Absence, Roster
from tickets.projection import rebuild
from tickets.queueing import drained
from tickets.routing import Assignment, Member, Route, Routing, RoutingFacts, Strategy, Team
from tickets.ticket import Ticket
from triggers.policy import Severity

PEOPLE = ("a", "b", "c", "d", "hana")


@dataclass
class Desk:
    """Live tickets of a team and a fallback, driven through the pure functions as the services do it."""

    routing: Routing
    now: datetime = NOW
    live: dict[str, tuple[Ticket, RoutingFacts]] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    opened: int = 0

    def load(self) -> dict[str, int]:
        held: dict[str, int] = {}
        for ticket, _ in self.live.values():
            if ticket.queue is None:
                held[ticket.owner] = held.get(ticket.owner, 0) + 1
        return held

    def facts(self, ticket: Ticket) -> RoutingFacts:
        return self.live[ticket.key][1]

    def arrive(self, language: str) -> None:
        facts = RoutingFacts(Severity.HIGH, "store_nps", language=language)
        self.opened += 1
        blank = replace(planned([candidate()]).opened[0], key=f"N-{self.opened}", opened_at=self.now)
        self._give(blank, facts, self.routing.route(facts, self.load(), self.now))

    def resolve(self, number: int) -> None:
        if self.live:
            del self.live[sorted(self.live)[number % len(self.live)]]
            self.drain()

    def next_day(self) -> None:
        """Somebody may have left or come back: what the schedules do."""
        self.now += timedelta(days=1)
        for ticket, facts in list(self.live.values()):
            to = replacement(ticket, facts, self.routing, self.load(), self.now, {})
            if to is not None:
                self._give(ticket, facts, to)
        self.drain()

    def drain(self) -> None:
        waiting = [ticket for ticket, _ in self.live.values() if ticket.queue]
        for change in drained(waiting, self.facts, self.routing, self.load(), self.now):
            self.live[change.after.key] = (change.after, self.facts(change.before))
            self.log.append((change.after.key, change.after.owner, change.events[0].reason))

    def _give(self, ticket: Ticket, facts: RoutingFacts, to: Assignment) -> None:
        acted = assigned(Acted(ticket, ()), "nanni", self.now, to)
        self.live[ticket.key] = (acted.ticket, facts)
        self.log.append((ticket.key, to.owner, to.reason))


@st.composite
def desks(draw: st.DrawFn) -> Routing:
    def person(name: str) -> Member:
        languages = draw(st.sampled_from([("en",), ("de",), ("en", "de")]))
        return Member(name, name, f"{name}@example.org", draw(st.integers(1, 3)), languages=languages)

    team = Team("t", "T", tuple(person(name) for name in PEOPLE[:-1]))
    absence = st.builds(
        lambda first, days, to: Absence(NOW.date() + timedelta(first), NOW.date() + timedelta(first + days), to),
        st.integers(0, 4),
        st.integers(0, 3),
        st.none() | st.sampled_from(PEOPLE),
    )
    gone = draw(st.dictionaries(st.sampled_from(PEOPLE[:-1]), st.tuples(absence), max_size=3))
    strategy = draw(st.sampled_from([Strategy.LEAST_LOADED, Strategy.ROUND_ROBIN]))
    care = Team("care", "Care", (Member("hana", "Hana", "hana@example.org", 1, languages=("en", "de")),))
    return Routing((team, care), (Route("t", speaks=True, strategy=strategy),), Assignment("care", "hana", "f"),
                   roster=Roster(gone, {}))  # fmt: skip


steps = st.lists(
    st.tuples(st.just("arrive"), st.sampled_from(["en", "de"]))
    | st.tuples(st.just("resolve"), st.integers(0, 50))
    | st.tuples(st.just("next_day"), st.none()),
    max_size=40,
)


def live_out(routing: Routing, lived: Iterable[tuple[str, object]], check: bool) -> Desk:
    desk = Desk(routing)
    for name, told in lived:
        getattr(desk, name)(*([] if told is None else [told]))
        if check:
            everything_holds(desk)
    return desk


def everything_holds(desk: Desk) -> None:
    roster, load = desk.routing.roster, desk.load()
    for ticket, facts in desk.live.values():
        assert desk.routing.home(ticket.owner) is not None, "exactly one owner, known"
        assert roster.away(ticket.owner, desk.now) is None, f"{ticket.owner} is away and owns {ticket.key}"
        if ticket.queue is not None:
            able = [one for one in desk.routing.team(ticket.queue).members if desk.routing.routes[0].asks(one, facts)]
            free = [one.id for one in able if load.get(one.id, 0) < one.capacity and not roster.away(one.id, desk.now)]
            assert not free, f"{ticket.key} waits while {free} have capacity"


@settings(max_examples=100, deadline=None)
@given(desks(), steps)
def test_one_owner_nobody_absent_and_no_queue_while_capacity_is_free(
    routing: Routing, lived: list[tuple[str, object]]
) -> None:
    desk = live_out(routing, lived, check=True)
    again = live_out(routing, lived, check=False)
    assert again.log == desk.log, "same input, same owner"


@settings(max_examples=50, deadline=None)
@given(desks(), st.lists(st.sampled_from(["en", "de"]), min_size=12, max_size=30), st.integers(0, 50))
def test_of_equal_tickets_the_oldest_leaves_the_queue_first(routing: Routing, arrivals: list[str], pick: int) -> None:
    desk = Desk(replace(routing, roster=Roster({}, {})))
    for language in arrivals:
        desk.now += timedelta(minutes=1)
        desk.arrive(language)
    waiting = {key: facts.language for key, (ticket, facts) in desk.live.items() if ticket.queue}
    desk.log.clear()
    for i in range(10):
        served = [key for key in sorted(desk.live, key=lambda key: age(desk.live[key][0])) if key not in waiting]
        if not served:
            break
        del desk.live[served[(pick + i) % len(served)]]
        desk.drain()
    for language in ("en", "de"):
        left = [key for key, _, _ in desk.log if waiting.get(key) == language]
        assert left == [key for key in waiting if waiting[key] == language][: len(left)]


def test_the_way_in_and_out_of_a_queue_is_told() -> None:
    team = Team("t", "T", (Member("a", "A", "a@example.org", 1),))
    care = Team("care", "Care", (Member("hana", "Hana", "hana@example.org", 1),))
    desk = Desk(Routing((team, care), (Route("t"),), Assignment("care", "hana", "f")))
    desk.arrive("en")
    desk.arrive("en")
    held = desk.live["N-2"][0]
    assert (held.owner, held.queue) == ("hana", "t")
    assert desk.load() == {"a": 1}, "who holds a ticket for a queue has not got it on their load"
    desk.resolve(0)
    given_out = desk.live["N-2"][0]
    assert (given_out.owner, given_out.queue) == ("a", None)
    assert desk.log[1][2] == "route 1: nobody of t has capacity left: fallback holds it for the queue of t"
    assert desk.log[2][2].endswith("after waiting for t since 2026-03-11 10:00 UTC")


def test_a_ticket_in_a_queue_is_rebuilt_from_its_events() -> None:
    result = planned([candidate()])
    queued = assigned(Acted(result.opened[0], ()), "nanni", NOW, Assignment("care", "hana", "full", queue="stores"))
    assert rebuild((*result.events, *queued.events)).queue == "stores"
    out = assigned(queued, "nanni", NOW, Assignment("stores", "amira", "free"))
    assert rebuild((*result.events, *out.events)).queue is None
