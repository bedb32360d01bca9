"""A ticket's whole life, ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from feedback.ports import StoredResponse
from nanni.parts import Parts
from tickets.cast import Cast
from tickets.collaboration import citations, readable
from tickets.consent import ConsentSaid
from tickets.events import EventKind, TicketEvent
from tickets.feelings import Feeling, feelings
from tickets.kept_promises import kept
from tickets.narrative import Day, narrate
from tickets.sla_state import sla_states
from tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class TicketStory:
    """A ticket with the responses it is about and everything that happened to it, in the reader's zone.

    `priority_by` says what gave it its priority, `feelings` how the customer felt at each step, `merged` which tickets
    it has taken over, `cites` the initiatives about its cause, `consent` what its customer said about being contacted.
    """

    ticket: Ticket
    responses: Sequence[StoredResponse]
    events: Sequence[TicketEvent]
    zone: ZoneInfo
    priority_by: str
    feelings: tuple[Feeling, ...]
    merged: tuple[Ticket, ...]
    cites: tuple[str, ...]
    consent: ConsentSaid | None


def story_of(parts: Parts, key: str, reader: str = "") -> TicketStory:
    """The story of one ticket as `reader` may read it: private notes of others without their words.

    Raises NotFoundError.
    """
    with parts.ledger.read() as uow:
        events, ticket = uow.tickets.events(key), uow.tickets.get(key)
        return TicketStory(
            ticket=ticket,
            responses=uow.tickets.responses(key),
            events=readable(events, reader),
            zone=parts.workspace.settings.zone,
            priority_by=priority_by(events),
            feelings=feelings(events),
            merged=tuple(uow.tickets.merged(key)),
            cites=citations(events),
            consent=uow.tickets.consent(ticket.customer_id),
        )


@dataclass(frozen=True, slots=True)
class Tale:
    """A ticket's life told day by day, what became of each promise, and how the customer felt."""

    ticket: str
    title: str
    days: tuple[Day, ...]
    promises: tuple[str, ...]
    feelings: tuple[str, ...]


def tale_of(parts: Parts, key: str, reader: str = "") -> Tale:
    """The same story in sentences, for a manager. Raises NotFoundError."""
    workspace, story = parts.workspace, story_of(parts, key, reader)
    ticket = story.ticket
    survey = workspace.surveys.get(ticket.survey)
    people = {member.id: member.name for team in workspace.routing.teams for member in team.members}
    cast = Cast(people, survey.title if survey else ticket.survey, story.zone)
    states = sla_states(story.events, workspace.sla, parts.clock())
    felt = (f"{cast.day(one.at)}, {one.step}: {one.felt} ({one.source})" for one in story.feelings)
    return Tale(
        ticket=ticket.key,
        title=f"{ticket.key}  {ticket.subject}  ({ticket.status.replace('_', ' ')})",
        days=narrate(story.events, [stored.response for stored in story.responses], cast),
        promises=kept(states, cast),
        feelings=tuple(felt),
    )


def priority_by(events: Sequence[TicketEvent]) -> str:
    """What the priority a ticket has comes from: a row of the table, or a hand."""
    told = "its severity"
    for event in events:
        if event.kind is EventKind.OPENED:
            told = dict(event.data).get("priority_by", told)
        elif event.kind is EventKind.PRIORITY_CHANGED:
            told = f"{event.reason} ({event.actor})"
    return told
