"""Joins the outbox to what renders and what sends, as `nanni.yaml` says."""

import sys
from collections.abc import Mapping
from functools import partial

from feedback.errors import ConfigError, NotFoundError
from feedback.ports import StoredResponse
from ledger.store import SqlUnitOfWork
from nanni.customer_messages import customer_message, sent_by
from nanni.mail_actions import acknowledge_link
from nanni.parts import Parts
from nanni.settings import MailModel, Settings
from nanni.summaries import summary_of
from tickets.adapters.chat import ChatNotifier
from tickets.adapters.console import ConsoleNotifier
from tickets.adapters.mail import MailNotifier, SmtpServer, Tls
from tickets.adapters.maildir import MaildirNotifier
from tickets.delivery import Delivery, Notifier
from tickets.events import EventKind, TicketEvent
from tickets.message import Message, MessageFacts, render
from tickets.notice import Channel, Notice, NoticeKind
from tickets.ports import TicketFilter, UnitOfWork
from tickets.ticket import Ticket


def delivery_of(parts: Parts) -> Delivery:
    """Delivery for this workspace's outbox."""
    return Delivery(parts.ledger, partial(_message, parts), notifiers(parts.workspace.settings), parts.clock)


def notifiers(settings: Settings) -> Mapping[Channel, Notifier]:
    """One way out a channel. Raises ConfigError when mail is the default but not configured."""
    notices = settings.file.notices
    ways: dict[Channel, Notifier] = {Channel.CONSOLE: ConsoleNotifier(sys.stdout)}
    if settings.chat_urls:
        ways[Channel.CHAT] = ChatNotifier(dict(zip(notices.chat, settings.chat_urls, strict=True)))
    if notices.default == "maildir":
        ways[Channel.MAIL] = MaildirNotifier(settings.state / "maildir")
    elif notices.mail is not None:
        ways[Channel.MAIL] = _mail(notices.mail, settings)
    elif notices.default == "mail":
        raise ConfigError(
            "notices.default is mail, but notices.mail is missing",
            where=str(settings.workspace / "nanni.yaml"),
            next_step="add notices.mail with host and sender, or set notices.default to maildir",
        )
    return ways


def _mail(mail: MailModel, settings: Settings) -> MailNotifier:
    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    return MailNotifier(SmtpServer(mail.host, mail.port, Tls(mail.tls), settings.mail_user, password))


def _message(parts: Parts, uow: UnitOfWork, notice: Notice) -> Message:
    """A notice's facts from the ledger (a summary's from the warehouse), rendered.

    Raises NotFoundError when its ticket or event is gone.
    """
    if notice.kind is NoticeKind.SUMMARY:
        return summary_of(parts, notice)
    ticket = uow.tickets.get(notice.ticket)
    events = uow.tickets.events(notice.ticket)
    event = next((one for one in events if one.sequence == notice.event_sequence), None)
    if event is None:
        raise NotFoundError(f"ticket {notice.ticket} has no event {notice.event_sequence}", where=f"notice {notice.id}")
    if notice.target.startswith("customer:"):
        return customer_message(parts, uow, notice, ticket, event)
    workspace = parts.workspace
    survey = workspace.surveys.get(ticket.survey)
    stored = _told_of(uow, ticket, event)
    kept = uow.decisions.get(stored.id) if stored else None
    facts = MessageFacts(
        notice=notice,
        ticket=ticket,
        event=event,
        owner_name=_name(parts, ticket.owner),
        survey_title=survey.title if survey else ticket.survey,
        touchpoint=survey.touchpoint if survey else "",
        response=stored.response if stored else None,
        trace=kept.trace if kept else None,
        rule_reasons=tuple((rule.id, rule.reason) for rule in workspace.policy.policy.rules),
        previous=_previous(uow, ticket),
        acknowledge=_acknowledge(parts, uow, notice, ticket),
        children=_children(parts, uow, notice, event),
    )
    return render(facts, sent_by(workspace.settings))


def _acknowledge(parts: Parts, uow: UnitOfWork, notice: Notice, ticket: Ticket) -> str:
    """The one-click link, in mails to the owner alone: whoever has it can act as them."""
    own = notice.channel is Channel.MAIL and notice.target == parts.workspace.routing.address(ticket.owner)
    if not own or not isinstance(uow, SqlUnitOfWork):
        return ""
    return acknowledge_link(uow, ticket, parts.workspace.settings.file.desk_url, notice.created_at)


def _told_of(uow: UnitOfWork, ticket: Ticket, event: TicketEvent) -> StoredResponse | None:
    """The response the event is about, else the ticket's latest."""
    responses = uow.tickets.responses(ticket.key)
    named = dict(event.data).get("response")
    about = [stored for stored in responses if stored.response.key.response_id == named] or list(responses)
    first = event.kind is EventKind.OPENED
    return (about[0] if first else about[-1]) if about else None


def _children(parts: Parts, uow: UnitOfWork, notice: Notice, event: TicketEvent) -> tuple[Ticket, ...]:
    """The tickets that a digest tells of: a mail's reader sees their own, a chat or console all."""
    if notice.kind is not NoticeKind.DIGEST:
        return ()
    named = [uow.tickets.get(key) for key in dict(event.data).get("children", "").split()]
    if notice.channel is not Channel.MAIL:
        return tuple(named)
    return tuple(one for one in named if parts.workspace.routing.address(one.owner) == notice.target)


def _name(parts: Parts, owner: str) -> str:
    try:
        return parts.workspace.routing.member(owner).name
    except NotFoundError:
        return owner


def _previous(uow: UnitOfWork, ticket: Ticket) -> tuple[Ticket, ...]:
    """The same customer's other tickets, latest first."""
    if ticket.customer_id is None:
        return ()
    others = uow.tickets.list(TicketFilter(customer=ticket.customer_id, limit=10))
    return tuple(sorted((t for t in others if t.key != ticket.key), key=lambda t: t.opened_at, reverse=True))
