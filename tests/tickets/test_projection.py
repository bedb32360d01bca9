from dataclasses import replace

import pytest

from tests.tickets.builders import NOW, candidate, planned
from tickets.actions import acknowledge
from tickets.events import EventKind, TicketEvent
from tickets.projection import ProjectionError, apply, rebuild


def test_an_opening_carries_every_fact_of_the_row() -> None:
    opening = planned([candidate()])
    assert rebuild(opening.events) == opening.opened[0]
    facts = dict(opening.events[0].data)
    assert {"severity", "priority", "survey", "rule", "theme", "customer", "response", "policy"} <= set(facts)


def test_what_customers_or_people_wrote_is_only_in_notes() -> None:
    assert "detractor" in planned([candidate()]).events[0].note
    assert not any("detractor" in value for event in planned([candidate()]).events for _, value in event.data)


def test_event_data_is_plain_text() -> None:
    assert {type(value) for event in planned([candidate()]).events for pair in event.data for value in pair} == {str}


def test_an_erased_note_rebuilds_all_else() -> None:
    opening = planned([candidate()])
    assert rebuild(replace(event, note="") for event in opening.events) == opening.opened[0]


def test_gaps_repeats_and_strangers_are_refused() -> None:
    opening = planned([candidate()])
    ticket = opening.opened[0]
    following = acknowledge(ticket, "amira", NOW).events[0]
    for event in (
        replace(following, sequence=following.sequence + 1),
        replace(following, sequence=ticket.version),
        replace(following, ticket="N-9"),
        replace(opening.events[0], sequence=ticket.version + 1),
    ):
        with pytest.raises(ProjectionError, match="cannot follow version 2"):
            apply(ticket, event)


def test_a_life_starts_with_an_opening() -> None:
    with pytest.raises(ProjectionError, match="not the opening"):
        apply(None, TicketEvent("N-1", 1, EventKind.NOTED, "amira", NOW))
    with pytest.raises(ProjectionError, match="without events"):
        rebuild([])
