import pytest

from tests.tickets.builders import NOW, SLA, opened
from tickets.actions import close, resolve
from tickets.lifecycle import TRANSITIONS, LifecycleError, Move, allowed, destination
from tickets.ticket import LIVE, Closure, Status


def test_every_status_has_its_moves_and_every_move_leads_somewhere() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert {move for moves in TRANSITIONS.values() for move in moves} == set(Move)


def test_nothing_leads_back_to_new() -> None:
    assert not any(
        to is Status.NEW for here, moves in TRANSITIONS.items() if here is not Status.NEW for to in moves.values()
    )


def test_every_live_ticket_can_be_resolved_and_only_resolved_ones_closed() -> None:
    assert all(TRANSITIONS[status][Move.RESOLVE] is Status.RESOLVED for status in LIVE)
    assert [status for status in Status if Move.CLOSE in TRANSITIONS[status]] == [Status.RESOLVED]


def test_closed_is_left_only_by_reopening() -> None:
    assert allowed(Status.CLOSED) == (Move.NOTE, Move.REOPEN)


def test_the_error_names_status_allowed_moves_and_the_way() -> None:
    with pytest.raises(LifecycleError) as caught:
        close(opened(), "amira", NOW)
    assert str(caught.value) == (
        "ticket N-1: close is not possible while the ticket is new. Allowed: acknowledge, start, contact, note, wait, "
        "hold, reassign, change_priority, check, escalate, acknowledge_escalation, merge, split, resolve. "
        "Next: resolve it first, with root cause and action taken."
    )


def test_what_is_over_must_be_reopened() -> None:
    done = resolve(opened(), "amira", NOW, Closure("product", "Sent another.", True), SLA.root_causes).ticket
    with pytest.raises(LifecycleError, match="Next: reopen it first"):
        destination(done, Move.START)
