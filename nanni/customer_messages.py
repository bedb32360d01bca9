"""A message to a customer, from the ledger's facts at the moment it is sent: the address is looked up only now."""

from datetime import datetime

from feedback.errors import DeliveryRefusedError, NotFoundError
from ledger.identity import secret_key
from ledger.store import SqlUnitOfWork
from nanni.closing import survey_url
from nanni.mail_actions import LINK_KEY
from nanni.parts import Parts
from nanni.settings import Settings
from tickets.closing import CustomerMessage
from tickets.customer_message import CustomerFacts, render_customer
from tickets.events import TicketEvent
from tickets.message import Message, SentBy, is_address
from tickets.notice import Notice
from tickets.ports import UnitOfWork
from tickets.ticket import Ticket


def sent_by(settings: Settings) -> SentBy:
    """Who this workspace's mails come from."""
    mail = settings.file.notices.mail
    return SentBy(mail.sender if mail else "nanni@localhost", settings.file.timezone, settings.file.desk_url)


def customer_message(parts: Parts, uow: UnitOfWork, notice: Notice, ticket: Ticket, event: TicketEvent) -> Message:
    """A customer's mail. Raises DeliveryRefusedError when there is no address (any more) to send it to."""
    address = uow.tickets.customer_address(ticket.customer_id)
    if not is_address(address):
        raise DeliveryRefusedError(
            "the customer does not want to be contacted, has left no mail address that can be used, or was erased",
            where=f"notice {notice.id} of {ticket.key}",
            next_step="look at the ticket: only without a refusal contact them another way",
        )
    data, settings = dict(event.data), parts.workspace.settings
    message = CustomerMessage(data["message"])
    link = ""
    if message is CustomerMessage.SURVEY:
        assert isinstance(uow, SqlUnitOfWork), "the store has the key that signs links"
        key = secret_key(uow.connection, LINK_KEY)
        link = survey_url(parts.workspace.closing, ticket, int(data["resolution"]), event.at, key)
    facts = customer_facts(uow, parts, ticket, event.note, link)
    template = parts.workspace.templates[message]
    where = str(parts.workspace.folder / "templates" / f"{message}.txt")
    return render_customer(notice, ticket, address, template, facts, sent_by(settings), where)


def customer_facts(uow: UnitOfWork, parts: Parts, ticket: Ticket, words: str = "", link: str = "") -> CustomerFacts:
    """What a message to a ticket's customer may show."""
    return CustomerFacts(
        name=_name(uow, ticket),
        reference=ticket.key,
        survey=_survey(parts, ticket),
        opened=_day(ticket.opened_at.astimezone(parts.workspace.settings.zone)),
        owner=_owner(parts, ticket.owner),
        words=words,
        link=link,
    )


def _name(uow: UnitOfWork, ticket: Ticket) -> str:
    named = (stored.response.respondent.name for stored in uow.tickets.responses(ticket.key))
    return next((name for name in named if name), "")


def _survey(parts: Parts, ticket: Ticket) -> str:
    survey = parts.workspace.surveys.get(ticket.survey)
    return (survey.touchpoint or survey.title) if survey else ticket.survey


def _owner(parts: Parts, owner: str) -> str:
    try:
        return parts.workspace.routing.member(owner).name
    except NotFoundError:
        return owner


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
