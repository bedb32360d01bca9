"""Closing the loop: what the customer is told, how they found it, and what follows from their answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tickets.actions import SYSTEM, Acted, assigned, close, contact, reopen
from tickets.calendar import Calendar, Clock, deadline
from tickets.episodes import ReopenWindow
from tickets.events import EventKind, TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.notice import Channel, Notice, NoticeKind, notice_id
from tickets.routing import Assignment
from tickets.sla import SlaPolicy
from tickets.ticket import Status, Ticket

CUSTOMER = "customer"
"""The actor of what a customer did."""

LATEST = timedelta(days=3)
"""A survey that could not be asked within this time of its hour is not asked any more."""


class CustomerMessage(StrEnum):
    """What a customer can be told; the value is the template's name too."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RESOLUTION = "resolution"
    SURVEY = "survey"
    INITIATIVE = "initiative"
    REPLY = "reply"


KINDS = {
    CustomerMessage.ACKNOWLEDGEMENT: NoticeKind.CUSTOMER_ACKNOWLEDGEMENT,
    CustomerMessage.RESOLUTION: NoticeKind.CUSTOMER_RESOLUTION,
    CustomerMessage.SURVEY: NoticeKind.CUSTOMER_SURVEY,
    CustomerMessage.INITIATIVE: NoticeKind.CUSTOMER_INITIATIVE,
    CustomerMessage.REPLY: NoticeKind.CUSTOMER_REPLY,
}


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One item of the closing checklist: its id, and what it asks for."""

    id: str
    says: str


@dataclass(frozen=True, slots=True)
class ClosingPolicy:
    """closing.yaml: `messages` are opt-in, `senior` owns what an unhappy customer reopens (None: its owner).

    The survey is asked `survey_after` the resolution and good for `survey_lasts`; a resolved ticket whose customer says
    nothing is closed after `close_after` (None: never by itself), in time of the reopen window's clock.
    """

    reopen: ReopenWindow
    messages: tuple[CustomerMessage, ...] = ()
    survey_after: timedelta = timedelta(minutes=30)
    survey_lasts: timedelta = timedelta(days=14)
    survey_url: str = ""
    unhappy_at_most: int = 2
    senior: str | None = None
    close_after: timedelta | None = None
    checklist: tuple[CheckItem, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the closing checklist."""
        return tuple(item.id for item in self.checklist)


def default_closing(calendar: Calendar) -> ClosingPolicy:
    """Without closing.yaml: nothing is sent to customers, and 72 elapsed hours to reopen."""
    return ClosingPolicy(ReopenWindow(timedelta(hours=72), calendar, Clock.ELAPSED))


class Told(NamedTuple):
    """A ticket after its customer was told something, and the notice that carries it."""

    acted: Acted
    notice: Notice


def tell_customer(acted: Acted, message: CustomerMessage, actor: str, now: datetime, words: str = "") -> Told:
    """Record that a message to the customer is queued, and the notice for the outbox.

    The notice names the ledger's customer id; the address is looked up when it is sent. `words` go into the message.
    """
    resolution = str(resolution_number(acted.events))
    data = (("message", message.value), *((("resolution", resolution),) if resolution != "0" else ()))
    after = acted.then(EventKind.CUSTOMER_MESSAGED, actor, now, data, f"{message} queued", words)
    return Told(after, customer_notice(after.ticket, message, now))


def tell_of_initiative(ticket: Ticket, initiative: str, actor: str, now: datetime, words: str) -> Told:
    """Record that a customer hears what was done about the cause of their trouble, and the notice that carries it."""
    message = CustomerMessage.INITIATIVE
    data = (("message", message.value), ("initiative", initiative))
    acted = Acted(ticket, ()).then(EventKind.CUSTOMER_MESSAGED, actor, now, data, f"{message} queued", words)
    return Told(acted, customer_notice(acted.ticket, message, now))


def write(ticket: Ticket, actor: str, now: datetime, subject: str, text: str) -> Acted:
    """Record that somebody writes to the customer: a contact by mail (so a first touch too) and the message itself.

    Subject and text stand in the event's note, as they do in a template. Raises LifecycleError.
    """
    if not subject.strip() or not text.strip():
        raise LifecycleError(
            "a message needs a subject and a text", where=f"ticket {ticket.key}", next_step="write both"
        )
    words = f"{' '.join(subject.split())}\n\n{text.strip()}"
    data = (("message", CustomerMessage.REPLY.value),)
    reached = contact(ticket, actor, now, "mail")
    return reached.then(EventKind.CUSTOMER_MESSAGED, actor, now, data, f"{CustomerMessage.REPLY} queued", words)


def reply_notices(acted: Acted, now: datetime) -> list[Notice]:
    """The outbox items of messages that people wrote to the customer."""
    reply = ("message", CustomerMessage.REPLY.value)
    numbers = [one.sequence for one in acted.events if one.kind is EventKind.CUSTOMER_MESSAGED and reply in one.data]
    return [customer_notice(acted.ticket, CustomerMessage.REPLY, now, number) for number in numbers]


def customer_notice(ticket: Ticket, message: CustomerMessage, now: datetime, event: int | None = None) -> Notice:
    """The outbox item of a message that event number `event` of the ticket (the last unless given) records."""
    target, kind, number = f"customer:{ticket.customer_id}", KINDS[message], event or ticket.version
    id = notice_id(kind, ticket.key, number, Channel.MAIL, target)
    return Notice(id, kind, ticket.key, number, Channel.MAIL, target, now)


def resolution_number(events: Sequence[TicketEvent]) -> int:
    """The number of the last event that resolved the ticket; 0 for none."""
    return next((event.sequence for event in reversed(events) if event.kind is EventKind.RESOLVED), 0)


def survey_is_due(ticket: Ticket, events: Sequence[TicketEvent], policy: ClosingPolicy, now: datetime) -> bool:
    """Whether the customer is to be asked now how a resolution was: once a resolution, and not days too late."""
    if CustomerMessage.SURVEY not in policy.messages or ticket.resolved_at is None or ticket.merged_into:
        return False
    hour = ticket.resolved_at + policy.survey_after
    asked = {
        dict(event.data).get("resolution")
        for event in events
        if event.kind is EventKind.CUSTOMER_MESSAGED and dict(event.data)["message"] == CustomerMessage.SURVEY
    }
    return hour <= now <= hour + LATEST and str(resolution_number(events)) not in asked


def ask(ticket: Ticket, events: Sequence[TicketEvent], now: datetime) -> Told:
    """Queue the survey about the last resolution."""
    data = (("message", CustomerMessage.SURVEY.value), ("resolution", str(resolution_number(events))))
    acted = Acted(ticket, ()).then(EventKind.CUSTOMER_MESSAGED, SYSTEM, now, data, "survey queued")
    return Told(acted, customer_notice(acted.ticket, CustomerMessage.SURVEY, now))


def closes_at(ticket: Ticket, policy: ClosingPolicy) -> datetime | None:
    """When a resolved ticket is closed if its customer says nothing; None for never."""
    if ticket.status is not Status.RESOLVED or ticket.resolved_at is None or policy.close_after is None:
        return None
    return deadline(ticket.resolved_at, policy.close_after, policy.reopen.calendar, policy.reopen.clock)


def close_unanswered(ticket: Ticket, policy: ClosingPolicy, now: datetime) -> Acted | None:
    """The ticket closed because its customer said nothing for long enough; None while it is not to be.

    With an item of the checklist open it stays resolved: a promise is not kept by waiting.
    """
    moment = closes_at(ticket, policy)
    if moment is None or now < moment or any(item not in ticket.checked for item in policy.items):
        return None
    return close(ticket, SYSTEM, now, policy.items, "the customer said nothing more in the stated time")


class Answered(NamedTuple):
    """A ticket after its customer's answer; `follow_up` when they are unhappy and the reopen window is over."""

    acted: Acted
    follow_up: bool = False


def answer(
    ticket: Ticket,
    events: Sequence[TicketEvent],
    resolution: int,
    rating: int,
    comment: str,
    policy: ClosingPolicy,
    sla: SlaPolicy,
    now: datetime,
    senior: Assignment | None = None,
    elsewhere: bool = False,
) -> Answered:
    """The customer's rating of a resolution (1 to 5) and comment, once; and what follows from it.

    Unhappy within the window reopens the ticket to `senior`, unless the episode is owed `elsewhere` already; happy
    closes a resolved one whose checklist is complete.
    Raises LifecycleError for a rating that there is not, or a second answer.
    """
    _refuse(ticket, events, resolution, rating)
    unhappy, current = rating <= policy.unhappy_at_most, resolution == resolution_number(events)
    data = (("rating", str(rating)), ("resolution", str(resolution)), ("felt", _felt(rating, policy)))
    acted = Acted(ticket, ()).then(
        EventKind.CUSTOMER_ANSWERED, CUSTOMER, now, data, f"rated {rating} of 5", comment.strip()
    )
    if ticket.merged_into is not None or not current or ticket.status not in (Status.RESOLVED, Status.CLOSED):
        return Answered(acted)
    if unhappy and elsewhere:
        return Answered(acted)
    if unhappy:
        return _owed_again(acted, policy, sla, now, senior)
    complete = all(item in ticket.checked for item in policy.items)
    if rating > 3 and complete and ticket.status is Status.RESOLVED:
        return Answered(_and(acted, close(acted.ticket, SYSTEM, now, policy.items, "the customer is content")))
    return Answered(acted)


def _refuse(ticket: Ticket, events: Sequence[TicketEvent], resolution: int, rating: int) -> None:
    if rating not in range(1, 6):
        raise LifecycleError(
            f"{rating} is no rating", where=f"ticket {ticket.key}", allowed="1 to 5", next_step="choose one of them"
        )
    told = (dict(event.data)["resolution"] for event in events if event.kind is EventKind.CUSTOMER_ANSWERED)
    if str(resolution) in told:
        raise LifecycleError(
            "this survey was answered already",
            where=f"ticket {ticket.key}",
            next_step="nothing: the first answer counts",
        )


def _owed_again(
    acted: Acted, policy: ClosingPolicy, sla: SlaPolicy, now: datetime, senior: Assignment | None
) -> Answered:
    if not policy.reopen.is_open(acted.ticket, now):
        return Answered(acted, follow_up=True)
    acted = _and(acted, reopen(acted.ticket, CUSTOMER, now, "The customer is not happy with how it ended.", sla))
    if senior is not None and senior.owner != acted.ticket.owner:
        acted = assigned(acted, SYSTEM, now, senior)
    return Answered(acted)


def _felt(rating: int, policy: ClosingPolicy) -> str:
    return "unhappy" if rating <= policy.unhappy_at_most else "happy" if rating > 3 else "so-so"


def _and(acted: Acted, more: Acted) -> Acted:
    return Acted(more.ticket, (*acted.events, *more.events))
