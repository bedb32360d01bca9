"""All that one page about a ticket shows, read in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.ports import StoredResponse
from feedback.response import Respondent
from ledger.store import SqlUnitOfWork
from nanni.parts import Parts
from tickets.attachments import Attachment
from tickets.collaboration import citations, readable, tags, watchers
from tickets.consent import ConsentSaid
from tickets.events import EventKind, TicketEvent
from tickets.feelings import Feeling, feelings
from tickets.ports import Reminder, TicketFilter, UnitOfWork
from tickets.sla import Metric
from tickets.sla_state import SlaState, Standing, sla_states
from tickets.ticket import Ticket
from tickets.wording import FiredRule, Shown, contact, fired_rules, score_words, shown
from triggers.decision import DecisionTrace
from triggers.explain import sentence

HISTORY = 20


@dataclass(frozen=True, slots=True)
class SaidView:
    """One response of the ticket: what was said with the evidence marked, why it fired, and what else is known."""

    stored: StoredResponse
    survey: str
    touchpoint: str
    score: str
    band: str
    comments: tuple[Shown, ...]
    why: str
    rules: tuple[FiredRule, ...]


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket whole. `said` is latest first, `history` the same customer's other tickets, latest first."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    said: tuple[SaidView, ...]
    contact: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...]
    history: tuple[Ticket, ...]
    sla: tuple[SlaState, ...]
    feelings: tuple[Feeling, ...]
    consent: ConsentSaid | None

    @property
    def customer(self) -> str:
        """The customer's name, else whatever else is known of them."""
        return self.contact[0][1] if self.contact else ""

    @property
    def first_name(self) -> str:
        """What to greet them by."""
        return self.customer.split()[0] if self.customer and "@" not in self.customer else ""


@dataclass(frozen=True, slots=True)
class Together:
    """What people do together on a ticket: who watches, its tags, reminders to come, files, initiatives it cites."""

    watchers: tuple[str, ...]
    tags: tuple[str, ...]
    reminders: tuple[Reminder, ...]
    files: tuple[Attachment, ...]
    cites: tuple[str, ...]


def together_on(uow: SqlUnitOfWork, view: TicketView) -> Together:
    """The teamwork on a ticket."""
    key = view.ticket.key
    return Together(
        watchers(view.events),
        tags(view.events),
        tuple(uow.teamwork.reminders(key)),
        tuple(uow.teamwork.attachments(key)),
        citations(view.events),
    )


def ticket_view(parts: Parts, uow: UnitOfWork, ticket: Ticket, now: datetime, reader: str) -> TicketView:
    """The view of a ticket as of now, as `reader` may read it: private notes of others without their words."""
    events = readable(uow.tickets.events(ticket.key), reader)
    responses = uow.tickets.responses(ticket.key)
    latest = responses[-1].response if responses else None
    return TicketView(
        ticket=ticket,
        events=events,
        said=tuple(_said(parts, uow, stored) for stored in reversed(responses)),
        contact=tuple(contact(latest)) if latest and latest.respondent != Respondent() else (),
        attributes=latest.attributes if latest else (),
        history=_history(uow, ticket),
        feelings=feelings(events),
        consent=uow.tickets.consent(ticket.customer_id),
        sla=sla_states(events, parts.workspace.sla, now),
    )


def current(states: Sequence[SlaState]) -> list[SlaState]:
    """Of each metric the last turn, in the order of the metrics; those without a promise are left out."""
    last = {state.metric: state for state in states if state.target is not None and state.standing != Standing.REPLACED}
    return [last[metric] for metric in Metric if metric in last]


def visible(events: Sequence[TicketEvent]) -> list[TicketEvent]:
    """The events a person reads, latest first: due times that only followed another event are left out."""
    return [event for event in reversed(events) if event.kind is not EventKind.SLA_UPDATED]


def _said(parts: Parts, uow: UnitOfWork, stored: StoredResponse) -> SaidView:
    response = stored.response
    survey = parts.workspace.surveys.get(response.key.survey)
    trace = _trace(uow, stored)
    reasons = tuple((rule.id, rule.reason) for rule in parts.workspace.policy.policy.rules)
    return SaidView(
        stored=stored,
        survey=survey.title if survey and survey.title else response.key.survey,
        touchpoint=survey.touchpoint if survey else "",
        score=score_words(response.score, response.scale),
        band=response.band or "",
        comments=tuple(shown(comment, trace, limit=None) for comment in response.comments),
        why=sentence(trace, response) if trace else "",
        rules=fired_rules(trace, reasons) if trace else (),
    )


def _trace(uow: UnitOfWork, stored: StoredResponse) -> DecisionTrace | None:
    return uow.decisions.get(stored.id).trace


def _history(uow: UnitOfWork, ticket: Ticket) -> tuple[Ticket, ...]:
    if ticket.customer_id is None:
        return ()
    others = uow.tickets.list(TicketFilter(customer=ticket.customer_id, limit=HISTORY + 1))
    found = sorted((one for one in others if one.key != ticket.key), key=lambda one: one.opened_at, reverse=True)
    return tuple(found[:HISTORY])
