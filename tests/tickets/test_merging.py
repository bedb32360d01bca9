"""Merge, unmerge, split: pointers, so that undoing one restores both tickets exactly."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys
from tickets import actions
from tickets.actions import Acted
from tickets.lifecycle import LifecycleError
from tickets.merging import Log, Regrouped, merge, split, unmerge
from tickets.opening import plan
from tickets.projection import rebuild
from tickets.retiming import due_now
from tickets.sla import Metric
from tickets.sla_state import sla_states
from tickets.ticket import Priority, Ticket
from triggers.policy import Severity

LATER = NOW + timedelta(hours=5)


def log(key: int, theme: str = "staff", at: datetime = NOW, **options: object) -> Log:
    one = candidate(theme=theme, **options)  # type: ignore[arg-type]
    made = plan([one], {}, keys(key), ROUTING, SLA, {}, at)
    return Log(made.opened[0], made.events)


def then(before: Log, acted: Acted) -> Log:
    return Log(acted.ticket, (*before.events, *acted.events))


def both(root: Log, child: Log, done: Regrouped) -> tuple[Log, Log]:
    return then(root, done.root), then(child, done.other)


def same(one: Ticket, other: Ticket) -> bool:
    return replace(one, version=0) == replace(other, version=0)


def test_the_root_takes_over_the_worse_and_the_sooner() -> None:
    root, child = log(1, severity=Severity.LOW, at=LATER), log(2, "billing", severity=Severity.HIGH)
    done = merge(root, child, "amira", LATER, "the same trouble", SLA)
    after = done.root.ticket
    assert (after.severity, after.priority, after.responses) == (Severity.HIGH, Priority.HIGH, 2)
    assert after.due == child.ticket.due, "what was promised on the child stays promised"
    assert done.other.ticket.merged_into == "N-1" and not done.other.ticket.live


def test_metrics_follow_the_root() -> None:
    root, child = log(1, severity=Severity.LOW), log(2, "billing", severity=Severity.HIGH)
    root = then(root, actions.contact(root.ticket, "amira", NOW, "phone"))
    root, child = both(root, child, merge(root, child, "amira", LATER, "the same", SLA))
    owed = {state.metric for state in sla_states(root.events, SLA, LATER) if state.until is None}
    assert Metric.NEXT_TOUCH in owed, "nobody has answered what the child is about"
    assert due_now(root.ticket, root.events, SLA) == root.ticket.due
    root, child = both(root, child, unmerge(root, child, "amira", LATER, "not the same", SLA))
    owed = {state.metric for state in sla_states(root.events, SLA, LATER) if state.until is None}
    assert Metric.NEXT_TOUCH not in owed
    assert due_now(root.ticket, root.events, SLA) == root.ticket.due


def test_nothing_can_be_done_to_a_merged_ticket() -> None:
    root, child = log(1), log(2, "billing")
    merged = merge(root, child, "amira", NOW, "the same", SLA).other.ticket
    with pytest.raises(LifecycleError, match=r"merged into N-1\. Next: work on N-1, or unmerge N-2"):
        actions.start(merged, "amira", NOW)


def test_tickets_of_two_customers_stay_apart() -> None:
    with pytest.raises(LifecycleError, match="two customers"):
        merge(log(1, customer="c-1"), log(2, "billing", customer="c-2"), "amira", NOW, "the same", SLA)
    anonymous = log(3, customer=None)
    assert merge(log(1), anonymous, "amira", NOW, "the same", SLA).other.ticket.merged_into == "N-1"
    with pytest.raises(LifecycleError, match="into itself"):
        merge(log(1), log(1), "amira", NOW, "the same", SLA)


def test_what_is_not_merged_there_is_not_unmerged() -> None:
    with pytest.raises(LifecycleError, match="merged into nothing, not into N-1"):
        unmerge(log(1), log(2), "amira", NOW, "a slip", SLA)


moves = st.lists(st.sampled_from(["touch", "start", "wait", "note", "urgent", "low"]), max_size=4)
severities = st.sampled_from(Severity)


def live_a_little(one: Log, steps: list[str], at: datetime) -> Log:
    for i, step in enumerate(steps):
        now, ticket = at + timedelta(minutes=11 * i), one.ticket
        act = {
            "touch": lambda t=ticket, n=now: actions.contact(t, "amira", n, "phone"),
            "start": lambda t=ticket, n=now: actions.start(t, "amira", n),
            "wait": lambda t=ticket, n=now: actions.wait(t, "amira", n),
            "note": lambda t=ticket, n=now: actions.note(t, "amira", n, "asked"),
            "urgent": lambda t=ticket, n=now: actions.change_priority(t, "amira", n, Priority.URGENT, "so", SLA),
            "low": lambda t=ticket, n=now: actions.change_priority(t, "amira", n, Priority.LOW, "so", SLA),
        }[step]
        try:
            one = then(one, act())  # type: ignore[no-untyped-call]
        except LifecycleError:
            continue
    return one


@settings(deadline=None)
@given(severities, severities, moves, moves, st.integers(-900, 900), st.lists(moves, min_size=1, max_size=2))
def test_merge_then_unmerge_is_identity(
    first: Severity, second: Severity, mine: list[str], theirs: list[str], apart: int, again: list[list[str]]
) -> None:
    root = live_a_little(log(1, severity=first), mine, NOW)
    child = live_a_little(
        log(2, "billing", severity=second, at=NOW + timedelta(minutes=apart)), theirs, NOW + timedelta(minutes=apart)
    )
    after = NOW + timedelta(days=3)
    for _ in again:
        before = root.ticket, child.ticket
        root, child = both(root, child, merge(root, child, "amira", after, "the same", SLA))
        assert rebuild(root.events) == root.ticket and rebuild(child.events) == child.ticket
        root, child = both(root, child, unmerge(root, child, "amira", after, "not the same", SLA))
        assert same(root.ticket, before[0]) and same(child.ticket, before[1])
        assert rebuild(root.events) == root.ticket and rebuild(child.events) == child.ticket
        assert due_now(root.ticket, root.events, SLA) == root.ticket.due


def test_what_was_changed_since_the_merge_stays() -> None:
    root, child = log(1, severity=Severity.LOW), log(2, "billing", severity=Severity.HIGH)
    root, child = both(root, child, merge(root, child, "amira", NOW, "the same", SLA))
    root = then(root, actions.change_priority(root.ticket, "hana", LATER, Priority.URGENT, "they rang", SLA))
    root, child = both(root, child, unmerge(root, child, "amira", LATER, "not the same", SLA))
    assert root.ticket.priority is Priority.URGENT
    assert due_now(root.ticket, root.events, SLA) == root.ticket.due


def test_a_split_is_undone_by_a_merge() -> None:
    source = log(1)
    source = Log(replace(source.ticket, responses=3), source.events)
    done = split(source.ticket, ["R-7"], "N-2", "billing", "amira", LATER, "two things", SLA)
    new = done.other.ticket
    assert (done.root.ticket.responses, new.responses, new.owner, new.episode) == (2, 1, "amira", "billing")
    assert rebuild(done.other.events) == new
    back = merge(Log(done.root.ticket, (*source.events, *done.root.events)), Log(new, done.other.events), "amira",
                 LATER, "one thing after all", SLA)  # fmt: skip
    assert back.root.ticket.responses == 3
    for wrong in ([], ["R-1", "R-2", "R-3"]):
        with pytest.raises(LifecycleError, match="would go"):
            split(source.ticket, wrong, "N-2", "billing", "amira", LATER, "two things", SLA)
