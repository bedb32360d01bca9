"""Stories: every kind of event has its sentence, and nothing of the machinery shows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.tickets.builders import NOW, SLA, candidate, planned, response
from tickets import actions, attachments, collaboration
from tickets.cast import Cast
from tickets.category import Proposal, Source, categorise
from tickets.closing import answer, default_closing
from tickets.events import EventKind, TicketEvent
from tickets.kept_promises import kept, length
from tickets.narrative import narrate
from tickets.sla_state import sla_states
from tickets.ticket import Closure

CAST = Cast({"amira": "Amira Khan", "hana": "Hana Lee"}, "Store visits", ZoneInfo("Europe/London"))
HOUR = timedelta(hours=1)


def life() -> tuple[TicketEvent, ...]:
    made = planned([candidate(response="R-0")])
    ticket, events = made.opened[0], list(made.events)
    closure = Closure("process", "Sent a new parcel.", resolved=True)
    for i, act in enumerate(
        (
            lambda t, n: actions.acknowledge(t, "amira", n),
            lambda t, n: actions.contact(t, "amira", n, "phone", "Left a message"),
            lambda t, n: actions.ask_for_help(t, "amira", n, "Who knows the courier?", "hana"),
            lambda t, n: actions.acknowledge_escalation(t, "hana", n),
            lambda t, n: actions.resolve(t, "amira", n + timedelta(days=1), closure, SLA.root_causes),
        )
    ):
        acted = act(ticket, NOW + (i + 1) * HOUR)  # type: ignore[no-untyped-call]
        ticket = acted.ticket
        events += acted.events
    done = answer(ticket, events, events[-1].sequence, 1, "It came broken.", default_closing(SLA.calendar), SLA,
                  NOW + timedelta(days=2))  # fmt: skip
    return (*events, *done.acted.events)


def test_a_life_is_told_day_by_day() -> None:
    days = narrate(life(), [response()], CAST)
    assert [day.name for day in days] == ["Wed 11 March 2026", "Thu 12 March 2026", "Fri 13 March 2026"]
    first = days[0].sentences
    assert first[0].startswith("10:00 A customer answered “Store visits”: NPS 2 – Leeds. The score 2 is a detractor's.")
    assert first[1] == "      “The parcel never arrived.”"
    assert first[3:] == (
        "11:00 Amira Khan took it up.",
        "12:00 Amira Khan contacted the customer by phone: “Left a message.”",
        "13:00 Expertise is needed; Hana Lee heard of it: “Who knows the courier?”",
        "14:00 Hana Lee took up the escalation.",
    )
    assert days[1].sentences == (
        "15:00 Amira Khan resolved it, and the customer was helped; the cause was process: “Sent a new parcel.”",
    )
    assert days[2].sentences == (
        "10:00 The customer rated how it ended with 1 of 5, unhappy: “It came broken.”",
        "10:00 The customer reopened it: “The customer is not happy with how it ended.”",
    )


def test_promises_are_told_with_what_they_took() -> None:
    told = kept(sla_states(life(), SLA, NOW + timedelta(days=2)), CAST)
    assert told == (
        "First touch: kept; 1 h of 8 h business time.",
        "Resolution: kept; 13 h of 40 h business time.",
        "Resolution (time 2): still owed until Fri 20 March 2026 10:00; no time of 40 h business time.",
    )


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not EventKind.OPENED])
def test_every_kind_of_event_can_be_told(kind: EventKind) -> None:
    data = {"owner": "amira", "team": "stores", "from": "low", "to": "high", "how": "phone", "items": "told paid"}
    data |= {"root_cause": "people.training", "resolved": "no", "message": "survey", "rating": "2", "felt": "unhappy"}
    data |= {"by": "N-9", "into": "N-3", "child": "N-4", "moved": "R-1 R-2", "mode": "recomputed", "step": "1"}
    data |= {"person": "hana", "tag": "process_change", "for": "hana", "due": NOW.isoformat(), "to": "high"}
    data |= {"category": "returns", "source": "keywords", "initiative": "new-packaging", "consent": "refused"}
    event = TicketEvent("N-1", 3, kind, "amira", NOW, "a reason", tuple(data.items()), "Some words.")
    (day,) = narrate([event], [], CAST)
    (sentence,) = day.sentences
    assert sentence.startswith("10:00 ") and sentence[-1] in ".”" and "_" not in sentence


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=3.5), "3 h 30 min"),
        (timedelta(), "no time"),
        (timedelta(days=5, hours=2, minutes=7), "5 d 2 h"),
    ],
)
def test_lengths_are_said_as_people_do(span: timedelta, told: str) -> None:
    assert length(span) == told


def test_the_work_beside_a_ticket_is_told_in_sentences() -> None:
    ticket = planned([candidate()]).opened[0]
    due, digest = NOW + timedelta(days=1), "0" * 64
    proposal = Proposal("returns.refund", Source.KEYWORDS, 0.5, ("refund",))
    acts = (
        collaboration.watch(ticket, "hana", NOW, "amira", ()),
        collaboration.tag(ticket, "amira", NOW, "refund", ()),
        collaboration.remind(ticket, "amira", NOW, "hana", due, "Call back."),
        attachments.attach(ticket, "amira", NOW, "photo.jpg", b"\xff\xd8\xff\xe0", digest, 0, attachments.Limits()),
        categorise(ticket, NOW, proposal),
    )
    (day,) = narrate([event for acted in acts for event in acted.events], [], CAST)
    assert day.sentences == (
        "10:00 Amira Khan watches it, as Hana Lee wished.",
        "10:00 Amira Khan tagged it refund.",
        "10:00 Hana Lee is to be reminded on Thu 12 March 2026 at 10:00: “Call back.”",
        "10:00 Amira Khan attached photo.jpg.",
        "10:00 Nanni filed it under returns.refund, by its words: “refund.”",
    )
