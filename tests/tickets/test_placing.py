"""Where a response without a theme belongs: to the ticket whose words are most like its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys, opened
from tickets.actions import resolve
from tickets.episodes import ReopenWindow, episodes_of
from tickets.events import EventKind
from tickets.landing import Candidate, OpeningRules
from tickets.opening import Plan, plan
from tickets.projection import apply
from tickets.ticket import Closure, Status, Ticket

RULES = OpeningRules(reopen=ReopenWindow(timedelta(hours=72), SLA.calendar), alike=0.5)


class Told:
    """A likeness that was told what is like what, by ticket key or response id; remembers what it was asked."""

    def __init__(self, **likeness: float) -> None:
        self.likeness: Mapping[str, float] = {name.replace("_", "-"): value for name, value in likeness.items()}
        self.asked: list[str] = []

    def __call__(self, one: Candidate, other: Ticket | Candidate) -> float:
        name = other.key if isinstance(other, Ticket) else other.response_id
        self.asked.append(name)
        return self.likeness.get(name, 0.0)


def ticket(key: str, theme: str | None, hours_ago: float) -> Ticket:
    return replace(opened(), key=key, theme=theme, opened_at=NOW - timedelta(hours=hours_ago))


def ended(key: str, theme: str | None, hours_ago: float) -> Ticket:
    done = Closure("product", "Sent another.", True)
    return resolve(ticket(key, theme, 200), "amira", NOW - timedelta(hours=hours_ago), done, SLA.root_causes).ticket


def land(told: Told, *held: Ticket, themes: tuple[str | None, ...] = (None,), rules: OpeningRules = RULES) -> Plan:
    found = [candidate(i, theme=theme, said=f"what {i} says") for i, theme in enumerate(themes)]
    known = {"c-1": episodes_of(held)}
    return plan(found, known, keys(len(held) + 1), ROUTING, SLA, {}, NOW, rules, likeness=told)


OLD, NEW = ticket("N-1", "staff", 9), ticket("N-2", "billing", 2)


@pytest.mark.parametrize(("like", "where"), [(0.61, "N-1"), (0.5, "N-1"), (0.499, "N-2"), (0.0, "N-2")])
def test_without_a_theme_the_words_decide_and_below_the_limit_the_last_ticket_has_it(like: float, where: str) -> None:
    (landed,) = land(Told(N_1=like, N_2=0.2), OLD, NEW).landed
    assert landed.ticket == where
    assert (f"({like:.2f}, at least 0.50 is asked)" in landed.reason) == (where == "N-1")


def test_the_event_tells_the_likeness_and_the_limit() -> None:
    (change,) = land(Told(N_1=0.613), OLD, NEW).changes
    (event,) = change.events
    data = dict(event.data)
    assert (data["likeness"], data["likeness_asked"]) == ("0.613", "0.500")
    assert "its words are like this ticket's (0.61)" in event.reason and "theme" not in data


def test_a_theme_joins_a_ticket_without_one_that_it_sounds_like_and_the_ticket_learns_it() -> None:
    told = Told(N_1=0.7)
    result = land(told, ticket("N-1", None, 3), themes=("staff.manner", "staff", "billing"))
    (change,) = result.changes
    assert [one.ticket for one in result.landed] == ["N-1", "N-1", "N-2"]
    assert (change.after.theme, change.after.responses) == ("staff.manner", 3)
    assert "which is about staff.manner therefore" in change.events[0].reason
    assert apply(change.before, change.events[0]).theme == "staff.manner"
    assert told.asked == ["N-1"], "once it has a theme, others have nothing to compare with"


def test_a_theme_does_not_join_a_ticket_without_one_that_sounds_otherwise() -> None:
    assert land(Told(N_1=0.49), ticket("N-1", None, 3), themes=("staff",)).opened[0].episode == "staff"


def test_a_root_that_has_taken_over_one_without_a_theme_keeps_its_own() -> None:
    root, child = ticket("N-1", "billing", 9), replace(ticket("N-2", None, 3), merged_into="N-1")
    assert land(Told(N_1=0.9), root, child, themes=("staff",)).opened[0].theme == "staff"


def test_tickets_of_the_same_batch_are_compared_too() -> None:
    result = land(Told(R_0=0.8, R_1=0.1), themes=("staff", "billing", None))
    assert [one.ticket for one in result.landed] == ["N-1", "N-2", "N-1"]


@pytest.mark.parametrize(("hours", "like", "reopened"), [(71, 0.6, True), (73, 0.6, False), (71, 0.4, False)])
@pytest.mark.parametrize(("was", "theme"), [("staff", None), (None, "staff")])
def test_what_sounds_like_a_ticket_that_just_ended_reopens_it(
    hours: float, like: float, reopened: bool, was: str | None, theme: str | None
) -> None:
    result = land(Told(N_1=like), ended("N-1", was, hours), themes=(theme, theme))
    if not reopened:
        assert len(result.opened) == 1 and result.landed[1].ticket == result.opened[0].key
        return
    (change,) = result.changes
    assert (change.after.status, change.after.theme, change.after.responses) == (Status.OPEN, "staff", 3)
    assert [event.kind for event in change.events].count(EventKind.REOPENED) == 1


def test_nobody_is_asked_where_there_is_but_one_answer() -> None:
    told = Told()
    land(told, themes=("staff", "staff", None))
    land(told, OLD)
    land(told, OLD, NEW, themes=("staff", "billing", "website"))
    land(told, OLD, NEW, rules=replace(RULES, alike=None))
    assert told.asked == []
