"""Batches of fired responses into tickets."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from feedback.scale import CSAT
from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys, opened, planned
from tickets.actions import close, resolve, wait
from tickets.episodes import episodes_of
from tickets.events import EventKind
from tickets.landing import Candidate, OpeningRules, headline
from tickets.notice import Audience, Channel, NoticeKind
from tickets.opening import plan
from tickets.placing import count_openings
from tickets.projection import rebuild
from tickets.sla import due_times
from tickets.ticket import Closure, Priority, Status
from triggers.policy import Severity


def test_a_fired_response_opens_an_owned_and_timed_ticket() -> None:
    result = planned([candidate(7)])
    (ticket,) = result.opened
    assert (ticket.key, ticket.status, ticket.priority) == ("N-1", Status.NEW, Priority.NORMAL)
    assert (ticket.team, ticket.owner) == ("stores", "amira")
    assert ticket.due == due_times(Priority.NORMAL, NOW, SLA)
    assert [event.kind for event in result.events] == [EventKind.OPENED, EventKind.ASSIGNED]
    (landed,) = result.landed
    assert (landed.position, landed.disposition, landed.ticket) == (7, Disposition.OPENED, "N-1")


def test_the_owner_is_told_once() -> None:
    (notice,) = planned([candidate()]).notices
    assert (notice.kind, notice.channel, notice.target) == (
        NoticeKind.TICKET_OPENED,
        Channel.MAIL,
        "amira@example.org",
    )
    assert notice.event_sequence == 1


def test_chats_and_console_are_told_too_when_they_should() -> None:
    audience = Audience(mail=False, chats=("cx",), console=True)
    result = plan([candidate()], {}, keys(), ROUTING, SLA, {}, NOW, audience=audience)
    assert [(notice.channel, notice.target) for notice in result.notices] == [
        (Channel.CHAT, "cx"),
        (Channel.CONSOLE, "console"),
    ]
    assert len({notice.id for notice in result.notices}) == 2


def test_clocks_start_when_the_response_is_received_and_its_own_time_is_kept() -> None:
    old = NOW - timedelta(days=400)
    result = planned([candidate(submitted_at=old)])
    assert result.opened[0].opened_at == NOW
    assert dict(result.events[0].data)["submitted_at"] == old.isoformat()


def test_a_customer_with_a_live_ticket_gets_no_second_one() -> None:
    ticket = opened()
    result = planned([candidate(response="R-9")], live=ticket)
    assert result.opened == ()
    (change,) = result.changes
    assert (change.before, change.after.responses, change.after.version) == (ticket, 2, ticket.version + 1)
    assert [notice.kind for notice in result.notices] == [NoticeKind.RESPONSE_ATTACHED]
    assert result.landed[0].reason == "the customer has live ticket N-1"


def test_a_worse_response_raises_severity_priority_and_brings_deadlines_forward() -> None:
    ticket = opened()
    result = planned([candidate(response="R-9", severity=Severity.CRITICAL)], live=ticket)
    after = result.changes[0].after
    assert (after.severity, after.priority, after.rule) == (Severity.CRITICAL, Priority.URGENT, "rule_critical")
    assert after.due == due_times(Priority.URGENT, NOW, SLA)
    assert [event.kind for event in result.changes[0].events] == [
        EventKind.RESPONSE_ATTACHED,
        EventKind.SEVERITY_RAISED,
        EventKind.PRIORITY_CHANGED,
    ]


def test_a_milder_response_lowers_nothing() -> None:
    ticket = opened(severity=Severity.CRITICAL)
    after = planned([candidate(response="R-9", severity=Severity.LOW)], live=ticket).changes[0].after
    assert (after.severity, after.priority, after.due) == (ticket.severity, ticket.priority, ticket.due)


def test_an_answer_ends_waiting_for_the_customer() -> None:
    waiting = wait(opened(), "amira", NOW).ticket
    assert planned([candidate(response="R-9")], live=waiting).changes[0].after.status is Status.OPEN


def test_two_responses_of_one_customer_in_a_batch_share_a_ticket_and_a_notice() -> None:
    result = planned([candidate(0), candidate(1, severity=Severity.HIGH)])
    assert [landed.disposition for landed in result.landed] == [Disposition.OPENED, Disposition.ATTACHED]
    (ticket,) = result.opened
    assert (ticket.responses, ticket.severity) == (2, Severity.HIGH)
    assert rebuild(result.events) == ticket
    assert len(result.notices) == 1 and result.changes == ()


def test_several_answers_to_a_live_ticket_make_one_change_and_one_notice() -> None:
    result = planned([candidate(0), candidate(1), candidate(2)], live=opened(response="R-0x"))
    (change,) = result.changes
    assert change.after.responses == 4
    assert [notice.event_sequence for notice in result.notices] == [change.after.version]


def test_anonymous_responses_stand_alone() -> None:
    result = planned([candidate(0, customer=None), candidate(1, customer=None)])
    assert [ticket.key for ticket in result.opened] == ["N-1", "N-2"]


@pytest.mark.parametrize("status", [ResponseStatus.TEST, ResponseStatus.PARTIAL, ResponseStatus.IMPORTED])
def test_what_is_not_live_is_suppressed_by_name(status: ResponseStatus) -> None:
    result = planned([candidate(status=status)])
    assert (result.opened, result.notices) == ((), ())
    assert (result.landed[0].disposition, result.landed[0].reason) == (Disposition.SUPPRESSED, f"{status} response")


def test_old_responses_are_suppressed_only_when_the_team_says_so() -> None:
    old = candidate(submitted_at=NOW - timedelta(days=31))
    assert planned([old]).opened
    rules = OpeningRules(max_age=timedelta(days=30))
    result = plan([old], {}, keys(), ROUTING, SLA, {}, NOW, rules)
    assert result.landed[0].reason == "submitted more than 30 days ago"


def test_a_revision_goes_to_its_ticket_and_counts_no_second_response() -> None:
    ticket = opened()
    result = planned([candidate(existing=ticket, severity=Severity.HIGH)])
    (change,) = result.changes
    assert (change.after.responses, change.after.severity) == (1, Severity.HIGH)
    assert result.landed[0].disposition is Disposition.REVISED


def test_a_revision_of_what_is_closed_changes_nothing() -> None:
    done = resolve(opened(), "amira", NOW, Closure("product", "Sent it.", True), SLA.root_causes).ticket
    result = planned([candidate(existing=close(done, "amira", NOW).ticket)])
    assert (result.opened, result.changes, result.notices) == ((), (), ())
    assert result.landed[0].reason.endswith("already has ticket N-1, which is closed")


def test_two_revisions_in_one_batch_make_one_ticket_even_without_a_customer() -> None:
    result = planned([candidate(0, response="R-1", customer=None), candidate(1, response="R-1", customer=None)])
    assert [landed.disposition for landed in result.landed] == [Disposition.OPENED, Disposition.REVISED]
    assert result.opened[0].responses == 1


def test_a_batch_spreads_over_owners_as_it_goes() -> None:
    result = planned([candidate(i, customer=f"c-{i}") for i in range(4)])
    assert [ticket.owner for ticket in result.opened] == ["amira", "bo", "amira", "hana"]


def test_headlines_say_score_and_place() -> None:
    assert headline(2, CSAT, "Leeds") == "CSAT 2 – Leeds"
    assert headline(None, CSAT) == "No score"


batches = st.lists(
    st.builds(
        candidate,
        position=st.integers(0, 99),
        response=st.sampled_from([f"R-{i}" for i in range(8)]),
        customer=st.sampled_from([None, "c-1", "c-2", "c-live"]),
        severity=st.sampled_from(Severity),
        status=st.sampled_from([ResponseStatus.LIVE, ResponseStatus.LIVE, ResponseStatus.TEST]),
    ),
    max_size=12,
)


@given(batches)
def test_every_candidate_lands_once_and_every_customer_has_one_owned_ticket(candidates: list[Candidate]) -> None:
    live = opened(customer="c-live", response="earlier")
    result = planned(candidates, live=live)
    assert [landed.position for landed in result.landed] == [one.position for one in candidates]
    tickets = [*result.opened, *(change.after for change in result.changes)]
    customers = [ticket.customer_id for ticket in tickets if ticket.customer_id]
    assert len(set(customers)) == len(customers)
    assert all(ticket.owner for ticket in tickets)
    wanted = count_openings(candidates, {"c-live": episodes_of([live])}, OpeningRules(), NOW)
    assert len(result.opened) == wanted
    for ticket in result.opened:
        assert rebuild(event for event in result.events if event.ticket == ticket.key) == ticket
    assert all((landed.ticket is None) is (landed.disposition is Disposition.SUPPRESSED) for landed in result.landed)
