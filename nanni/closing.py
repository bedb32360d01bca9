"""Closing the loop over stored tickets: messages and surveys queued, answers recorded, the unanswered closed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import token_bytes

from ledger.identity import known_key, secret_key
from ledger.store import SqlUnitOfWork
from nanni.assignment import facts_of
from nanni.mail_actions import LINK_KEY
from nanni.parts import Parts
from nanni.queues import somebody_there
from tickets import actions
from tickets.actions import SYSTEM, Acted
from tickets.closing import (
    LATEST,
    Answered,
    ClosingPolicy,
    CustomerMessage,
    Told,
    answer,
    ask,
    close_unanswered,
    closes_at,
    resolution_number,
    survey_is_due,
    tell_customer,
)
from tickets.events import EventKind
from tickets.follow_up import follow_up, followed_up
from tickets.lifecycle import LifecycleError
from tickets.notice import NoticeKind, notices
from tickets.ports import TicketFilter, UnitOfWork
from tickets.routing import Assignment
from tickets.survey_link import SurveyLink, sign, verify
from tickets.ticket import Status, Ticket

EVERYTHING = 1_000_000


class Became(StrEnum):
    """What a customer's answer came to."""

    RECORDED = "recorded"
    CLOSED = "closed"
    REOPENED = "reopened"
    FOLLOWED_UP = "followed_up"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look at resolved tickets did: surveys queued, tickets closed, and those whose checklist keeps them."""

    surveys: tuple[str, ...]
    closed: tuple[str, ...]
    kept_open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """What a survey's page may show its reader: no name, no words of the team."""

    reference: str
    survey: str
    opened_at: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded answer: the ticket it is about, what it came to, and the ticket that is owed now ("" for none)."""

    ticket: str
    became: Became
    owed: str = ""


def close_the_loop(parts: Parts) -> Swept:
    """Queue the surveys whose hour has come and close what nobody answered; a second call adds nothing."""
    with parts.ledger.begin() as uow:
        return Swept(_surveys(uow, parts), *_closings(uow, parts))


def told_of_resolution(uow: UnitOfWork, parts: Parts, acted: Acted, words: str) -> Told | None:
    """The resolution message for what was just resolved; None when it is not wanted or cannot reach the customer."""
    wanted = CustomerMessage.RESOLUTION in parts.workspace.closing.messages
    resolved = any(event.kind is EventKind.RESOLVED for event in acted.events)
    ended = acted.ticket.status in (Status.RESOLVED, Status.CLOSED)
    if not (wanted and resolved and ended and uow.tickets.customer_address(acted.ticket.customer_id)):
        return None
    actor = acted.events[-1].actor
    return tell_customer(acted, CustomerMessage.RESOLUTION, actor, parts.clock(), words)


def survey_url(policy: ClosingPolicy, ticket: Ticket, resolution: int, asked_at: datetime, key: bytes) -> str:
    """The address of a survey about one resolution, signed with the store's own key."""
    token = sign(SurveyLink(ticket.key, resolution), asked_at + policy.survey_lasts, key)
    return f"{policy.survey_url}/s/{token}"


def address_of_survey(parts: Parts, key: str) -> str:
    """The address of the survey about a ticket's last resolution. Raises NotFoundError, or LifecycleError for none."""
    with parts.ledger.begin() as uow:
        ticket, events = uow.tickets.get(key), uow.tickets.events(key)
        number = resolution_number(events)
        if not number:
            raise LifecycleError("it was never resolved", where=f"ticket {key}", next_step="resolve it first")
        signing = secret_key(uow.connection, LINK_KEY)
        return survey_url(parts.workspace.closing, ticket, number, parts.clock(), signing)


def survey_page(parts: Parts, token: str) -> SurveyPage:
    """What to show for a token. Raises SurveyLinkError for one that is not genuine or has expired."""
    with parts.ledger.read() as uow:
        link = _link(uow, parts, token)
        ticket, events = uow.tickets.get(link.ticket), uow.tickets.events(link.ticket)
    survey = parts.workspace.surveys.get(ticket.survey)
    answers = (dict(event.data)["resolution"] for event in events if event.kind is EventKind.CUSTOMER_ANSWERED)
    return SurveyPage(
        ticket.key, survey.title if survey else ticket.survey, ticket.opened_at, str(link.resolution) in answers
    )


def record_answer(parts: Parts, token: str, rating: int, comment: str = "") -> Recorded:
    """Record a customer's answer (1 to 5, and a comment) and what follows from it, in one transaction.

    Raises SurveyLinkError for a token that is not genuine or has expired, LifecycleError for a second answer.
    """
    workspace, now = parts.workspace, parts.clock()
    policy = workspace.closing
    with parts.ledger.begin() as uow:
        link = _link(uow, parts, token)
        ticket, events = uow.tickets.get(link.ticket), uow.tickets.events(link.ticket)
        senior, other = _senior(parts), _other(uow, ticket)
        done = answer(
            ticket, events, link.resolution, rating, comment, policy, workspace.sla, now, senior, other is not None
        )
        if other is not None and rating <= policy.unhappy_at_most:
            return _join(uow, ticket, done, other, rating, now)
        if done.follow_up:
            return _follow_up(uow, parts, ticket, done)
        acted = somebody_there(uow, parts, ticket, done.acted)
        uow.tickets.change(ticket, acted.ticket, acted.events)
        _tell_reopened(uow, parts, acted)
    return Recorded(ticket.key, _became(acted), acted.ticket.key if acted.ticket.live else "")


def _senior(parts: Parts) -> Assignment | None:
    """Who gets what a customer is unhappy with: the senior of closing.yaml, or who stands in; None for its owner."""
    routing, named = parts.workspace.routing, parts.workspace.closing.senior
    there = routing.roster.stand_in(named, parts.clock()) if named else None
    if there is None:
        return None
    told = "" if there == named else f": {there} stands in for {named}, who is away"
    return routing.assign_to(there, f"unhappy after the resolution{told}")


def _surveys(uow: SqlUnitOfWork, parts: Parts) -> tuple[str, ...]:
    policy, now = parts.workspace.closing, parts.clock()
    if CustomerMessage.SURVEY not in policy.messages:
        return ()
    secret_key(uow.connection, LINK_KEY)  # messages are rendered in transactions that only read
    since = now - policy.survey_after - LATEST
    ended = (Status.RESOLVED, Status.CLOSED)
    asked = []
    for ticket in uow.tickets.list(TicketFilter(statuses=ended, resolved_after=since, limit=EVERYTHING)):
        events = uow.tickets.events(ticket.key)
        if survey_is_due(ticket, events, policy, now) and uow.tickets.customer_address(ticket.customer_id):
            told = ask(ticket, events, now)
            uow.tickets.change(ticket, told.acted.ticket, told.acted.events)
            uow.outbox.add([told.notice])
            asked.append(ticket.key)
    return tuple(asked)


def _closings(uow: UnitOfWork, parts: Parts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    policy, now = parts.workspace.closing, parts.clock()
    closed, kept = [], []
    if policy.close_after is None:
        return (), ()
    for ticket in uow.tickets.list(TicketFilter(statuses=(Status.RESOLVED,), limit=EVERYTHING)):
        acted = close_unanswered(ticket, policy, now)
        if acted is not None:
            uow.tickets.change(ticket, acted.ticket, acted.events)
            closed.append(ticket.key)
        elif (moment := closes_at(ticket, policy)) is not None and moment <= now:
            kept.append(ticket.key)
    return tuple(closed), tuple(kept)


def _link(uow: SqlUnitOfWork, parts: Parts, token: str) -> SurveyLink:
    key = known_key(uow.connection, LINK_KEY)
    # Without a key nothing was ever signed, so nothing verifies.
    return verify(token, key or token_bytes(32), parts.clock())


def _other(uow: UnitOfWork, ticket: Ticket) -> Ticket | None:
    """The customer's live ticket of the same episode, when that is another one."""
    if ticket.customer_id is None:
        return None
    known = uow.tickets.episodes_for([ticket.customer_id]).get(ticket.customer_id)
    other = known.live.get(ticket.episode) if known else None
    return None if other is None or other.key == ticket.key else other


def _join(uow: UnitOfWork, ticket: Ticket, done: Answered, other: Ticket, rating: int, now: datetime) -> Recorded:
    """Unhappy, but the customer has a live ticket of the episode already: that one is told."""
    uow.tickets.change(ticket, done.acted.ticket, done.acted.events)
    noted = actions.note(other, SYSTEM, now, f"The customer rated how {ticket.key} ended with {rating} of 5.")
    uow.tickets.change(other, noted.ticket, noted.events)
    return Recorded(ticket.key, Became.JOINED, other.key)


def _follow_up(uow: UnitOfWork, parts: Parts, ticket: Ticket, done: Answered) -> Recorded:
    workspace, now = parts.workspace, parts.clock()
    uow.tickets.assigning()
    (key,) = uow.tickets.next_keys(1)
    owner = workspace.routing.route(facts_of(uow, ticket), uow.tickets.load(), now, uow.tickets.turns())
    opened = follow_up(ticket, key, owner, f"unhappy with how {ticket.key} ended", workspace.sla, now)
    earlier = followed_up(done.acted, key, now)
    uow.tickets.change(ticket, earlier.ticket, earlier.events)
    uow.tickets.open([opened.ticket], opened.events)
    address = workspace.routing.address(opened.ticket.owner)
    uow.outbox.add(notices(NoticeKind.TICKET_OPENED, key, 1, workspace.audience, address, now))
    return Recorded(ticket.key, Became.FOLLOWED_UP, key)


def _tell_reopened(uow: UnitOfWork, parts: Parts, acted: Acted) -> None:
    reopened = [event.sequence for event in acted.events if event.kind is EventKind.REOPENED]
    if reopened:
        address = parts.workspace.routing.address(acted.ticket.owner)
        audience, now = parts.workspace.audience, parts.clock()
        uow.outbox.add(notices(NoticeKind.REOPENED, acted.ticket.key, reopened[-1], audience, address, now))


def _became(acted: Acted) -> Became:
    kinds = {event.kind for event in acted.events}
    if EventKind.REOPENED in kinds:
        return Became.REOPENED
    return Became.CLOSED if EventKind.CLOSED in kinds else Became.RECORDED
