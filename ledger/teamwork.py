"""Tags, watchers, reminders and files of tickets: rows that follow their events, written in the same transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, Row, delete, insert, select, update

from feedback.errors import NotFoundError
from ledger.bulk import from_json, within
from ledger.consents import keep_consent
from ledger.schema import ticket_events
from ledger.schema.teamwork import (
    ReminderState,
    attachments,
    reminders,
    ticket_categories,
    ticket_tags,
    ticket_watchers,
)
from tickets.attachments import Attachment, named
from tickets.events import EventKind, TicketEvent
from tickets.ports import Reminder

Data = Mapping[str, str]


class SqlTeamworkStore:
    """`tickets.ports.TeamworkStore` in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tags(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tags of those of these tickets that have any, in order of the alphabet."""
        return self._listed(ticket_tags.c.ticket, ticket_tags.c.tag, tickets)

    def watchers(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Who watches those of these tickets that are watched."""
        return self._listed(ticket_watchers.c.ticket, ticket_watchers.c.person, tickets)

    def tagged(self, tag: str) -> Sequence[str]:
        """The keys of the tickets with this tag."""
        found = select(ticket_tags.c.ticket).where(ticket_tags.c.tag == tag).order_by(ticket_tags.c.ticket)
        return list(self._connection.execute(found).scalars())

    def watched(self, person: str) -> Sequence[str]:
        """The keys of the tickets that a person watches."""
        mine = select(ticket_watchers.c.ticket).where(ticket_watchers.c.person == person)
        return list(self._connection.execute(mine.order_by(ticket_watchers.c.ticket)).scalars())

    def reminders(
        self, ticket: str | None = None, person: str | None = None, due_by: datetime | None = None
    ) -> Sequence[Reminder]:
        """Reminders to come, the next first: of a ticket, of a person, or those whose time has come by then."""
        chosen = select(reminders).where(reminders.c.state == ReminderState.PENDING.value)
        for column, value in ((reminders.c.ticket, ticket), (reminders.c.person, person)):
            chosen = chosen if value is None else chosen.where(column == value)
        if due_by is not None:
            chosen = chosen.where(reminders.c.due_at <= due_by)
        order = (reminders.c.due_at, reminders.c.ticket, reminders.c.number)
        found = self._connection.execute(chosen.order_by(*order))
        return [Reminder(row.ticket, row.number, row.person, row.due_at) for row in found]

    def attachments(self, ticket: str) -> Sequence[Attachment]:
        """The files on a ticket, the oldest first, those taken off or erased aside."""
        here = (attachments.c.ticket == ticket, attachments.c.removed.is_(False), attachments.c.digest != "")
        found = self._connection.execute(select(attachments).where(*here).order_by(attachments.c.number))
        return [_attachment(row) for row in found]

    def attachment(self, ticket: str, number: int) -> Attachment:
        """One file. Raises NotFoundError naming those there are."""
        found = self.attachments(ticket)
        for one in found:
            if one.number == number:
                return one
        raise NotFoundError(
            f"{ticket} has no file {number}",
            allowed=", ".join(str(one.number) for one in found) or "none",
            next_step="see `nanni tickets files`",
        )

    def digests(self, removed: bool = False) -> frozenset[str]:
        """The digests of every file that is on some ticket, or (`removed`) was taken off one."""
        here = (attachments.c.removed.is_(removed), attachments.c.digest != "")
        return frozenset(self._connection.execute(select(attachments.c.digest).where(*here)).scalars())

    def filed(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Category and who said so (a value of `tickets.category.Source`) of those of these tickets that have one."""
        mine = within(self._connection, ticket_categories.c.ticket, tickets)
        chosen = select(ticket_categories.c.ticket, ticket_categories.c.category, ticket_categories.c.source)
        return {ticket: (category, source) for ticket, category, source in self._connection.execute(chosen.where(mine))}

    def filed_by(self, source: str) -> Mapping[str, str]:
        """The category of every ticket that this source filed, in order of their keys."""
        chosen = select(ticket_categories.c.ticket, ticket_categories.c.category).order_by(ticket_categories.c.ticket)
        rows = self._connection.execute(chosen.where(ticket_categories.c.source == source))
        return {ticket: category for ticket, category in rows}

    def corrections(self) -> Sequence[tuple[str, str, str]]:
        """For each time that somebody put a category right or confirmed it: what it was, who said so, what it is."""
        kind = ticket_events.c.kind == EventKind.CATEGORISED.value
        chosen = select(ticket_events.c.data).where(kind).order_by(ticket_events.c.id)
        told = [dict(from_json(data)) for data in self._connection.execute(chosen).scalars()]
        return [(one["from"], one["from_source"], one["category"]) for one in told if "from" in one]

    def _listed(self, ticket: Column[str], value: Column[str], keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        chosen = select(ticket, value).where(within(self._connection, ticket, keys)).order_by(ticket, value)
        for key, one in self._connection.execute(chosen):
            found[key] = (*found.get(key, ()), one)
        return found


def _attachment(row: Row[tuple[object, ...]]) -> Attachment:
    return Attachment(row.ticket, row.number, row.name, row.media_type, row.size, row.digest, row.at, row.actor)


def follow(connection: Connection, events: Sequence[TicketEvent]) -> None:
    """Bring the rows beside a ticket to what these new events of it say."""
    for event in events:
        write = _FOLLOWED.get(event.kind)
        if write is not None:
            write(connection, event, dict(event.data))


def _watched(connection: Connection, event: TicketEvent, data: Data) -> None:
    connection.execute(insert(ticket_watchers).values(ticket=event.ticket, person=data["person"]))


def _unwatched(connection: Connection, event: TicketEvent, data: Data) -> None:
    same = (ticket_watchers.c.ticket == event.ticket, ticket_watchers.c.person == data["person"])
    connection.execute(delete(ticket_watchers).where(*same))


def _tagged(connection: Connection, event: TicketEvent, data: Data) -> None:
    connection.execute(insert(ticket_tags).values(ticket=event.ticket, tag=data["tag"]))


def _untagged(connection: Connection, event: TicketEvent, data: Data) -> None:
    connection.execute(
        delete(ticket_tags).where(ticket_tags.c.ticket == event.ticket, ticket_tags.c.tag == data["tag"])
    )


def _reminder_set(connection: Connection, event: TicketEvent, data: Data) -> None:
    connection.execute(
        insert(reminders).values(
            ticket=event.ticket,
            number=event.sequence,
            person=data["for"],
            due_at=datetime.fromisoformat(data["due"]),
            state=ReminderState.PENDING.value,
        )
    )


def _reminded(connection: Connection, event: TicketEvent, data: Data) -> None:
    state = ReminderState.TOLD if event.kind is EventKind.REMINDED else ReminderState.DROPPED
    same = (reminders.c.ticket == event.ticket, reminders.c.number == int(data["reminder"]))
    connection.execute(update(reminders).where(*same).values(state=state.value))


def _file_attached(connection: Connection, event: TicketEvent, data: Data) -> None:
    name, digest = named(event.note)
    connection.execute(
        insert(attachments).values(
            ticket=event.ticket,
            number=event.sequence,
            name=name,
            media_type=data["media_type"],
            size=int(data["size"]),
            digest=digest,
            at=event.at,
            actor=event.actor,
            removed=False,
        )
    )


def _file_removed(connection: Connection, event: TicketEvent, data: Data) -> None:
    same = (attachments.c.ticket == event.ticket, attachments.c.number == int(data["file"]))
    connection.execute(update(attachments).where(*same).values(removed=True))


def _categorised(connection: Connection, event: TicketEvent, data: Data) -> None:
    connection.execute(delete(ticket_categories).where(ticket_categories.c.ticket == event.ticket))
    connection.execute(
        insert(ticket_categories).values(
            ticket=event.ticket,
            category=data["category"],
            source=data["source"],
            confidence=float(data["confidence"]),
            evidence=event.note,
            at=event.at,
        )
    )


def _consented(connection: Connection, event: TicketEvent, data: Data) -> None:
    keep_consent(connection, event, data["consent"])


_FOLLOWED: Mapping[EventKind, Callable[[Connection, TicketEvent, Data], None]] = {
    EventKind.WATCHED: _watched,
    EventKind.UNWATCHED: _unwatched,
    EventKind.TAGGED: _tagged,
    EventKind.UNTAGGED: _untagged,
    EventKind.REMINDER_SET: _reminder_set,
    EventKind.REMINDER_DROPPED: _reminded,
    EventKind.REMINDED: _reminded,
    EventKind.FILE_ATTACHED: _file_attached,
    EventKind.FILE_REMOVED: _file_removed,
    EventKind.CATEGORISED: _categorised,
    EventKind.CONSENT_RECORDED: _consented,
}
"""What each kind of event does to the rows beside its ticket."""
