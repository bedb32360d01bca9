"""Reminders whose time has come, and news for watchers."""

from collections.abc import Sequence

from nanni.parts import Parts
from tickets.collaboration import reminded
from tickets.events import TicketEvent
from tickets.news import colleague_notices
from tickets.notice import Audience, NoticeKind, notices
from tickets.ports import Reminder, UnitOfWork


def remind_due(parts: Parts) -> list[Reminder]:
    """Tell everybody whose reminder has come, once; of who is away, the stand-in is told. Returns what was told."""
    now = parts.clock()
    with parts.ledger.begin() as uow:
        due = list(uow.teamwork.reminders(due_by=now))
        for reminder in due:
            ticket = uow.tickets.get(reminder.ticket)
            acted = reminded(ticket, now, reminder.number)
            uow.tickets.change(ticket, acted.ticket, acted.events)
            _tell(uow, parts, reminder)
    return due


def _tell(uow: UnitOfWork, parts: Parts, reminder: Reminder) -> None:
    workspace, now = parts.workspace, parts.clock()
    routing, audience = workspace.routing, workspace.audience
    person = routing.roster.stand_in(reminder.person, now) or reminder.person
    personal = Audience(audience.mail, console=audience.console)
    address = routing.address(person)
    uow.outbox.add(notices(NoticeKind.REMINDER, reminder.ticket, reminder.number, personal, address, now))


def tell_colleagues(uow: UnitOfWork, parts: Parts, changes: Sequence[Sequence[TicketEvent]]) -> None:
    """Queue what people called by name, and watchers, hear of these new events, given by ticket."""
    changed = [events for events in changes if events]
    if not changed:
        return
    workspace = parts.workspace
    watched = uow.teamwork.watchers([events[0].ticket for events in changed])
    for events in changed:
        watchers = watched.get(events[0].ticket, ())
        uow.outbox.add(colleague_notices(events, watchers, workspace.routing, workspace.audience, parts.clock()))
