"""Working together on a ticket: notes with mentions, private notes, watchers, tags, reminders; all of it events.

Who watches, which tags there are and what is private is read off the events too, so a row beside them can be rebuilt.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tickets import actions
from tickets.actions import SYSTEM, Acted
from tickets.events import EventKind, TicketEvent
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.ticket import Ticket

_MENTION = re.compile(r"(?<![\w.@/])@([\w][\w.-]*\w|\w)")


def mentions(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The people of `known` whom a text calls by @id, in order, each once; a mail address calls nobody."""
    ids = {name.casefold(): name for name in known}
    called = (found.group(1).casefold() for found in _MENTION.finditer(text))
    return tuple(dict.fromkeys(ids[name] for name in called if name in ids))


def note(
    ticket: Ticket, actor: str, now: datetime, text: str, known: Iterable[str] = (), private: bool = False
) -> Acted:
    """Write something down, calling people by @id; a private note is for its author and those it calls.

    Allowed in every status. Raises LifecycleError without words.
    """
    people = mentions(text, known)
    data = [("mentions", ",".join(people))] if people else []
    if private:
        data.append(("visibility", "private"))
    return actions.note(ticket, actor, now, text, tuple(data))


def called(event: TicketEvent) -> tuple[str, ...]:
    """Whom an event calls by name."""
    names = dict(event.data).get("mentions", "")
    return tuple(names.split(",")) if names else ()


def visible(event: TicketEvent, reader: str) -> bool:
    """Whether somebody may read an event's words: a private note is for its author and those it calls."""
    private = dict(event.data).get("visibility") == "private"
    return not private or reader == event.actor or reader in called(event)


def readable(events: Iterable[TicketEvent], reader: str) -> tuple[TicketEvent, ...]:
    """The events as somebody may read them: of a private note that is not for them only that there is one."""
    return tuple(event if visible(event, reader) else replace(event, note="") for event in events)


def watch(ticket: Ticket, actor: str, now: datetime, person: str, events: Sequence[TicketEvent]) -> Acted:
    """Let a person hear of what happens to the ticket. Raises LifecycleError when they watch it already."""
    return _listed(ticket, actor, now, EventKind.WATCHED, "person", person, person not in watchers(events))


def unwatch(ticket: Ticket, actor: str, now: datetime, person: str, events: Sequence[TicketEvent]) -> Acted:
    """The contrary. Raises LifecycleError when they do not watch it."""
    return _listed(ticket, actor, now, EventKind.UNWATCHED, "person", person, person in watchers(events))


def watchers(events: Iterable[TicketEvent]) -> tuple[str, ...]:
    """Who watches the ticket that these events tell of."""
    return _members(events, "person", EventKind.WATCHED, EventKind.UNWATCHED)


def tag(ticket: Ticket, actor: str, now: datetime, name: str, events: Sequence[TicketEvent]) -> Acted:
    """Put a tag on the ticket. Raises LifecycleError when it has it."""
    return _listed(ticket, actor, now, EventKind.TAGGED, "tag", name, name not in tags(events))


def untag(ticket: Ticket, actor: str, now: datetime, name: str, events: Sequence[TicketEvent]) -> Acted:
    """Take a tag off. Raises LifecycleError when the ticket does not have it."""
    return _listed(ticket, actor, now, EventKind.UNTAGGED, "tag", name, name in tags(events))


def tags(events: Iterable[TicketEvent]) -> tuple[str, ...]:
    """The tags of the ticket that these events tell of."""
    return _members(events, "tag", EventKind.TAGGED, EventKind.UNTAGGED)


def cite(ticket: Ticket, actor: str, now: datetime, initiative: str, events: Sequence[TicketEvent]) -> Acted:
    """Say that an initiative (its id) is about the cause of this ticket. Raises LifecycleError when that is known."""
    changes = initiative not in citations(events)
    return _listed(ticket, actor, now, EventKind.CITED, "initiative", initiative, changes)


def uncite(ticket: Ticket, actor: str, now: datetime, initiative: str, events: Sequence[TicketEvent]) -> Acted:
    """The contrary. Raises LifecycleError when the ticket does not cite it."""
    changes = initiative in citations(events)
    return _listed(ticket, actor, now, EventKind.UNCITED, "initiative", initiative, changes)


def citations(events: Iterable[TicketEvent]) -> tuple[str, ...]:
    """The initiatives cited by the ticket that these events tell of."""
    return _members(events, "initiative", EventKind.CITED, EventKind.UNCITED)


def remind(ticket: Ticket, actor: str, now: datetime, person: str, due: datetime, text: str = "") -> Acted:
    """Have a person reminded of the ticket at a time to come; the number of a reminder is that of its event.

    Raises LifecycleError for a time that is not to come.
    """
    destination(ticket, Move.NOTE)
    if due <= now:
        raise LifecycleError(
            f"{due.isoformat()} is past", where=f"ticket {ticket.key}", next_step="name a time that is to come"
        )
    data = (("for", person), ("due", due.isoformat()))
    return Acted(ticket, ()).then(EventKind.REMINDER_SET, actor, now, data, note=text.strip())


def reminded(ticket: Ticket, now: datetime, number: int) -> Acted:
    """The reminder's time has come, and its person is told."""
    return Acted(ticket, ()).then(EventKind.REMINDED, SYSTEM, now, (("reminder", str(number)),))


def drop_reminder(ticket: Ticket, actor: str, now: datetime, number: int, pending: Collection[int]) -> Acted:
    """Let a reminder that has not come yet go. Raises LifecycleError when there is none of this number."""
    destination(ticket, Move.NOTE)
    if number not in pending:
        raise LifecycleError(
            f"no reminder {number} is to come",
            where=f"ticket {ticket.key}",
            allowed=", ".join(map(str, sorted(pending))) or "none",
            next_step="see `nanni tickets reminders`",
        )
    return Acted(ticket, ()).then(EventKind.REMINDER_DROPPED, actor, now, (("reminder", str(number)),))


def _listed(ticket: Ticket, actor: str, now: datetime, kind: EventKind, what: str, name: str, changes: bool) -> Acted:
    destination(ticket, Move.NOTE)
    if not changes:
        raise LifecycleError(
            f"{name} is {kind} already", where=f"ticket {ticket.key}", next_step="nothing: it is as you want it"
        )
    return Acted(ticket, ()).then(kind, actor, now, ((what, name),))


def _members(events: Iterable[TicketEvent], what: str, comes: EventKind, goes: EventKind) -> tuple[str, ...]:
    here: dict[str, None] = {}
    for event in events:
        if event.kind is comes:
            here[dict(event.data)[what]] = None
        elif event.kind is goes:
            here.pop(dict(event.data)[what], None)
    return tuple(here)
