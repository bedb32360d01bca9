from tests.tickets.builders import NOW, ROUTING, opened
from tickets.actions import acknowledge, reassign
from tickets.handover import handover_notices
from tickets.notice import Audience, Channel, NoticeKind

EVERYONE = Audience(chats=("cx",), console=True)


def test_a_new_owner_is_told_and_no_chat_is() -> None:
    acted = reassign(opened(), "hana", NOW, ROUTING.assign_to("bo"))
    told = handover_notices(acted.events, ROUTING, EVERYONE, NOW)
    assert [(one.kind, one.channel, one.target) for one in told] == [
        (NoticeKind.ASSIGNED, Channel.MAIL, "bo@example.org"),
        (NoticeKind.ASSIGNED, Channel.CONSOLE, "console"),
    ]
    assert {one.event_sequence for one in told} == {acted.ticket.version}


def test_taking_it_over_oneself_is_no_news() -> None:
    acted = reassign(opened(), "bo", NOW, ROUTING.assign_to("bo"))
    assert handover_notices(acted.events, ROUTING, EVERYONE, NOW) == ()


def test_other_events_tell_no_owner() -> None:
    assert handover_notices(acknowledge(opened(), "amira", NOW).events, ROUTING, EVERYONE, NOW) == ()


def test_of_two_handovers_only_the_last_owner_is_told() -> None:
    first = reassign(opened(), "hana", NOW, ROUTING.assign_to("bo"))
    second = reassign(first.ticket, "bo", NOW, ROUTING.assign_to("hana"))
    told = handover_notices((*first.events, *second.events), ROUTING, Audience(), NOW)
    assert [one.target for one in told] == ["hana@example.org"]
