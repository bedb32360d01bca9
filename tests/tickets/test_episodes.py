"""Episodes: one customer and one theme, and where the next response of both goes."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.disposition import Disposition
from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys, opened
from tickets.actions import resolve
from tickets.calendar import Clock
from tickets.episodes import ReopenWindow, episodes_of
from tickets.events import EventKind
from tickets.landing import Candidate, OpeningRules
from tickets.opening import Plan, plan
from tickets.presence import Absence, Roster
from tickets.projection import apply
from tickets.ticket import Closure, Status, Ticket, episode_of
from triggers.policy import Severity

DONE = Closure("product", "Sent another.", True)
ALIKE = OpeningRules(reopen=ReopenWindow(timedelta(hours=72), SLA.calendar), alike=0.4)
WINDOW = OpeningRules(reopen=ReopenWindow(timedelta(hours=72), SLA.calendar))


def land(candidates: list[Candidate], *held: Ticket, rules: OpeningRules = WINDOW) -> Plan:
    known = {"c-1": episodes_of(held)} if held else {}
    return plan(candidates, known, keys(len(held) + 1), ROUTING, SLA, {}, NOW, rules)


def ticket(key: str = "N-1", theme: str | None = "delivery.late", hours_ago: float = 1, **fields: object) -> Ticket:
    made = replace(opened(), key=key, theme=theme, opened_at=NOW - timedelta(hours=hours_ago))
    return replace(made, **fields)  # type: ignore[arg-type]


def over(hours_ago: float) -> Ticket:
    return resolve(ticket(hours_ago=500), "amira", NOW - timedelta(hours=hours_ago), DONE, SLA.root_causes).ticket


def test_the_same_theme_joins_another_theme_opens() -> None:
    result = land([candidate(0, theme="delivery.damaged"), candidate(1, theme="billing")], ticket())
    assert [one.disposition for one in result.landed] == [Disposition.ATTACHED, Disposition.OPENED]
    assert result.landed[1].reason == "another theme than the customer's live tickets"


def test_a_response_without_a_theme_joins_the_ticket_opened_last() -> None:
    result = land([candidate(theme=None)], ticket("N-1", "staff", 9), ticket("N-2", "billing", 2))
    assert (result.landed[0].disposition, result.landed[0].ticket) == (Disposition.ATTACHED, "N-2")


def test_a_theme_does_not_join_a_ticket_without_one() -> None:
    assert land([candidate(theme="staff")], ticket(theme=None)).opened[0].episode == "staff"


def test_the_theme_of_a_merged_ticket_leads_to_its_root() -> None:
    merged = ticket("N-2", "billing", merged_into="N-1")
    (landed,) = land([candidate(theme="billing.refund")], ticket(), merged).landed
    assert (landed.disposition, landed.ticket) == (Disposition.ATTACHED, "N-1")


@pytest.mark.parametrize(("hours_ago", "reopened"), [(71, True), (72, True), (72.1, False)])
def test_within_the_window_a_ticket_is_reopened_after_it_one_follows_up(hours_ago: float, reopened: bool) -> None:
    before = over(hours_ago)
    result = land([candidate(response="R-9")], before)
    (change,) = result.changes
    if reopened:
        assert change.after.status is Status.OPEN
        assert [event.kind for event in change.events] == [EventKind.REOPENED, EventKind.RESPONSE_ATTACHED]
        assert result.opened == ()
    else:
        assert [event.kind for event in change.events] == [EventKind.FOLLOWED_UP]
        assert (result.opened[0].follow_up_of, change.after.status) == (before.key, Status.RESOLVED)
        assert result.landed[0].reason.startswith(f"follows up on {before.key}, resolved on")


@pytest.mark.parametrize(("delegate", "owner"), [("bo", "bo"), (None, "bo"), ("hana", "hana")])
def test_what_is_reopened_does_not_go_back_to_somebody_who_is_away(delegate: str | None, owner: str) -> None:
    gone = Absence(NOW.date(), NOW.date() + timedelta(days=9), delegate)
    routing = replace(ROUTING, roster=Roster({"amira": (gone,)}, {}))
    held, load = over(10), dict[str, int]()
    result = plan([candidate()], {"c-1": episodes_of([held])}, keys(2), routing, SLA, load, NOW, WINDOW)
    (change,) = result.changes
    assert (held.owner, change.after.owner, change.after.status) == ("amira", owner, Status.OPEN)
    assert [event.kind for event in change.events][:2] == [EventKind.REOPENED, EventKind.ASSIGNED]
    assert change.events[1].reason.startswith("amira is away until")


def test_the_window_can_run_in_business_time() -> None:
    window = ReopenWindow(timedelta(hours=8), SLA.calendar, Clock.BUSINESS)
    before = over(24)  # 8 office hours a day
    assert window.is_open(before, NOW)
    assert not window.is_open(before, NOW + timedelta(minutes=1))


def test_two_responses_of_one_batch_reopen_once() -> None:
    (change,) = land([candidate(0), candidate(1)], over(5)).changes
    assert [event.kind for event in change.events].count(EventKind.REOPENED) == 1
    assert change.after.responses == 3


themes = st.sampled_from([None, "delivery", "delivery.late", "staff", "billing"])
batch = st.lists(st.tuples(themes, st.sampled_from(Severity)), max_size=8)


@given(st.lists(batch, max_size=5), st.randoms(use_true_random=False))
def test_a_customer_never_holds_two_live_tickets_of_one_theme(
    batches: list[list[tuple[str | None, Severity]]], rng: Random
) -> None:
    held: dict[str, Ticket] = {}
    number = 0

    def guess(one: Candidate, other: Ticket | Candidate) -> float:
        return rng.random()

    for found in batches:
        candidates = []
        for theme, severity in found:
            number += 1
            candidates.append(candidate(number, response=f"R-{number}", theme=theme, severity=severity, said="words"))
        known = {"c-1": episodes_of(held.values())}
        result = plan(candidates, known, keys(len(held) + 1), ROUTING, SLA, {}, NOW, ALIKE, likeness=guess)
        for change in result.changes:
            assert reduce(apply, change.events, change.before) == change.after
        held |= {one.key: one for one in result.opened} | {change.after.key: change.after for change in result.changes}
        for one in [one for one in held.values() if one.live and rng.random() < 0.4]:
            held[one.key] = resolve(one, "amira", NOW, DONE, SLA.root_causes).ticket
        live = [one.episode for one in held.values() if one.live]
        assert len(live) == len(set(live))
        assert sum(one.responses for one in held.values()) == number


def test_an_episode_is_the_first_level_of_the_theme() -> None:
    assert [episode_of(theme) for theme in (None, "staff", "delivery.late.lost")] == ["", "staff", "delivery"]
