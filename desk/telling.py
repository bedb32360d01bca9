"""What happened to a ticket, in a sentence."""

from desk.people import People
from desk.texts import Texts
from tickets.events import EventKind, TicketEvent


def told(event: TicketEvent, texts: Texts, people: People) -> str:
    """Who did what, from the event's facts; its note is shown beside it."""
    data, who = dict(event.data), people.name(event.actor)
    match event.kind:
        case EventKind.ASSIGNED:
            owner, team = people.name(data.get("owner", "")), people.team(data.get("team", ""))
            return texts("told.assigned", who=who, owner=owner, team=team, reason=event.reason or "–")
        case EventKind.STATUS_CHANGED:
            return texts("told.status_changed", who=who, to=texts.word("status", data.get("to", "")))
        case EventKind.CONTACTED:
            return texts("told.contacted", who=who, how=texts.word("how", data.get("how", "")))
        case EventKind.PRIORITY_CHANGED:
            return texts("told.priority_changed", who=who, to=texts.word("priority", data.get("to", "")))
        case EventKind.WATCHED | EventKind.UNWATCHED:
            return f"{texts.word('told', event.kind).format(who=who)}: {people.name(data.get('person', ''))}"
        case EventKind.CONSENT_RECORDED:
            return f"{texts('told.consent_recorded', who=who)}: {texts.word('consent', data.get('consent', ''))}"
        case EventKind.CUSTOMER_ANSWERED:
            return f"{texts('told.customer_answered')}: {data.get('rating', '')} / 5"
        case EventKind.RESOLVED:
            return texts("told.resolved", who=who, cause=texts.word("cause", data.get("root_cause", "")))
    sentence = texts.word("told", event.kind).format(who=who)
    what = event.reason or data.get(_NAMES.get(event.kind, ""), "")
    return f"{sentence}: {what}" if what else sentence


_NAMES = {
    EventKind.TAGGED: "tag",
    EventKind.UNTAGGED: "tag",
    EventKind.CITED: "initiative",
    EventKind.UNCITED: "initiative",
}
"""What an event is about, where that is a name."""
