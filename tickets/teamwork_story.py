"""What a story tells of the work beside a ticket: who watches, tags, reminders, files, categories."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tickets.attachments import named
from tickets.cast import Cast, Data, noted
from tickets.category import Source
from tickets.events import EventKind, TicketEvent

_BY = {
    Source.LEARNED: "as learned from tickets that people filed",
    Source.BOTH: "by its words and by what it resembles",
    Source.KEYWORDS: "by its words",
    Source.SIMILARITY: "by what it resembles",
}


def _watched(event: TicketEvent, data: Data, cast: Cast) -> str:
    who = cast.name(data["person"])
    if event.kind is EventKind.UNWATCHED:
        return f"{who} no longer watches it."
    return f"{who} watches it{'' if event.actor == data['person'] else f', as {cast.name(event.actor)} wished'}."


def _tagged(event: TicketEvent, data: Data, cast: Cast) -> str:
    verb = "tagged it" if event.kind is EventKind.TAGGED else "took off the tag"
    return f"{cast.name(event.actor)} {verb} {data['tag'].replace('_', ' ')}."


def _to_remind(event: TicketEvent, data: Data, cast: Cast) -> str:
    due = datetime.fromisoformat(data["due"])
    told = f"{cast.name(data['for'])} is to be reminded on {cast.day(due)} at {cast.time(due)}"
    return noted(told, event.note)


def _reminded(event: TicketEvent, data: Data, cast: Cast) -> str:
    return "The reminder was given." if event.kind is EventKind.REMINDED else "A reminder was dropped."


def _file(event: TicketEvent, data: Data, cast: Cast) -> str:
    if event.kind is EventKind.FILE_REMOVED:
        return f"{cast.name(event.actor)} took a file off."
    name, _ = named(event.note)
    return f"{cast.name(event.actor)} attached {name or 'a file'}."


def _filed(event: TicketEvent, data: Data, cast: Cast) -> str:
    by = _BY.get(Source(data["source"]))
    told = f"{cast.name(event.actor)} filed it under {data['category']}"
    return noted(f"{told}, {by}", event.note) if by else f"{told}."


TEAMWORK: Mapping[EventKind, Callable[[TicketEvent, Data, Cast], str]] = {
    EventKind.WATCHED: _watched,
    EventKind.UNWATCHED: _watched,
    EventKind.TAGGED: _tagged,
    EventKind.UNTAGGED: _tagged,
    EventKind.REMINDER_SET: _to_remind,
    EventKind.REMINDER_DROPPED: _reminded,
    EventKind.REMINDED: _reminded,
    EventKind.FILE_ATTACHED: _file,
    EventKind.FILE_REMOVED: _file,
    EventKind.CATEGORISED: _filed,
}
"""A sentence a kind of event."""
