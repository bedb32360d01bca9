"""Notes, mentions, watchers, tags and reminders as events."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW, ROUTING, candidate, planned
from tickets import collaboration
from tickets.actions import Acted
from tickets.collaboration import called, mentions, readable, tags, visible, watchers
from tickets.events import TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.news import colleague_notices
from tickets.notice import Audience, NoticeKind
from tickets.projection import rebuild
from tickets.ticket import Ticket

PEOPLE = ("amira", "bo", "hana", "jo.field", "Lukas")


def opened() -> tuple[Ticket, tuple[TicketEvent, ...]]:
    result = planned([candidate()])
    return result.opened[0], result.events


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@amira please call, @bo too; @amira!", ("amira", "bo")),
        ("thanks @jo.field.", ("jo.field",)),
        ("@LUKAS and @hana's team", ("Lukas", "hana")),
        ("mail amira@hana or a@bo.example", ()),
        ("@nobody @", ()),
        ("(@bo)", ("bo",)),
    ],
)
def test_people_are_called_by_id_and_addresses_call_nobody(text: str, told: tuple[str, ...]) -> None:
    assert mentions(text, PEOPLE) == told


def test_a_private_note_is_for_its_author_and_those_it_calls() -> None:
    ticket, events = opened()
    acted = collaboration.note(ticket, "amira", NOW, "Ask @bo, not in front of the customer.", PEOPLE, private=True)
    (event,) = acted.events
    assert called(event) == ("bo",)
    assert [visible(event, reader) for reader in ("amira", "bo", "hana", "")] == [True, True, False, False]
    assert readable(acted.events, "hana")[0].note == ""
    assert readable(acted.events, "bo") == acted.events
    assert rebuild((*events, *acted.events)) == acted.ticket


def test_a_note_needs_words() -> None:
    with pytest.raises(LifecycleError, match="needs words"):
        collaboration.note(opened()[0], "amira", NOW, "  ")


Verb = Callable[..., Acted]


@given(st.lists(st.tuples(st.sampled_from(["watch", "unwatch", "tag", "untag"]), st.sampled_from("abc")), max_size=20))
def test_watchers_and_tags_are_sets_whose_every_change_is_an_event(steps: list[tuple[str, str]]) -> None:
    ticket, log = opened()
    watching: set[str] = set()
    tagged: set[str] = set()
    for verb, name in steps:
        members = watching if "watch" in verb else tagged
        wanted = verb in ("watch", "tag")
        act: Verb = getattr(collaboration, verb)
        if (name in members) is wanted:
            with pytest.raises(LifecycleError, match="already"):
                act(ticket, "amira", NOW, name, log)
            continue
        acted = act(ticket, "amira", NOW, name, log)
        ticket, log = acted.ticket, (*log, *acted.events)
        (members.add if wanted else members.discard)(name)
    assert (set(watchers(log)), set(tags(log))) == (watching, tagged)
    assert rebuild(log) == ticket


def test_a_reminder_is_for_a_time_to_come_and_only_a_pending_one_is_dropped() -> None:
    ticket, _ = opened()
    with pytest.raises(LifecycleError, match="is past"):
        collaboration.remind(ticket, "amira", NOW, "bo", NOW)
    acted = collaboration.remind(ticket, "amira", NOW, "bo", NOW + timedelta(hours=1), " Call back. ")
    assert acted.events[0].note == "Call back."
    number = acted.events[0].sequence
    assert collaboration.drop_reminder(acted.ticket, "bo", NOW, number, {number}).ticket.version == number + 1
    with pytest.raises(LifecycleError, match="no reminder 99") as refused:
        collaboration.drop_reminder(acted.ticket, "bo", NOW, 99, {number})
    assert refused.value.allowed == str(number)


def told(acted: Acted, *watching: str) -> list[tuple[NoticeKind, str]]:
    notices = colleague_notices(acted.events, watching, ROUTING, Audience(), NOW)
    return [(notice.kind, notice.target.partition("@")[0]) for notice in notices]


def test_a_note_tells_whom_it_calls_and_watchers_but_nobody_twice_or_of_their_own() -> None:
    ticket, _ = opened()
    acted = collaboration.note(ticket, "amira", NOW, "Can you call, @bo and @amira?", PEOPLE)
    assert told(acted, "amira", "bo", "hana") == [(NoticeKind.MENTIONED, "bo"), (NoticeKind.WATCHED, "hana")]


def test_watchers_do_not_hear_of_private_notes_nor_of_tags() -> None:
    ticket, events = opened()
    secret = collaboration.note(ticket, "amira", NOW, "Between us, @bo.", PEOPLE, private=True)
    assert told(secret, "hana", "bo") == [(NoticeKind.MENTIONED, "bo")]
    assert told(collaboration.tag(ticket, "amira", NOW, "refund", events), "hana") == []
